/** Passes that read nothing, on a GPU: no more work is submitted than there is room for. */
import { backward } from '@cotangent/autodiff';
import { webgpu, type WebGpuBackend } from '@cotangent/backend-webgpu';
import { crossEntropy } from '@cotangent/layers';
import { SGD } from '@cotangent/optimizers';
import { compile, use, type Tensor } from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { adapterWith, findGpu, withMembers } from '../../../tools/webgpu';
import { evaluate, type Metric } from './index';
import { batchesOf, perceptron, spiralLoader } from './testing/problems';

// None on some machines, and said so there (an error with REQUIRE_WEBGPU=1): what needs one is left out.
const gpu = await findGpu();

interface Queue {
  submit(commands: readonly object[]): void;
  onSubmittedWorkDone(): Promise<unknown>;
}

/** A backend whose GPU takes at least a millisecond for each submission, and the most submissions that were under way at once. */
async function start(): Promise<{ backend: WebGpuBackend; most: () => number }> {
  let [submitted, done, most] = [0, 0, 0];
  const adapter = await adapterWith(gpu!, (device) => {
    const queue = device.queue as Queue;
    let last = Promise.resolve();
    const submit = (commands: readonly object[]): void => {
      queue.submit(commands);
      submitted++;
      most = Math.max(most, submitted - done);
      last = last.then(() => queue.onSubmittedWorkDone()).then(() => new Promise((resolve) => setTimeout(resolve, 1))).then(() => {
        done++;
      });
    };
    return withMembers(device, { queue: withMembers(queue, { submit, onSubmittedWorkDone: () => last }) });
  });
  const backend = webgpu({ adapter });
  await use(backend);
  return { backend, most: () => most };
}

describe.skipIf(!gpu)('a pass that reads nothing', () => {
  it('over a loader has at most three submissions under way in a hundred steps', async () => {
    const { backend, most } = await start();
    const model = perceptron([2, 8, 3]);
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const step = compile((x: Tensor, y: Tensor) => {
      optimizer.step(backward(crossEntropy(model.forward(x), y)));
    });
    let steps = 0;
    for await (const { x, y } of spiralLoader(100, 3)) {
      step(x, y);
      steps++;
    }
    expect([steps, most()]).toEqual([100, 3]);
    await model.parameters()[0]!.data();
    expect(backend.stats().validationErrors).toBe(0);
  });

  it('of evaluate over an array has at most three, too', async () => {
    const { most } = await start();
    const net = perceptron([2, 8, 3]);
    const forward = compile((x: Tensor) => net.forward(x));
    const model = { forward, training: false, train: () => undefined, eval: () => undefined };
    const batches = await batchesOf(spiralLoader(20, 3));
    const count: Metric = { reset: () => undefined, update: () => undefined, result: () => batches.length };
    expect((await evaluate(model, batches, { metrics: { count } })).metrics).toEqual({ count: 20 });
    expect(most()).toBe(3);
  });
});
