import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { noGrad, parameter, rand, tensor, use, variable, zeros, type Backend } from '../index';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let backend: Backend;

beforeAll(async () => {
  backend = await use(cpu());
});

/** Bytes in use once the garbage is gone. */
async function bytesInUse(): Promise<number> {
  // The memory of arrays is given back a little later than the arrays.
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers + backend.stats().bytes;
}

/** How much more is in use after 2,000 steps than after 200. */
async function growth(step: (i: number) => void | Promise<void>): Promise<number> {
  for (let i = 0; i < 200; i++) await step(i);
  const before = await bytesInUse();
  for (let i = 200; i < 2000; i++) await step(i);
  return (await bytesInUse()) - before;
}

describe('memory', () => {
  // Every step makes about 40 kB; a loop that kept them would grow by 70 MB.
  const x = rand([10_000]);

  it('is flat over 2,000 steps that read a result and replace a parameter [T14 B10]', async () => {
    const w = parameter(zeros([10_000]));
    const grown = await growth(async (i) => {
      const y = w.add(x).mul(tensor([i]));
      await y.sum().item();
      w.assign(w.mul(0.9).add(0.1));
    });
    expect(grown).toBeLessThan(4e6);
  });

  it('is flat when nothing is ever read', async () => {
    const w = parameter(zeros([10_000]));
    const count = variable(zeros([]));
    const grown = await growth(() => {
      w.mul(x).add(1).sum();
      count.update(count.add(1));
      w.assign(w.add(x));
    });
    expect(grown).toBeLessThan(4e6);
    expect(await count.item()).toBe(2000);
  });

  it('stays near the 64 MB of pending data when values are recorded and dropped without a read', async () => {
    // 0.4 MB a step, 720 MB in all.
    const grown = await growth(() => {
      noGrad(() => tensor(new Float32Array(100_000)).add(1).sum());
    });
    expect(grown).toBeLessThan(90e6);
  });

  it('is that of the values alone when results are collected', async () => {
    const w = parameter(zeros([10_000]));
    const sums: unknown[] = [];
    const grown = await growth(async () => {
      const total = noGrad(() => w.mul(x).sum());
      await total.data();
      sums.push(total);
    });
    expect(grown).toBeLessThan(8e6);
  });
});
