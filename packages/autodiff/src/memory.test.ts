import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { assignAll, parameter, rand, tensor, use, type Parameter, type Tensor } from '@cotangent/tensor';
import { backward, dense } from './index';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

beforeAll(async () => {
  await use(cpu());
});

/** Bytes in use once the garbage is gone; the memory of arrays is given back a little later than the arrays. */
async function bytesInUse(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** One step of gradient descent on a small network; its values take about 100 kB. */
function descend(weights: readonly Parameter[], x: Tensor): Tensor {
  const loss = weights.reduce<Tensor>((h, w) => h.matmul(w).tanh(), x).square().mean();
  const grads = backward(loss);
  assignAll(weights.map((w) => [w, w.sub(dense(grads.get(w)!).mul(0.01))]));
  return loss;
}

describe('memory of a training loop', () => {
  const x = rand([128, 32]);

  it('is flat over 2,000 steps, also when all losses are collected and read at the end [T14 B10]', async () => {
    const weights = [0, 1, 2].map(() => parameter(rand([32, 32]).sub(0.5)));
    const losses: Tensor[] = [];
    for (let i = 0; i < 200; i++) losses.push(descend(weights, x));
    const before = await bytesInUse();
    for (let i = 0; i < 1800; i++) losses.push(descend(weights, x));
    expect((await bytesInUse()) - before).toBeLessThan(8e6);
    expect(await losses[1999]!.item()).toBeLessThan(await losses[0]!.item());
  });

  it('is flat when losses are read between backward and the update, and collected', async () => {
    const w = parameter(rand([32, 32]));
    const losses: Tensor[] = [];
    const step = async (): Promise<void> => {
      const loss = x.matmul(w).tanh().mean();
      const grads = backward(loss);
      await loss.item();
      w.assign(w.sub(dense(grads.get(w)!).mul(0.01)));
      losses.push(loss);
    };
    for (let i = 0; i < 200; i++) await step();
    const before = await bytesInUse();
    for (let i = 0; i < 1800; i++) await step();
    expect((await bytesInUse()) - before).toBeLessThan(8e6);
  });

  it('is flat when losses are read before backward, and collected', async () => {
    const w = parameter(rand([32, 32]));
    const losses: Tensor[] = [];
    const step = async (): Promise<void> => {
      const loss = x.matmul(w).tanh().mean();
      await loss.item();
      w.assign(w.sub(dense(backward(loss).get(w)!).mul(0.01)));
      losses.push(loss);
    };
    for (let i = 0; i < 200; i++) await step();
    const before = await bytesInUse();
    for (let i = 0; i < 1800; i++) await step();
    expect((await bytesInUse()) - before).toBeLessThan(8e6);
  });

  it('is flat when every loss is read and gradients are taken without a step', async () => {
    const w = parameter(rand([32, 32]));
    const look = async (i: number): Promise<number> => {
      const loss = x.matmul(w).mul(tensor(i)).tanh().mean();
      await loss.item();
      return dense(backward(loss).get(w)!).sum().item();
    };
    for (let i = 0; i < 200; i++) await look(i);
    const before = await bytesInUse();
    for (let i = 0; i < 1800; i++) await look(i);
    expect((await bytesInUse()) - before).toBeLessThan(8e6);
  });
});
