/** float16 as two bytes, on devices whose shaders know 16-bit numbers. */
import { cpu } from '@cotangent/backend-cpu';
import {
  concat, conv2d, fromHalf, gather, keep, matmul, narrow, pad, parameter, relu, scan, softmax, tensor, toHalf, use, type Tensor,
} from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { findGpuWithHalves } from '../../../tools/webgpu';
import { webgpu, type WebGpuBackend, type WebGpuOptions } from './backend';

// None on many machines, and said so there: what needs one is left out.
const gpu = await findGpuWithHalves();

async function start(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  const backend = webgpu({ gpu, ...options });
  await use(backend);
  return backend;
}

function halves(shape: readonly number[], seed = 29): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(Uint16Array.from({ length }, (_, i) => toHalf(((i * seed) % 83) / 41 - 1)), { shape: [...shape], dtype: 'float16' });
}

describe.skipIf(!gpu)('with 16-bit numbers', () => {
  it('keeps every bit pattern that is moved, also in arrays of odd length [B01]', async () => {
    await start();
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((x) => !Number.isNaN(fromHalf(x)));
    const all = tensor(bits, { dtype: 'float16' });
    const numbers = Float32Array.from(bits, fromHalf);
    expect(await narrow(concat([all, all]), 0, 0, bits.length).data()).toEqual(numbers);
    for (const n of [1, 2, 3, 255]) {
      const part = parameter(tensor(bits.slice(0, n), { dtype: 'float16' }));
      expect(await part.add(0).data()).toEqual(numbers.slice(0, n));
      expect(await pad(part, [1, 2], { value: 0.1 }).data()).toEqual(
        Float32Array.of(fromHalf(toHalf(0.1)), ...numbers.slice(0, n), fromHalf(toHalf(0.1)), fromHalf(toHalf(0.1))));
    }
  });

  it('takes half the memory of float32 [B01]', async () => {
    const bytesOf = async (dtype: 'float16' | 'float32'): Promise<number> => {
      const backend = await start();
      // Far more than the first chunk, which any array brings along.
      const held = Array.from({ length: 3 }, (_, k) => parameter(tensor([k], { dtype }).expand(2 ** 24).add(0)));
      for (const x of held) expect(await x.index(7).item()).toBe(held.indexOf(x));
      const { bytes } = backend.stats();
      backend.dispose();
      return bytes;
    };
    const [half, whole] = [await bytesOf('float16'), await bytesOf('float32')];
    expect(half).toBeLessThan(0.7 * whole);
  });

  it('contracts float16 as it lies, adding in float32 and rounding once', async () => {
    const build = (): Tensor[] => [
      matmul(halves([33, 700]), halves([700, 35], 31)),
      matmul(halves([33, 20]), halves([20, 70])).add(halves([70])).relu(),
      matmul(halves([5, 9]), halves([9, 6])).cast('float32').add(1),
      conv2d(halves([2, 3, 9, 8]), halves([5, 3, 3, 3]), halves([5]), { padding: 1, stride: 2 }),
    ];
    await use(cpu());
    const expected = await Promise.all(build().map((y) => y.data()));
    for (const tiledFrom of [1e9, 1]) {
      const backend = await start({ tiledFrom });
      const results = build();
      for (const [k, y] of results.entries()) {
        const actual = await y.data();
        actual.forEach((v, i) => {
          // One unit in the last place of a half, where the order of the sum decides.
          expect(Math.abs(v - expected[k]![i]!), `result ${k}`).toBeLessThanOrEqual(Math.max(Math.abs(v), 1) * 2 ** -10);
        });
      }
      const { kernels } = backend.stats();
      await matmul(halves([33, 20]), halves([20, 70])).data();
      expect(backend.stats().kernels, 'no kernel converts').toBe(kernels + 1);
      expect(backend.stats().validationErrors).toBe(0);
    }
  }, 180_000);

  it('mixes with words in one plan: maps, rows, gathers, loops and updates in place', async () => {
    const run = async (): Promise<number[][]> => {
      const w = parameter(halves([7, 5]));
      const x = halves([6, 7], 37);
      const y = softmax(relu(matmul(x, w)).cast('float32'), { dim: 1 });
      const { carry } = scan((s: Tensor) => [s.mul(0.5).add(1)], { init: halves([5]), length: 9 });
      const picked = gather(w, 0, tensor([[1, 6, 2, 0, 3]], { dtype: 'int32' }));
      const results = [y, y.cast('float16').sum({ dim: 0 }), picked, carry].map((t) => keep(t));
      w.assign(w.sub(w.mul(0.25)));
      return Promise.all([...results, w].map(async (t) => [...(await t.data())]));
    };
    await use(cpu());
    const expected = await run();
    const backend = await start();
    const actual = await run();
    actual.forEach((list, k) => {
      list.forEach((v, i) => {
        expect(Math.abs(v - expected[k]![i]!), `result ${k}`).toBeLessThan(2e-3);
      });
    });
    expect(backend.stats().validationErrors).toBe(0);
  });
});
