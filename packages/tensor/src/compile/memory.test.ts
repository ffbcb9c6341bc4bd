import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { compile, parameter, rand, tensor, use, variable, zeros, type Tensor } from '../index';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The memory of arrays is given back a little later than the arrays. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
}

describe('a compiled function', () => {
  it.each([false, 100] as const)('holds no argument, result or old value of a variable when a call is over (check: %s)', async (check) => {
    await use(cpu());
    const w = parameter(zeros([1000]));
    const step = compile(
      (x: Tensor) => {
        w.assign(w.add(x).add(rand([1000])));
        return w.mul(2);
      },
      { check },
    );
    const refs: WeakRef<object>[] = [];
    const call = async (): Promise<void> => {
      const data = new Float32Array(1000);
      const result = step(tensor(data));
      refs.push(new WeakRef(data), new WeakRef(result.node.storage!.host!), new WeakRef(result), new WeakRef(w.node.storage!));
      await result.data();
    };
    for (let i = 0; i < 3; i++) await call();
    w.assign(zeros([1000]));
    await settled();
    expect(refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  });

  it('holds nothing more after 20,000 calls', async () => {
    const backend = await use(cpu());
    const w = parameter(zeros([100]));
    const rate = variable(tensor(0.5));
    const step = compile((x: Tensor) => {
      w.assign(w.mul(rate).add(x));
      return w.sum();
    });
    const used = async (): Promise<number> => {
      await settled();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers + backend.stats().bytes;
    };
    const run = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        rate.update(tensor(1 / (i + 1)));
        step(tensor(new Float32Array(100).fill(i)));
      }
    };
    run(0, 2000);
    const before = await used();
    run(2000, 22_000);
    // Every call makes more than 1 kB: kept, that would be 20 MB.
    expect((await used()) - before).toBeLessThan(1e6);
  });
});
