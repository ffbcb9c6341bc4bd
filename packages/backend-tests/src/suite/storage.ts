/** What happens around the kernels: reading, variables, host ops, empty and big plans. */
import { gradients } from '@cotangent/autodiff';
import {
  add, arange, argsort, assignAll, BackendError, cast, custom, gather, keep, matmul, mul, ones, parameter, permute, record, reshape,
  scatter, sort, square, Tensor, tensor, use, variable, zeros,
} from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import { sequence } from '../numbers';
import { ints, testOn, type Setup } from './setup';

function noise(length: number, seed: number): Float32Array {
  const random = sequence(seed);
  return Float32Array.from({ length }, () => 2 * random() - 1);
}

export function testStorage({ backend, create }: Setup): void {
  const test = testOn(backend);

  describe('reading', () => {
    test('gives a copy every time, and leaves the data given to tensor() alone', async () => {
      const data = Float32Array.of(1, 2, 3);
      const x = tensor(data);
      const y = x.mul(2);
      const first = await y.data();
      first.fill(0);
      expect([...(await y.data())]).toEqual([2, 4, 6]);
      (await x.data()).fill(9);
      expect([...data]).toEqual([1, 2, 3]);
      expect(await x.add(y).array()).toEqual([3, 6, 9]);
    });

    test('works for values of values, in any order', async () => {
      const x = tensor([1, 2, 3, 4]);
      const a = x.square();
      const b = a.sum();
      const c = a.mul(b);
      expect(await c.array()).toEqual([30, 120, 270, 480]);
      expect(await b.item()).toBe(30);
      expect(await a.add(c).array()).toEqual([31, 124, 279, 496]);
    });

    test('works many times in flight at once', async () => {
      const reads = Array.from({ length: 30 }, (_, i) => tensor([1, 2]).mul(i).data());
      const all = await Promise.all(reads);
      expect(all.map((data) => data[1])).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i));
    });

    it('is possible without waiting exactly where caps.syncRead says so', async () => {
      const other = await create();
      await use(other);
      expect(other.caps.syncRead).toBe(other.readSync !== undefined);
      const y = tensor([1, 2]).mul(3);
      await y.data(); // kernels may be compiled in the background; from here on they are there
      if (other.caps.syncRead) expect(y.arraySync()).toEqual([3, 6]);
      else expect(() => y.arraySync()).toThrow(BackendError);
      other.dispose();
    });

    test('more kinds of plans than the cache holds change nothing', async () => {
      const problems: number[] = [];
      for (const round of [0, 1]) {
        for (let n = 1; n <= 90; n++) {
          const y = await ones([n]).mul(n + round).sum().item();
          if (y !== n * (n + round)) problems.push(n);
        }
      }
      expect(problems).toEqual([]);
    });

    test('a chain of 10,000 ops is computed', async () => {
      let x = tensor([0, 1]);
      for (let i = 0; i < 10_000; i++) x = x.add(1);
      expect(await x.array()).toEqual([10_000, 10_001]);
    });
  });

  describe('variables', () => {
    test('keep their value through hundreds of updates', async () => {
      const data = noise(37, 1);
      const w = parameter(tensor(data));
      const expected = Float32Array.from(data);
      for (let step = 0; step < 300; step++) {
        const loss = square(w).sum();
        const [g] = gradients(loss, [w]);
        w.assign(w.sub(g!.mul(0.01)));
        for (let i = 0; i < expected.length; i++) {
          expected[i] = expected[i]! - Math.fround(Math.fround(expected[i]! * 2) * Math.fround(0.01));
        }
      }
      const actual = await w.data();
      actual.forEach((x, i) => {
        expect(x).toBeCloseTo(expected[i]!, 5);
      });
      expect(w.version).toBe(300);
    });

    test('give back the memory of old values', async () => {
      const w = parameter(tensor(noise(10_000, 2)));
      const m = variable(zeros([10_000]));
      const step = async (): Promise<void> => {
        assignAll([[m, m.mul(0.9).add(w)], [w, w.sub(m.mul(0.1))]]);
        await m.sum().item();
      };
      for (let i = 0; i < 5; i++) await step();
      const before = backend.stats().bytes;
      for (let i = 0; i < 100; i++) await step();
      expect(backend.stats().bytes).toBeLessThanOrEqual(before + 80_000);
    });

    test('assigned together take the old values of each other', async () => {
      const a = variable(tensor([1, 2]));
      const b = variable(tensor([3, 4]));
      assignAll([[a, b], [b, a]]);
      expect([await a.array(), await b.array()]).toEqual([[3, 4], [1, 2]]);
      assignAll([[a, a.add(b)], [b, a.sub(b)]]);
      expect([await a.array(), await b.array()]).toEqual([[4, 6], [2, 2]]);
    });

    test('may be assigned themselves, constants, parts of others and reordered views', async () => {
      const a = variable(tensor([[1, 2], [3, 4]]));
      const b = variable(tensor([0, 0]));
      a.assign(a);
      expect(await a.array()).toEqual([[1, 2], [3, 4]]);
      a.assign(permute(a, [1, 0]));
      expect(await a.array()).toEqual([[1, 3], [2, 4]]);
      b.assign(a.index(1));
      a.assign(zeros([2, 2]));
      expect([await a.array(), await b.array()]).toEqual([[[0, 0], [0, 0]], [2, 4]]);
      b.assign(ones([2]));
      expect(await b.add(a).array()).toEqual([[1, 1], [1, 1]]);
    });

    test('read between updates give the value of that moment', async () => {
      const w = variable(tensor([1, 1]));
      const seen: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        const before = keep(w.mul(10));
        w.assign(w.add(w));
        seen.push(await before.array(), await w.array());
      }
      expect(seen).toEqual([[10, 10], [2, 2], [20, 20], [4, 4], [40, 40], [8, 8], [80, 80], [16, 16]]);
    });

    test('updated lazily are computed by the next read', async () => {
      const mean = variable(zeros([3]));
      for (let i = 1; i <= 5; i++) mean.update(mean.mul(0.5).add(tensor([i, 2 * i, 0])));
      expect(await mean.array()).toEqual([8.0625, 16.125, 0]);
      const after = mean.add(1);
      mean.update(mean.mul(0));
      expect([await after.array(), await mean.array()]).toEqual([[9.0625, 17.125, 1], [0, 0, 0]]);
    });

    test('of every type keep their elements', async () => {
      for (const dtype of backend.caps.dtypes) {
        const v = variable(tensor([0, 1, 1, 0, 1], { dtype }));
        v.assign(reshape(concatTwice(v), [10]).index([0, 10, 2]));
        expect(await v.array(), dtype).toEqual([0, 1, 1, 1, 0]);
      }
    });
  });

  describe('host ops', () => {
    const addAll = custom({
      name: 'addAll',
      shape: ([x]) => x!,
      forward: (inputs, out) => {
        for (const { data } of inputs) for (let i = 0; i < out.data.length; i++) out.data[i]! += data[i]!;
      },
    });

    test('run between kernels, with operands in any layout', async () => {
      const x = tensor([[1, 2, 3], [4, 5, 6]]);
      const y = addAll([x.transpose(), x.mul(10).transpose(), ones([3, 2])]);
      expect(await y.mul(2).transpose().array()).toEqual([[24, 46, 68], [90, 112, 134]]);
    });

    test('take and give variables', async () => {
      const v = variable(tensor([3, 1, 2]));
      for (let i = 0; i < 3; i++) v.assign(addAll([v, sort(v).values]));
      expect(await v.array()).toEqual(sortedSums([3, 1, 2], 3));
    });

    test('get and give every type', async () => {
      for (const dtype of backend.caps.dtypes.filter((d) => d !== 'bool')) {
        const x = tensor([1, 2, 3], { dtype });
        expect(await addAll([x, x]).array(), dtype).toEqual([2, 4, 6]);
      }
    });

    test('may compute with tensors themselves', async () => {
      const inner = custom({
        name: 'inner',
        shape: ([x]) => x!,
        forward: ([x], out) => {
          const y = tensor(Float32Array.from(x!.data)).mul(2).add(1);
          if (backend.caps.syncRead) out.data.set(y.dataSync());
          else out.data.set(x!.data.map((v) => 2 * v + 1));
        },
      });
      expect(await inner([tensor([1, 2]).mul(3)]).mul(10).array()).toEqual([70, 130]);
    });

    test('sort the columns of a view', async () => {
      const x = tensor([[3, 1], [2, 2], [1, 3]]);
      expect(await argsort(x.transpose(), { dim: 1 }).array()).toEqual([[2, 1, 0], [0, 1, 2]]);
    });
  });

  describe('empty and trivial plans', () => {
    test('values that need no kernel are read', async () => {
      const x = tensor([1, 2, 3, 4]);
      expect(await x.array()).toEqual([1, 2, 3, 4]);
      expect(await x.reshape(2, 2).array()).toEqual([[1, 2], [3, 4]]);
      expect(await x.detach().array()).toEqual([1, 2, 3, 4]);
      expect(await tensor(7).array()).toBe(7);
    });

    test('tensors without elements pass through every kind of kernel', async () => {
      const x = zeros([0, 3]).add(1);
      expect(await x.array()).toEqual([]);
      expect(await x.sum({ dim: 0 }).array()).toEqual([0, 0, 0]);
      expect(await matmul(x, ones([3, 2])).array()).toEqual([]);
      expect(await matmul(zeros([2, 0]), zeros([0, 2])).array()).toEqual([[0, 0], [0, 0]]);
      expect((await argsort(x, { dim: 0 }).data()).length).toBe(0);
      expect(await scatter(ones([2]), 0, ints([]), zeros([0])).array()).toEqual([1, 1]);
      expect(await variable(x).array()).toEqual([]);
    });

    test('the same value asked for twice is given twice', async () => {
      const x = tensor([1, 2]);
      const [a, b] = [keep(x.mul(2)), keep(x.mul(2))];
      const v = variable(a);
      const w = variable(a);
      expect([await a.array(), await b.array(), await v.array(), await w.array()]).toEqual([[2, 4], [2, 4], [2, 4], [2, 4]]);
      v.assign(v.add(1));
      expect([await v.array(), await w.array()]).toEqual([[3, 5], [2, 4]]);
    });
  });

  describe('big tensors', () => {
    test('of a million elements go through maps, reductions, products and gathers', async () => {
      const n = 1 << 20;
      const x = arange(n).cast('float32');
      expect(await x.add(1).index(n - 1).item()).toBe(n);
      expect(await cast(x.ge(n / 2), 'int32').sum().item()).toBe(n / 2);
      const grid = reshape(x, [1024, 1024]);
      const columns = await mul(grid.transpose(), 2).sum({ dim: 1 }).data();
      const last = 2 * (1024 * 1023 + (1024 * 1024 * 1023) / 2);
      expect(Math.abs(columns[1023]! / last - 1)).toBeLessThan(1e-6);
      expect(await matmul(grid, ones([1024, 1])).index(1, 0).item()).toBe(1024 * 1024 + (1024 * 1023) / 2);
      expect(await gather(x, 0, ints([n - 1, 0, 12345])).array()).toEqual([n - 1, 0, 12345]);
    });

    test('of 64 MB in all are computed and released', async () => {
      for (let i = 0; i < 4; i++) {
        const x = add(zeros([1 << 20]), i);
        const y = keep(x.mul(2));
        const z = keep(x.add(y));
        expect([await y.index(5).item(), await z.index((1 << 20) - 1).item()]).toEqual([2 * i, 3 * i]);
      }
    });
  });

  describe('statistics', () => {
    test('count plans and kernels', async () => {
      const before = backend.stats();
      await tensor([1, 2]).mul(2).add(3).data();
      const after = backend.stats();
      expect(after.plans).toBe(before.plans + 1);
      expect(after.kernels).toBeGreaterThan(before.kernels);
    });
  });
}

function concatTwice(x: Tensor): Tensor {
  return new Tensor(record('concat', [x.node, x.node], { axis: 0 }));
}

/** v <- v + sorted(v), a number of times. */
function sortedSums(values: readonly number[], times: number): number[] {
  let v = [...values];
  for (let i = 0; i < times; i++) {
    const sorted = [...v].sort((a, b) => a - b);
    v = v.map((x, k) => x + sorted[k]!);
  }
  return v;
}
