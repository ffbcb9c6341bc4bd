/** Who owns memory, and when it is given back. The list of all such traps is docs/traps.md. */
import { beforeEach, describe, expect, it } from 'vitest';
import { backward } from '@cotangent/autodiff';
import { wasm } from '@cotangent/backend-wasm';
import { crossEntropy, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam, SGD } from '@cotangent/optimizers';
import {
  BackendError, compile, currentBackend, explain, keep, noGrad, ones, parameter, tensor, use, variable, zeros, type Tensor, type Variable,
} from '@cotangent/tensor';
import { BACKENDS, bytesInUse, collectGarbage, noise } from '../testing/backends';

const N = 10_000;

/** How much more is in use after 1,000 steps than after 100. */
async function growth(step: (i: number) => void | Promise<void>): Promise<number> {
  for (let i = 0; i < 100; i++) await step(i);
  const before = await bytesInUse();
  for (let i = 100; i < 1000; i++) await step(i);
  return (await bytesInUse()) - before;
}

describe.each(BACKENDS)('memory on %s', (name, make) => {
  beforeEach(async () => {
    await use(make());
  });

  describe('what outlives a plan', () => {
    it('is an array of its own in JavaScript memory, of the size of its elements', async () => {
      const p = parameter(tensor(noise(100)));
      const [read, kept, loss] = [p.mul(2), keep(p.mul(3)), p.square().sum()];
      await read.data();
      new SGD([p], { lr: 0.1 }).step(backward(loss));
      for (const x of [read, kept, loss]) {
        const { host } = x.node.storage!;
        expect(host!.buffer.byteLength).toBe(4 * x.size);
      }
      expect(new Set([read, kept, loss].map((x) => x.node.storage!.host!.buffer)).size).toBe(3);
    });

    it('is freed with its handle by the garbage collector', async () => {
      const refs: WeakRef<object>[] = [];
      const one = async (): Promise<void> => {
        const x = ones([N]).add(refs.length);
        await x.data();
        refs.push(new WeakRef(x.node.storage!.host!));
      };
      for (let i = 0; i < 20; i++) await one();
      await ones([1]).data();
      await collectGarbage();
      expect(refs.filter((ref) => ref.deref())).toHaveLength(0);
    });

    it('weighs on the collector, so that a loop that drops handles stays small without any dispose', async () => {
      // 40 kB a step: 36 MB if nothing were freed.
      expect(await growth(async (i) => {
        await ones([N]).mul(i).data();
      })).toBeLessThan(4e6);
    });

    it('holds no graph', async () => {
      const p = parameter(tensor(noise(N)));
      const optimizer = new SGD([p], { lr: 1e-3 });
      const losses: Tensor[] = [];
      // A loss is 4 bytes and its handle; the gradient behind it 40 kB.
      expect(await growth(() => {
        const loss = p.square().sum();
        optimizer.step(backward(loss));
        losses.push(loss);
      })).toBeLessThan(4e6);
      expect(losses.every(({ node }) => node.inputs.length === 0)).toBe(true);
    });
  });

  it('only parameters and state of optimisers may live in the memory of the backend', async () => {
    const p = parameter(tensor(noise(100)));
    const optimizer = new Adam([p]);
    const statistics = variable(zeros([100]));
    for (let i = 0; i < 2; i++) {
      statistics.update(statistics.mul(0.9).add(p.detach().mul(0.1)));
      optimizer.step(backward(p.square().sum()));
    }
    const variables: Variable[] = [p, statistics];
    for (const v of variables) expect(v.node.storage!.host === undefined).toBe(name === 'wasm');
    const view = p.index([0, 10]);
    await view.data();
    expect(view.node.storage!.host).toBeDefined();
  });

  it('a model that nobody refers to any more gives its memory back', async () => {
    const train = (): void => {
      const model = new Sequential(new Linear(100, 500), new ReLU(), new Linear(500, 10));
      const optimizer = new Adam(model.parameters());
      const y = tensor(Int32Array.of(1, 2));
      for (let i = 0; i < 2; i++) optimizer.step(backward(crossEntropy(model.forward(ones([2, 100])), y)));
    };
    for (let i = 0; i < 4; i++) train();
    const before = await bytesInUse();
    for (let i = 0; i < 30; i++) {
      train();
      if (i % 4 === 3) await collectGarbage();
    }
    // A model and its state are 660 kB, 30 of them 20 MB.
    expect((await bytesInUse()) - before).toBeLessThan(5e6);
  });

  describe('updates in place', () => {
    it('happen: the arrays of a training step take each other over', async () => {
      const p = parameter(tensor(noise(N)));
      const optimizer = new Adam([p]);
      const step = (): void => optimizer.step(backward(p.square().sum()));
      step();
      const [plan] = explain(step).plans;
      // The parameter and both moments.
      expect(plan!.donated).toBeGreaterThanOrEqual(3);
    });

    it.each<[string, (average: Tensor, weights: Tensor) => Tensor]>([
      ['the average first', (average, weights) => average.mul(0.5).add(weights.mul(0.5))],
      ['the weights first', (average, weights) => weights.mul(0.5).add(average.mul(0.5))],
    ])('leave variables alone that are read and keep their value, %s', async (_, mix) => {
      for (const n of [1, 3, N]) {
        const weights = parameter(tensor(new Float32Array(n).fill(4)));
        const average = variable(zeros([n]));
        weights.assign(weights.mul(2)); // in the memory of the backend now
        average.assign(mix(average, weights));
        average.update(mix(average, weights));
        expect([(await weights.data())[0], (await average.data())[n - 1]]).toEqual([8, 6]);
        const compiled = compile(() => {
          average.assign(mix(average, weights));
        });
        compiled();
        compiled();
        expect([(await weights.data())[0], (await average.data())[n - 1]]).toEqual([8, 7.5]);
        // The same structure the other way round must not take the plan of the former.
        weights.assign(mix(average, weights));
        expect([(await weights.data())[0], (await average.data())[n - 1]]).toEqual([7.75, 7.5]);
      }
    });

    it('leave a learning rate alone that has the shape of the parameter', async () => {
      const p = parameter(tensor([1]));
      const optimizer = new SGD([p], { lr: 0.5 });
      for (let i = 0; i < 3; i++) {
        optimizer.lr = 0.25;
        optimizer.step(backward(p.sum()));
      }
      expect(await p.item()).toBe(0.25);
    });

    it('leave results alone that were read or kept before', async () => {
      const p = parameter(tensor([1, 2]));
      const optimizer = new SGD([p], { lr: 1 });
      optimizer.step(backward(p.sum()));
      const [read, kept, same] = [p.mul(1), keep(p.add(0)), keep(p.cast('float32'))];
      await read.data();
      const data = await p.data();
      for (let i = 0; i < 3; i++) optimizer.step(backward(p.sum()));
      expect([...data]).toEqual([0, 1]);
      for (const x of [read, kept, same]) expect(await x.array()).toEqual([0, 1]);
      expect(await p.array()).toEqual([-3, -2]);
    });

    it('leave the data alone that a parameter was made of', async () => {
      const data = Float32Array.of(1, 2);
      const source = tensor(data);
      const p = parameter(source);
      for (let i = 0; i < 3; i++) new SGD([p], { lr: 1 }).step(backward(p.sum()));
      expect([...data]).toEqual([1, 2]);
      expect(await source.array()).toEqual([1, 2]);
      expect(await p.array()).toEqual([-2, -1]);
    });
  });

  it('values between kernels share one region: a chain of large arrays needs two of them at a time', async () => {
    const x = tensor(noise(N), { shape: [100, 100] });
    let y = x;
    for (let i = 0; i < 12; i++) y = y.matmul(x).div(10);
    const [plan] = explain(noGrad(() => y)).plans;
    expect(plan!.liveBytes).toBeLessThanOrEqual(3.5 * 4 * N);
    expect(plan!.arenaBytes).toBeLessThanOrEqual(1.2 * plan!.liveBytes);
    await y.data();
    // The backend has no more than that, its tables and one growth step.
    expect(currentBackend().stats().bytes).toBeLessThan(plan!.arenaBytes + 3e6);
  });
});

describe('the memory limit of wasm', () => {
  it('is an error that names the sizes and the largest tensors, and work goes on', async () => {
    await use(wasm({ maximumBytes: 8 << 20 }));
    const large = tensor(new Float32Array(3_000_000));
    const small = tensor(new Float32Array(10));
    const error = await large.add(small.sum()).data().then((value) => value, (e: unknown) => e);
    expect(error).toBeInstanceOf(BackendError);
    expect((error as Error).message).toMatch(/out of memory.*at most 8\.0 MB.*largest.*float32 x 3000000 \(11\.4 MB\)/s);
    expect(await small.add(1).sum().item()).toBe(10);
  });
});
