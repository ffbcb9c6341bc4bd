import { gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import {
  any, argmin, assignAll, BackendError, compile, concat, conv2d, cummax, cumprod, cumsum, custom, gather, keep, matmul, mean, narrow,
  parameter, prod, rand, relu, scan, softmax, square, tensor, use, variance, type Plan, type Tensor, type TypedArray,
} from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { adapterWith, findGpu, withMembers, withSmallBuffers, type TestDevice } from '../../../tools/webgpu';
import type { GpuDevice } from './gpu';
import { webgpu, type WebGpuBackend, type WebGpuOptions } from './backend';

// None on some machines, and said so there (an error with REQUIRE_WEBGPU=1): what needs one is left out.
const gpu = await findGpu();

async function start(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const backend = webgpu({ gpu, ...options });
  await use(backend);
  return backend;
}

describe('without a device', () => {
  it('says where one would come from', async () => {
    await expect(webgpu().whenReady()).rejects.toThrow(/npm package webgpu/);
    await expect(webgpu({ gpu: { requestAdapter: () => Promise.resolve(null) } }).whenReady()).rejects.toThrow(/no adapter/);
  });

  it('refuses work and names what to wait for', () => {
    expect(() => webgpu().run({ slots: [], inputs: [], outputs: [], kernels: [] }, [])).toThrow(/await use\(webgpu\(\)\)/);
  });
});

describe.skipIf(!gpu)('with a device', () => {
  it('cannot read without waiting, and names the call that can [T13]', async () => {
    await start();
    expect(() => tensor([1]).mul(2).dataSync()).toThrow(/await t\.data\(\)/);
  });

  it('refuses a software adapter when told to', async () => {
    const backend = await start();
    if (!/swiftshader|llvmpipe/i.test(backend.adapter)) return;
    await expect(webgpu({ gpu, allowSoftware: false }).whenReady()).rejects.toThrow(/software adapter/);
  });

  it('submits a plan and the read of its result together, and compiles nothing for other sizes', async () => {
    const backend = await start();
    const step = async (n: number): Promise<void> => {
      const x = rand([n, 6]);
      const y = relu(matmul(x, rand([6, 5])).add(1));
      await mean(square(softmax(y, { dim: 1 }))).item();
    };
    await step(40);
    const before = backend.stats();
    await step(23);
    const after = backend.stats();
    expect(after.compiled).toBe(before.compiled);
    expect(after.plans).toBe(before.plans + 1);
    expect(after.submits).toBe(before.submits + 1);
  });

  it('trains for a thousand steps in the same memory, without a validation error', async () => {
    const backend = await start();
    const w = parameter(tensor([[0.5, -0.3], [0.2, 0.1]]));
    const m = parameter(tensor([[0, 0], [0, 0]]));
    const step = compile((x: Tensor) => {
      const loss = mean(square(matmul(x, w).sub(1)));
      const [g] = gradients(loss, [w]);
      const next = m.mul(0.9).add(g!);
      assignAll([[m, next], [w, w.sub(next.mul(0.01))]]);
      return loss;
    });
    const x = tensor([[1, 2], [3, 4], [-1, 1]]);
    const first = await step(x).item();
    for (let i = 0; i < 20; i++) await step(x).item();
    const { bytes } = backend.stats();
    let last = 0;
    for (let i = 0; i < 1000; i++) last = await step(x).item();
    expect(last).toBeLessThan(first / 10);
    expect(backend.stats().bytes).toBe(bytes);
    expect(backend.stats().validationErrors).toBe(0);
  });

  it('writes nothing but new data to the GPU, once a step has found its memory', async () => {
    let writes = 0;
    const counting = (device: TestDevice): TestDevice => {
      const queue = device.queue as { writeBuffer(...args: unknown[]): void };
      const writeBuffer = (...args: unknown[]): void => {
        writes++;
        queue.writeBuffer(...args);
      };
      return withMembers(device, { queue: withMembers(queue, { writeBuffer }) });
    };
    await start({ adapter: await adapterWith(gpu!, counting) });
    const [w, m, v] = [parameter(tensor([1, 2])), parameter(tensor([0, 0])), parameter(tensor([1, 1]))];
    const step = compile((x: Tensor) => {
      const g = w.mul(x).sub(1);
      const [first, second] = [m.mul(0.9).add(g), v.mul(0.9).add(square(g))];
      // The old sum is read when the new one is written, so the two alternate.
      assignAll([[m, first], [v, second], [w, w.sub(first.div(second.add(1)).mul(0.1)).add(w.sum().mul(0.001))]]);
      return mean(square(g));
    });
    const same = tensor([0.5, 2]);
    for (let i = 0; i < 10; i++) await step(same).item();
    writes = 0;
    for (let i = 0; i < 10; i++) await step(same).item();
    expect(writes).toBe(0);
    await step(tensor([0, 2])).item(); // new data has another place than what is given again and again
    writes = 0;
    for (let i = 0; i < 10; i++) await step(tensor([i, 2])).item();
    expect(writes).toBe(10);
  });

  it('names the limit when a kernel needs arrays from more buffers than a shader can bind', async () => {
    const backend = await start({ adapter: await adapterWith(gpu!, (device) => withSmallBuffers(device, 4096)) });
    // Each fills a buffer.
    const parts = Array.from({ length: 40 }, (_, i) => narrow(tensor(new Float32Array(1000).fill(i)), 0, 0, 10));
    await expect(concat(parts).data()).rejects.toThrow(/needs arrays from \d+ buffers, but .* binds at most \d+ on this GPU/);
    expect(backend.stats().validationErrors).toBe(0);
    expect(await tensor([1]).add(1).array()).toEqual([2]);
  });

  it('compiles a plan ahead', async () => {
    const backend = await start();
    const plan: Plan = {
      slots: [{ dtype: 'float32', length: 3 }, { dtype: 'float32', length: 3 }],
      inputs: [0],
      outputs: [{ slot: 1, resident: false }],
      kernels: [{
        kind: 'map',
        shape: [3],
        inputs: [{ slot: 0, dtype: 'float32', shape: [3], strides: [1], offset: 0 }],
        constants: [],
        body: [{ op: 'load', input: 0, dtype: 'float32' }, { op: 'tanh', args: [0], dtype: 'float32' }],
        outputs: [{ slot: 1, dtype: 'float32', value: 1 }],
      }],
    };
    await backend.prepare(plan);
    const { compiled, bytes } = backend.stats();
    expect(compiled).toBe(1);
    const [result] = backend.run(plan, [{ dtype: 'float32', length: 3, host: Float32Array.of(0, 1, -1), backend: undefined }]);
    // At once, because nothing is waited for.
    expect(backend.stats()).toMatchObject({ compiled, dispatches: 1 });
    expect((await backend.read(result!))[1]).toBeCloseTo(Math.tanh(1), 5);
    expect(backend.stats().bytes).toBe(bytes);
  });

  it('leaves variables alone when an index was out of range in the same plan', async () => {
    await start();
    const w = parameter(tensor([1, 2]));
    for (const [index, expected] of [[1, [2, 4]], [7, [2, 4]], [0, [3, 6]]] as const) {
      const picked = gather(tensor([1, 1, 1]), 0, tensor([index], { dtype: 'int32' }));
      if (index === 0) picked.sum();
      w.assign(w.add(w.div(w.index(0)).mul(picked.sum())));
      if (index === 7) await expect(w.data()).rejects.toThrow(/index 7 is out of range for axis 0 of size 3/);
      expect(await w.array()).toEqual(expected);
    }
  });

  it('shares long rows among the invocations of a workgroup with the same results', async () => {
    const build = (): Tensor[] => {
      const x = tensor(Float32Array.from({ length: 3 * 700 }, (_, i) => ((i * 37) % 101) / 50 - 1), { shape: [3, 700] });
      const b = x.gt(0);
      return [softmax(x, { dim: 1 }), x.sum({ dim: 1 }), variance(x, { dim: 1 }), x.argmax({ dim: 1 }), x.amin({ dim: 1 }),
        x.transpose().sum(), b.cast('int32').sum({ dim: 1 }), argmin(x.index(0)),
        cumsum(x, 1), cumsum(x.transpose(), 0), cumsum(b.cast('int32'), 1), cummax(x, 1).values, cumprod(x.add(1).sqrt(), 1)];
    };
    await use(cpu());
    const expected = await Promise.all(build().map((y) => y.data()));
    for (const sharedRow of [2, 1e9]) {
      await start({ sharedRow });
      const results = build().map((y) => keep(y));
      for (const [k, y] of results.entries()) {
        const actual = await y.data();
        actual.forEach((v, i) => {
          expect(Math.abs(v - expected[k]![i]!), `result ${k}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(v)));
        });
      }
    }
  });

  it('multiplies through workgroup memory with the same results, in tiles of both sizes', async () => {
    const values = (shape: readonly number[]): Tensor => {
      const length = shape.reduce((a, b) => a * b, 1);
      return tensor(Float32Array.from({ length }, (_, i) => ((i * 29) % 83) / 41 - 1), { shape: [...shape] });
    };
    const build = (): Tensor[] => [
      matmul(values([33, 20]), values([20, 70])).add(values([70])).relu(),
      conv2d(values([2, 3, 9, 8]), values([5, 3, 3, 3]), values([5]), { padding: 1, stride: 2 }),
      matmul(values([128, 2, 3]), values([128, 3, 2])),
    ];
    await use(cpu());
    const expected = await Promise.all(build().map((y) => y.data()));
    const backend = await start({ tiledFrom: 1 });
    for (const [k, y] of build().entries()) {
      const actual = await y.data();
      expect(actual.length).toBe(expected[k]!.length);
      let worst = 0;
      actual.forEach((v, i) => (worst = Math.max(worst, Math.abs(v - expected[k]![i]!))));
      expect(worst, `result ${k}`).toBeLessThan(1e-5);
    }
    expect(backend.stats().validationErrors).toBe(0);
  }, 180_000); // a software driver compiles such a shader for seconds

  it('cuts long sums into parts and adds these up, with the same bits every time', async () => {
    const values = (shape: readonly number[], dtype: 'float32' | 'float16' = 'float32'): Tensor => {
      const length = shape.reduce((a, b) => a * b, 1);
      const x = tensor(Float32Array.from({ length }, (_, i) => ((i * 29) % 83) / 41 - 1), { shape: [...shape] });
      return dtype === 'float32' ? x : x.cast(dtype);
    };
    const weight = parameter(values([4, 3, 3, 3]));
    const trip = (s: Tensor): [Tensor] => {
      const inner = softmax(s, { dim: 1 });
      const outer = matmul(softmax(matmul(inner, values([600, 8])), { dim: 1 }), values([8, 600]));
      return [matmul(matmul(softmax(outer, { dim: 1 }), values([600, 8])), values([8, 600])).add(outer).add(inner)];
    };
    const build = (): Tensor[] => [
      matmul(values([5, 1500]), values([1500, 3])).add(values([3])).relu(),
      matmul(values([2, 3, 700]), values([2, 700, 5])),
      matmul(values([2000]), values([2000])),
      matmul(values([7, 900], 'float16'), values([900, 6], 'float16')),
      gradients(conv2d(values([9, 3, 11, 10]), weight, undefined, { padding: 1 }).square().sum(), [weight])[0]!,
      scan(trip, { init: values([2, 600]), length: 3 }).carry,
    ];
    await use(cpu());
    const expected = await Promise.all(build().map((y) => y.data()));
    for (const tiledFrom of [1, 1e9]) {
      const backend = await start({ tiledFrom });
      const before = backend.stats().dispatches;
      await matmul(values([5, 1500]), values([1500, 3])).data();
      expect(backend.stats().dispatches).toBe(before + 2);
      for (const [k, y] of build().entries()) {
        const actual = await y.data();
        const scale = Math.max(1, ...Array.from(expected[k]!, Math.abs));
        actual.forEach((v, i) => {
          expect(Math.abs(v - expected[k]![i]!), `result ${k}`).toBeLessThan((k === 3 ? 2 ** -10 : 2e-6) * scale);
        });
        expect(await build()[k]!.data()).toEqual(actual);
      }
      expect(backend.stats().validationErrors).toBe(0);
    }
  }, 180_000);

  it('folds rows within subgroups where the device has them, to the same bits as through workgroup memory', async () => {
    const results = async (wanted: readonly string[]): Promise<{ values: TypedArray[]; usesSubgroups: boolean; offered: boolean }> => {
      const codes: string[] = [];
      const spied = (device: TestDevice): TestDevice => withMembers(device, {
        createShaderModule: (descriptor: { code: string }) => {
          codes.push(descriptor.code);
          return (device as unknown as GpuDevice).createShaderModule(descriptor);
        },
      });
      const adapter = await adapterWith(gpu!, spied, wanted);
      await use(webgpu({ adapter, sharedRow: 2 }));
      const values: TypedArray[] = [];
      // Rows for 64 invocations and for 256, and fewer elements than invocations.
      for (const length of [3, 700, 17_000]) {
        const x = tensor(Float32Array.from({ length: 2 * length }, (_, i) => ((i * 37) % 101) / 50 - 1), { shape: [2, length] });
        const withNaN = x.sub(x.index(1, 1)).sqrt();
        for (const y of [softmax(x, { dim: 1 }), x.sum({ dim: 1 }), variance(x, { dim: 1 }), prod(x.mul(0.01).add(1), { dim: 1 }),
          x.mul(50).cast('int32').amin({ dim: 1 }), any(x.gt(0), { dim: 1 }), x.argmax({ dim: 1 }), withNaN.amax({ dim: 1 })]) {
          values.push(await y.data());
        }
      }
      return { values, usesSubgroups: codes.some((code) => code.includes('enable subgroups;')), offered: adapter.features.size > 0 };
    };
    const [plain, shuffled] = [await results([]), await results(['subgroups'])];
    expect(plain.usesSubgroups).toBe(false);
    expect(shuffled.usesSubgroups).toBe(shuffled.offered);
    expect(shuffled.values).toEqual(plain.values);
  }, 180_000);

  it('updates many variables in one dispatch', async () => {
    const backend = await start();
    const shapes = [[3, 4], [4], [100, 7], [2], [64], [65]];
    const variables = shapes.map((shape) => parameter(tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(2), { shape })));
    const update = (): void => {
      assignAll(variables.map((v, k) => [v, v.mul(0.5).add(k + 1)]));
    };
    update();
    await variables[0]!.data();
    const before = backend.stats().dispatches;
    update();
    const results = await Promise.all(variables.map((v) => v.data()));
    expect(backend.stats().dispatches).toBe(before + 1);
    results.forEach((data, k) => {
      expect(data.every((x) => x === (k + 2) * 0.5 + k + 1)).toBe(true);
    });
  });

  it('runs loops of many trips, and loops with host kernels inside', async () => {
    const backend = await start();
    const twice = custom({ name: 'twice', shape: ([x]) => x!, forward: ([x], out) => out.data.set(x!.data.map((v) => 2 * v)) });
    const { carry } = scan((s: Tensor) => [s.mul(0.5).add(1)], { init: tensor([0, 4]), length: 300 });
    expect(await carry.array()).toEqual([2, 2]);
    const doubled = scan((s: Tensor) => [twice([s])], { init: tensor([1, 3]), length: 5 });
    expect(await doubled.carry.array()).toEqual([32, 96]);
    expect(backend.stats().validationErrors).toBe(0);
  });

  it('rejects reads once the device is lost, and a new backend goes on', async () => {
    let device: GpuDevice | undefined;
    const spying = {
      requestAdapter: async () => {
        const adapter = (await gpu!.requestAdapter())!;
        return {
          limits: adapter.limits,
          info: adapter.info,
          requestDevice: async (descriptor: object) => (device = (await adapter.requestDevice(descriptor)) as unknown as GpuDevice),
        };
      },
    };
    await start({ gpu: spying });
    const x = tensor([1, 2]).mul(3);
    expect(await x.array()).toEqual([3, 6]);
    const pending = keep(x.add(1)).data();
    device!.destroy();
    await expect(pending).rejects.toThrow(BackendError);
    await device!.lost;
    await expect(tensor([1]).add(1).data()).rejects.toThrow(/the GPU was lost.*await use\(webgpu\(\)\)/);
    await start();
    expect(await tensor([1, 2]).add(1).array()).toEqual([2, 3]);
  });
});
