/** Trainings on webgpu: the same curve as on cpu, in one submission a step, in memory that does not grow, and after a lost device. */
import { describe, expect, it } from 'vitest';
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { webgpu, type WebGpuBackend } from '@cotangent/backend-webgpu';
import { crossEntropy } from '@cotangent/layers';
import { Adam, GradScaler, SGD } from '@cotangent/optimizers';
import { autocast, compile, tensor, use, type TypedArray } from '@cotangent/tensor';
import { adapterWith, findGpu, withSmallBuffers, type TestAdapter } from '../../../tools/webgpu';
import { batchOf, NETS, type Net, type NetCase } from './testing/nets';

// None on some machines, and said so there (an error with REQUIRE_WEBGPU=1): what needs one is left out.
const gpu = await findGpu();

async function start(adapter?: TestAdapter): Promise<WebGpuBackend> {
  const backend = webgpu({ gpu, adapter });
  await use(backend);
  return backend;
}

/** A compiled step on the backend in use; it reads the loss. */
function stepOf(net: NetCase, model: Net, optimizer: SGD | Adam): () => Promise<number> {
  const { x, y } = batchOf(net);
  const step = compile(() => {
    const loss = crossEntropy(model.forward(x), y);
    optimizer.step(backward(loss));
    return loss;
  });
  return async () => await step().item();
}

function sgdOf(net: NetCase, model = net.make()): () => Promise<number> {
  return stepOf(net, model, new SGD(model.parameters(), { lr: 0.05 }));
}

function adamOf(net: NetCase): () => Promise<number> {
  const model = net.make();
  return stepOf(net, model, new Adam(model.parameters()));
}

async function losses(step: () => Promise<number>, count: number): Promise<number[]> {
  const curve: number[] = [];
  for (let i = 0; i < count; i++) curve.push(await step());
  return curve;
}

const [MLP, LENET] = NETS as readonly [NetCase, NetCase, ...NetCase[]];

describe.skipIf(!gpu)('training on webgpu', () => {
  it.each(NETS)('the loss of $name falls as on cpu for 100 steps', async (net) => {
    const backend = await start();
    const curve = await losses(sgdOf(net), 100);
    await use(cpu());
    const expected = await losses(sgdOf(net), 100);
    expect(expected[99]).toBeLessThan(expected[0]! - 0.02);
    const distances = curve.map((loss, i) => Math.abs(loss - expected[i]!) / expected[i]!);
    expect(Math.max(...distances)).toBeLessThan(1e-3);
    expect(backend.stats().validationErrors).toBe(0);
  });

  it.each([{ net: MLP, most: 18 }, { net: LENET, most: 36 }])(
    'a step of $net.name with Adam is one submission of at most $most dispatches',
    async ({ net, most }) => {
      const backend = await start();
      const step = adamOf(net);
      // The first step also initialises, and parameters may still move to where they stay.
      await losses(step, 3);
      const before = backend.stats();
      await losses(step, 5);
      const { plans, submits, dispatches, compiled } = backend.stats();
      expect(plans - before.plans).toBe(5);
      expect(submits - before.submits).toBe(5);
      expect(compiled).toBe(before.compiled);
      expect(dispatches - before.dispatches).toBeLessThanOrEqual(5 * most);
    },
  );

  it('keeps its memory flat over a thousand steps of Adam, without a validation error', async () => {
    // In buffers so small that not even 256 bytes a step can be lost in one.
    const backend = await start(await adapterWith(gpu!, (device) => withSmallBuffers(device, 2 ** 18)));
    const step = adamOf(MLP);
    const [first] = await losses(step, 20);
    const { bytes, compiled } = backend.stats();
    expect(bytes).toBeLessThan(2 ** 20);
    const last = (await losses(step, 1000)).at(-1)!;
    expect(last).toBeLessThan(first! / 10);
    expect(backend.stats()).toMatchObject({ bytes, compiled, validationErrors: 0 });
  });

  it('multiplies in float16 under a scaled loss with the curve of float32 within 1 %, and without a NaN [B14]', async () => {
    const backend = await start();
    const expected = await losses(sgdOf(MLP), 20);
    const model = MLP.make();
    const optimizer = new SGD(model.parameters(), { lr: 0.05 });
    const scaler = new GradScaler();
    const { x, y } = batchOf(MLP);
    const step = compile(() => {
      const loss = autocast(() => crossEntropy(model.forward(x), y));
      scaler.step(optimizer, backward(scaler.scale(loss)));
      scaler.update();
      return loss;
    });
    const curve = await losses(async () => await step().item(), 20);
    expect(curve).not.toEqual(expected); // float16 takes part
    for (const [i, loss] of curve.entries()) expect(Math.abs(loss / expected[i]! - 1), `step ${i}`).toBeLessThan(0.01);
    expect(curve[19]).toBeLessThan(curve[0]!);
    expect(await scaler.getScale().item()).toBe(65536); // no step was left out
    for (const p of model.parameters()) expect((await p.data()).every(Number.isFinite)).toBe(true);
    expect(backend.stats().validationErrors).toBe(0);
  });

  it('rejects the pending read when the device is lost in the middle; a new backend trains on from a checkpoint', async () => {
    await start();
    const expected = await losses(sgdOf(MLP), 10);

    let lose = (): void => undefined;
    await start(await adapterWith(gpu!, (device) => {
      lose = () => {
        device.destroy();
      };
      return device;
    }));
    const model = MLP.make();
    const step = sgdOf(MLP, model);
    await losses(step, 5);
    const saved: [key: string, data: TypedArray, shape: readonly number[]][] = [];
    for (const [key, value] of Object.entries(model.stateDict())) saved.push([key, await value.data(), value.shape]);
    const pending = step();
    lose();
    await expect(pending).rejects.toThrow(/the GPU was lost.*await use\(webgpu\(\)\).*checkpoint/);
    await expect(step()).rejects.toThrow(/the GPU was lost/);

    const backend = await start();
    const restored = MLP.make();
    restored.loadStateDict(Object.fromEntries(saved.map(([key, data, shape]) => [key, tensor(data, { shape })])));
    expect(await losses(sgdOf(MLP, restored), 5)).toEqual(expected.slice(5));
    expect(backend.stats().validationErrors).toBe(0);
  });
});
