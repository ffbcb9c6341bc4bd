/** When values are computed, and which values they are. The list of all such traps is docs/traps.md. */
import { beforeEach, describe, expect, it } from 'vitest';
import { backward, gradients } from '@cotangent/autodiff';
import { Linear } from '@cotangent/layers';
import { Adam, SGD } from '@cotangent/optimizers';
import {
  compile, custom, explain, keep, maskedRows, maskedSelect, memory, nonzero, ones, parameter, rand, sort, stack,
  StaleValueError, tensor, unique, use, zeros, type Tensor,
} from '@cotangent/tensor';
import { BACKENDS, counting, kernelsOf, plansOf } from '../testing/backends';

describe.each(BACKENDS)('values and time on %s', (_, make) => {
  beforeEach(async () => {
    await use(make());
  });

  const w = (): ReturnType<typeof parameter> => parameter(tensor([1, 2, 3]));

  describe('what is pending is computed', () => {
    it.each<[string, (x: Tensor) => unknown]>([
      ['data', (x) => x.data()],
      ['array', (x) => x.array()],
      ['item', (x) => x.item()],
      ['dataSync', (x) => x.dataSync()],
      ['arraySync', (x) => x.arraySync()],
      ['itemSync', (x) => x.itemSync()],
    ])('by reading with %s, as one plan, together with what was kept', async (_, read) => {
      const { tick, runs } = counting();
      const kept = keep(tick(ones([4])).mul(3));
      const sum = tick(ones([4])).add(1).sum();
      expect(runs()).toBe(0);
      expect(await plansOf(() => read(sum))).toBe(1);
      expect(runs()).toBe(2);
      expect(memory().pending.nodes).toBe(0);
      expect(await plansOf(() => Promise.all([read(sum), kept.array()]))).toBe(0);
      expect(await kept.array()).toEqual([3, 3, 3, 3]);
    });

    it('by the step of an optimiser, as one plan', async () => {
      const p = w();
      await p.data();
      const optimizer = new Adam([p]);
      const loss = p.square().sum();
      expect(await plansOf(() => optimizer.step(backward(loss)))).toBe(1);
      expect(memory().pending.nodes).toBe(0);
      expect(await plansOf(() => loss.item())).toBe(0);
      expect(await loss.item()).toBe(14);
    });

    it('by assigning a parameter', async () => {
      const { tick, runs } = counting();
      const p = w();
      const kept = keep(tick(p).sum());
      expect(await plansOf(() => p.assign(p.add(1)))).toBe(1);
      expect(runs()).toBe(1);
      expect(await plansOf(() => kept.item())).toBe(0);
    });

    it('at 5,000 nodes: those that nothing uses, and what they need, once', async () => {
      const { tick, runs } = counting();
      const used = tick(ones([2]));
      const ends = [used.add(1), used.mul(5)];
      const one = tensor([1]);
      expect(await plansOf(() => {
        for (let i = 0; i < 5000; i++) one.add(i);
      })).toBe(1);
      expect(runs()).toBe(1);
      expect(await plansOf(() => Promise.all(ends.map((x) => x.data())))).toBe(0);
      expect(await ends[1]!.array()).toEqual([5, 5]);
      expect(memory().pending.nodes).toBeLessThan(5000);
    });

    it('at 64 MB of data handed in', async () => {
      const megabytes = (n: number): Tensor => tensor(new Float32Array(n * 2 ** 18)).sum();
      expect(await plansOf(() => Array.from({ length: 7 }, () => megabytes(8)))).toBe(0);
      expect(await plansOf(() => [megabytes(8), megabytes(8)])).toBe(1);
      expect(memory().pending.bytes).toBeLessThanOrEqual(2 ** 26);
    });
  });

  describe('graphs of 10,000 ops are walked without recursion:', () => {
    const chain = (x: Tensor, n = 10_000): Tensor => {
      for (let i = 0; i < n; i++) x = x.add(1);
      return x;
    };

    it('computed', async () => {
      expect(await chain(tensor([1])).item()).toBe(10_001);
    });

    it('differentiated, once and twice', async () => {
      const p = parameter(tensor([2]));
      // Longer than what is computed at a time, so the walk crosses values that are there already.
      const y = chain(p).square().sum();
      const [first] = gradients(y, [p]);
      expect(await first!.item()).toBe(2 * 10_002);
      const [second] = gradients(first!.sum(), [p]);
      expect(await second!.item()).toBe(2);
    });

    it('compiled, backward pass included', async () => {
      const p = parameter(tensor([2]));
      const gradient = compile(() => backward(chain(p).square().sum()).get(p) as Tensor);
      for (let i = 0; i < 2; i++) expect(await gradient().item()).toBe(2 * 10_002);
    });

    it('explained, kept, joined and dropped', async () => {
      expect(explain(chain(tensor([1]), 4000)).plans).toHaveLength(1);
      keep(chain(tensor([1]), 4000));
      const parts = Array.from({ length: 3000 }, (_, i) => ones([2]).mul(i));
      expect(await stack(parts).sum().item()).toBe(2999 * 3000);
    });
  });

  describe('after an update of parameters', () => {
    it('the loss given to backward can be read, whether it was read before or not', async () => {
      const p = w();
      const optimizer = new SGD([p], { lr: 0.5 });
      for (const expected of [14, 0]) {
        const loss = p.square().sum();
        optimizer.step(backward(loss));
        expect(await loss.item()).toBe(expected);
        expect(await loss.item()).toBe(expected);
      }
    });

    it('losses of several backward passes can all be read', async () => {
      const p = w();
      const losses = [p.sum(), p.square().sum()];
      const all = losses.map((loss) => backward(loss));
      new SGD([p], { lr: 1 }).step(all[0]!);
      expect(await Promise.all(losses.map((loss) => loss.item()))).toEqual([6, 14]);
    });

    it('a value passed to keep has the old weights in it', async () => {
      const p = w();
      const optimizer = new SGD([p], { lr: 1 });
      const out = keep(p.mul(10));
      optimizer.step(backward(p.sum()));
      expect(await out.array()).toEqual([10, 20, 30]);
      expect(await p.array()).toEqual([0, 1, 2]);
    });

    it('a handle on a parameter that is passed to keep has the old weights in it', async () => {
      const random = parameter(rand([3])); // has no value yet
      for (const p of [w(), random]) {
        const handle = keep(p.cast('float32'));
        const same = keep(p.detach());
        const before = await p.array();
        new SGD([p], { lr: 1 }).step(backward(p.sum()));
        expect([await handle.array(), await same.array()]).toEqual([before, before]);
        expect(await p.array()).not.toEqual(before);
      }
    });

    it.each<[string, (p: Tensor) => Tensor]>([
      ['computed from it', (p) => p.mul(10)],
      ['that is a view of it', (p) => p.index(1)],
      ['that is another handle on it', (p) => p.cast('float32')],
      ['detached from it', (p) => p.detach().mul(2)],
      ['through whole numbers', (p) => p.cast('int32').add(1)],
      ['through a host op', (p) => sort(p).values],
      ['deep in a graph', (p) => ones([3]).add(ones([3]).mul(p.exp().sum())).square()],
      ['mixed with random numbers', (p) => rand([3]).add(p)],
    ])('an unread value %s throws and names keep before step, and is never computed with the new weights', async (_, compute) => {
      const p = w();
      await p.data();
      const optimizer = new SGD([p], { lr: 1 });
      const out = compute(p);
      optimizer.step(backward(p.sum()));
      const reads = [() => out.data(), () => out.array(), async () => out.dataSync(), () => out.sum().item(), () => keep(out).data()];
      for (const read of reads) {
        const error = await read().then((value) => value, (e: unknown) => e);
        expect(error).toBeInstanceOf(StaleValueError);
        expect((error as Error).message).toMatch(/updated since.*keep\(value\) before optimizer\.step/s);
      }
      expect(await p.array()).toEqual([0, 1, 2]);
      // The next step has no trace of it.
      optimizer.step(backward(p.sum()));
      expect(await p.array()).toEqual([-1, 0, 1]);
    });

    it('what depends on read values only goes on from those', async () => {
      const p = w();
      const hidden = p.mul(10);
      await hidden.data();
      const out = hidden.add(1);
      p.assign(zeros([3]));
      expect(await out.array()).toEqual([11, 21, 31]);
      expect(await hidden.array()).toEqual([10, 20, 30]);
    });

    it('values of other parameters are still there', async () => {
      const [a, b] = [w(), w()];
      const out = b.mul(2);
      a.assign(zeros([3]));
      expect(await out.array()).toEqual([2, 4, 6]);
    });
  });

  it('a loss read before backward costs no second forward pass', async () => {
    const model = new Linear(4, 3);
    const { tick, runs } = counting();
    const x = ones([2, 4]);
    await Promise.all(model.parameters().map((p) => p.data()));
    const loss = (): Tensor => tick(tick(model.forward(x)).exp()).sum();
    const optimizer = new SGD(model.parameters(), { lr: 0.01 });

    const read = loss();
    await read.item();
    expect(runs()).toBe(2);
    const after = await kernelsOf(() => optimizer.step(backward(read)));
    expect(runs()).toBe(2);

    const whole = await kernelsOf(() => optimizer.step(backward(loss())));
    expect(runs()).toBe(4);
    expect(after).toBeLessThan(whole);
  });

  describe('shapes that depend on data', () => {
    const x = tensor([[1, -2], [-3, 4]]);

    it('read the mask only; the values are a gather that is computed when it is read', async () => {
      const { tick, runs } = counting();
      const values = tick(x);
      const picked = await maskedSelect(values, x.gt(0));
      const rows = await maskedRows(values, tensor([false, true]));
      expect([picked.shape, rows.shape]).toEqual([[2], [1, 2]]);
      expect(runs()).toBe(0);
      expect(await picked.array()).toEqual([1, 4]);
      expect(await rows.array()).toEqual([[-3, 4]]);
    });

    it('let gradients through', async () => {
      const p = parameter(x);
      const picked = await maskedSelect(p, p.gt(0));
      expect(await gradients(picked.square().sum(), [p])[0]!.array()).toEqual([[2, 0], [0, 8]]);
      const q = parameter(tensor([5, 7, 5]));
      const { values, inverse } = await unique(q);
      expect([await values.array(), await inverse.array()]).toEqual([[5, 7], [0, 1, 0]]);
      expect(await gradients(values.square().sum(), [q])[0]!.array()).toEqual([10, 14, 0]);
    });

    it.each<[string, (t: Tensor) => Promise<unknown>]>([
      ['nonzero', (t) => nonzero(t)],
      ['unique', (t) => unique(t)],
      ['maskedSelect', (t) => maskedSelect(t, t.gt(0))],
      ['maskedRows', (t) => maskedRows(t, t.gt(0))],
    ])('are an error inside compile that says so: %s', (_, op) => {
      const step = compile((t: Tensor) => void op(t));
      expect(() => step(tensor([1, 0]))).toThrow(/compile: the function reads a value/);
    });
  });

  it('a host op in the middle leaves a plan one plan, and explain shows where it is', async () => {
    const twice = custom({ name: 'twice', shape: ([x]) => x!, forward: ([x], out) => out.data.set(x!.data.map((v) => 2 * v)) });
    const chain = (): Tensor => twice([ones([8]).mul(tensor(Float32Array.from({ length: 8 }, (_, i) => -i)))]).add(1).sum();
    expect(await plansOf(() => chain().item())).toBe(1);
    const [plan] = explain(chain()).plans;
    expect(plan!.hostKernels).toHaveLength(1);
    expect(plan!.kernels.length).toBeGreaterThan(1);
    expect(String(explain(chain()))).toMatch(/JavaScript kernel, which cut the plan on a device: \d/);
  });
});
