/** What numbers come out, and which rewrites may not change them. The list of all such traps is docs/traps.md. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backward, gradients } from '@cotangent/autodiff';
import { crossEntropy, Dropout, layerNorm, Linear, ReLU, Sequential } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import {
  amax, amin, checkpoint, clamp, compile, conv2d, cummax, currentBackend, DTypeError, logSoftmax, manualSeed, max,
  maximum, maxPool2d, min, minimum, noGrad, ones, parameter, rand, randint, randn, randperm, scatter, setPlanner,
  softmax, tensor, use, where, zeros, type PlannerOptions, type Tensor,
} from '@cotangent/tensor';
import { BACKENDS, noise } from '../testing/backends';

const ALL: PlannerOptions = { maps: true, rows: true, epilogues: true, recompute: true, groups: true, schedule: true, donate: true };
const NOTHING = Object.fromEntries(Object.keys(ALL).map((name) => [name, false])) as unknown as PlannerOptions;
const SETTINGS: readonly Partial<PlannerOptions>[] = [ALL, NOTHING, ...Object.keys(ALL).map((name) => ({ ...ALL, [name]: false }))];

/** Numbers that rewrites such as x * 0 = 0, x - x = 0, x / x = 1, x + 0 = x or 0 - x = -x would get wrong. */
const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1, -1, 1e-45, 3.4e38, -3.4e38, 0.1];

/** What `Object.is` tells apart, in a list that can be compared and printed. */
const exact = (data: ArrayLike<number>): string[] => Array.from(data, (v) => (Object.is(v, -0) ? '-0' : String(v)));

/** NaN, infinities and zeros with their signs; other numbers to six digits. */
const kinds = (data: ArrayLike<number>): string[] =>
  Array.from(data, (v) => (Object.is(v, -0) || !Number.isFinite(v) ? exact([v])[0]! : v.toPrecision(6)));

describe.each(BACKENDS)('numbers on %s', (_, make) => {
  const before = setPlanner({});
  beforeEach(async () => {
    await use(make());
  });
  afterEach(() => {
    setPlanner(before);
  });

  /** The result under every setting of the planner, which must be one and the same. */
  async function always(compute: () => Tensor | readonly Tensor[], show = exact): Promise<string[][]> {
    let first: string[][] | undefined;
    for (const setting of SETTINGS) {
      setPlanner(setting);
      const results = [compute()].flat<readonly (Tensor | readonly Tensor[])[]>();
      const shown = (await Promise.all(results.map((x) => x.data()))).map(show);
      first ??= shown;
      expect({ setting, shown }).toEqual({ setting, shown: first });
    }
    return first!;
  }

  const special = (): Tensor => tensor(SPECIAL);
  const column = (): Tensor => special().reshape(-1, 1);

  describe('rewrites keep NaN, infinities and the sign of zero:', () => {
    const f = Math.fround;
    it.each<[string, (x: Tensor) => Tensor, (x: number) => number]>([
      ['x * 0', (x) => x.mul(0), (x) => x * 0],
      ['x * -0', (x) => x.mul(-0), (x) => x * -0],
      ['x * 1', (x) => x.mul(1), (x) => x],
      ['x + 0', (x) => x.add(0), (x) => x + 0],
      ['x + -0', (x) => x.add(-0), (x) => x + -0],
      ['x - 0', (x) => x.sub(0), (x) => x - 0],
      ['x - x', (x) => x.sub(x), (x) => x - x],
      ['x / x', (x) => x.div(x), (x) => x / x],
      ['0 / x', (x) => zeros([1]).div(x), (x) => 0 / x],
      ['1 / (1 / x)', (x) => ones([1]).div(ones([1]).div(x)), (x) => f(1 / f(1 / x))],
      ['-(-x)', (x) => x.neg().neg(), (x) => x],
      ['0 - x', (x) => zeros([1]).sub(x), (x) => 0 - x],
      ['(x + 1) - 1', (x) => x.add(1).sub(1), (x) => f(f(x + 1) - 1)],
      ['(x * 2) / 2', (x) => x.mul(2).div(2), (x) => f(f(x * 2) / 2)],
      ['relu after +0', (x) => x.add(0).relu(), (x) => (x > 0 || Number.isNaN(x) ? x : 0)],
      ['x > 0 ? x : x', (x) => where(x.gt(0), x, x), (x) => x],
      ['x == x', (x) => x.eq(x).cast('float32'), (x) => (x === x ? 1 : 0)],
    ])('%s', async (_, op, reference) => {
      const [shown] = await always(() => op(special()));
      expect(shown).toEqual(exact(SPECIAL.map((x) => f(reference(f(x))))));
    });

    it('rows: softmax, log-softmax, layer norm, sums, their gradients', async () => {
      const rows = [[1, 2, NaN], [Infinity, 0, 1], [-Infinity, -Infinity, 1], [-Infinity, -Infinity, -Infinity], [-0, -0, -0], [1, 2, 3]];
      const compute = (fn: (x: Tensor) => Tensor) => (): Tensor[] => {
        const x = parameter(tensor(rows));
        const y = fn(x);
        return [y.add(0), gradients(y.mul(tensor([1, 2, 3])).sum(), [x])[0]!];
      };
      const [soft] = await always(compute((x) => softmax(x, { dim: 1 })), kinds);
      expect(soft!.slice(0, 9)).toEqual(['NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', '0.00000', '0.00000', '1.00000']);
      expect(soft!.slice(9, 12)).toEqual(['NaN', 'NaN', 'NaN']);
      await always(compute((x) => logSoftmax(x, { dim: 1 })), kinds);
      await always(compute((x) => layerNorm(x, [3])), kinds);
      await always(compute((x) => x.mul(x.sum({ dim: 1, keepdim: true }))), kinds);
      await always(compute((x) => x.sub(amax(x, { dim: 1, keepdim: true })).exp()), kinds);
    });

    it('contractions with bias, activation and residual', async () => {
      const [result] = await always(() => column().matmul(ones([1, 2])).add(tensor([-0, 0])).relu().sub(tensor([0, Infinity])), kinds);
      expect(result!.slice(0, 4)).toEqual(['NaN', 'NaN', 'Infinity', 'NaN']);
      // 0 * NaN and 0 * Infinity are NaN in a product too, padded or not.
      expect((await always(() => column().matmul(zeros([1, 1]))))[0]!.slice(0, 3)).toEqual(['NaN', 'NaN', 'NaN']);
    });

    it('a NaN in a picture reaches the places of a convolution that see it, and no others', async () => {
      for (const [kernel, stride] of [[3, 1], [3, 2], [5, 1]] as const) {
        const data = noise(1 * 2 * 12 * 12);
        data[5 * 12 + 6] = NaN;
        const x = tensor(data, { shape: [1, 2, 12, 12] });
        const y = await conv2d(x, ones([3, 2, kernel, kernel]), undefined, { stride, padding: 1 }).array();
        for (const map of (y as number[][][][])[0]!) {
          map.forEach((row, i) => row.forEach((v, j) => {
            const [top, left] = [i * stride - 1, j * stride - 1];
            const sees = top <= 5 && 5 < top + kernel && left <= 6 && 6 < left + kernel;
            expect(Number.isNaN(v)).toBe(sees);
          }));
        }
      }
    });
  });

  describe('sums are not regrouped:', () => {
    it('what is added one after another is rounded one after another', async () => {
      const parts = [1e8, 3, -1e8, 0.25, 1e-9, 7].map((v) => tensor([v, v]));
      const [shown] = await always(() => parts.reduce((a, b) => a.add(b)));
      const expected = [1e8, 3, -1e8, 0.25, 1e-9, 7].reduce((a, b) => Math.fround(Math.fround(a) + Math.fround(b)));
      expect(shown).toEqual([String(expected), String(expected)]);
      // Products and sums round apart in maps; the same in any order of kernels.
      const [product] = await always(() => tensor([1 + 2 ** -12]).mul(tensor([1 + 2 ** -12])).sub(tensor([1 + 2 ** -11])));
      expect(product).toEqual(['0']);
    });

    it('factors stay where they are: 3 * x / 3, (a + b) * c, and scales of a product of matrices', async () => {
      const x = tensor(noise(64));
      const [shown] = await always(() => [x.mul(3).div(3), x.add(0.1).mul(7), x.mul(1e-30).mul(1e-30).mul(1e38).mul(1e30)]);
      expect(shown).toEqual(exact(noise(64).map((v) => Math.fround(Math.fround(v * 3) / 3))));
      const overflow = await tensor([[3e38, 3e38]]).matmul(ones([2, 1])).mul(0.1).array();
      expect(overflow).toEqual([[Infinity]]);
    });

    it('a row gives the same bits alone and among others, whatever stands before it', async () => {
      const data = noise(40 * 37);
      const all = tensor(data, { shape: [40, 37] });
      const sums = (x: Tensor): Tensor => x.square().sum({ dim: 1 });
      const together = await sums(all).data();
      for (const i of [0, 1, 7, 39]) expect((await sums(all.index([i, i + 1])).data())[0]).toBe(together[i]);
    });
  });

  it('the same program gives the same bits again, on a new backend and after other work', async () => {
    const train = async (): Promise<string[][]> => {
      manualSeed(3);
      const model = new Sequential(new Linear(7, 19), new ReLU(), new Dropout(0.2), new Linear(19, 5));
      const optimizer = new Adam(model.parameters(), { lr: 0.01 });
      const x = tensor(noise(33 * 7), { shape: [33, 7] });
      const y = randint(0, 5, [33]);
      const losses: Tensor[] = [];
      for (let i = 0; i < 5; i++) {
        const loss = crossEntropy(model.forward(x), y);
        optimizer.step(backward(loss));
        losses.push(loss);
      }
      return Promise.all([...losses, ...model.parameters()].map(async (t) => exact(await t.data())));
    };
    const first = await train();
    await randn([50, 50]).matmul(randn([50, 50])).sum().item();
    expect(await train()).toEqual(first);
    await use(make());
    expect(await train()).toEqual(first);
  });

  describe('max and min', () => {
    it('propagate NaN, wherever it stands', async () => {
      for (let n = 1; n <= 19; n++) {
        for (const at of new Set([0, n >> 1, n - 1])) {
          const data = noise(n);
          data[at] = NaN;
          const x = tensor(data);
          const results = [
            amax(x), amin(x), max(x, { dim: 0 }).values, min(x, { dim: 0 }).values, cummax(x, 0).values.index(-1),
            maximum(x, 0).index(at), maximum(zeros([n]), x).index(at), minimum(x, 0).index(at), minimum(zeros([n]), x).index(at),
            clamp(x, { min: -1, max: 1 }).index(at), x.relu().index(at), maxPool2d(x.reshape(1, 1, 1, n), [1, n]).sum(),
            scatter(zeros([1]), 0, zeros([n], { dtype: 'int32' }), x, 'max').sum(),
          ];
          for (const [i, result] of results.entries()) expect({ n, at, i, value: await result.item() }).toEqual({ n, at, i, value: NaN });
        }
      }
    });

    it('relu keeps NaN and gives +0 for everything below', async () => {
      const [shown] = await always(() => special().relu());
      expect(shown!.slice(0, 3)).toEqual(['NaN', 'Infinity', '0']);
      expect(Math.abs(Number(shown![3]))).toBe(0);
      expect(shown!.slice(4, 7)).toEqual(['0', '1', '0']);
    });

    it('amax splits its gradient over ties, max with indices gives it to the first', async () => {
      for (const tie of [[3, 1, 3, 3], [0, -0, -1, 0]]) {
        const slope = (fn: (x: Tensor) => Tensor) => (): Tensor => {
          const x = parameter(tensor(tie));
          return gradients(fn(x.mul(1)), [x])[0]!;
        };
        const ties = tie[0] === 3 ? [0, 2, 3] : [0, 1, 3];
        const [split] = await always(slope((x) => amax(x)));
        expect(split).toEqual(tie.map((_, i) => (ties.includes(i) ? String(Math.fround(1 / 3)) : '0')));
        const [first] = await always(slope((x) => max(x, { dim: 0 }).values));
        expect(first).toEqual(['1', '0', '0', '0']);
      }
    });
  });

  describe('random numbers', () => {
    it('of a replayed plan move on, with and without compile', async () => {
      const draw = (): Tensor => rand([3]).mul(2);
      const seen = new Set<string>();
      const compiled = compile(draw, { check: false });
      await draw().data();
      const { compiled: kernels } = currentBackend().stats();
      for (let i = 0; i < 5; i++) for (const fn of [draw, compiled]) seen.add(String(await fn().array()));
      expect(seen.size).toBe(10);
      expect(currentBackend().stats().compiled).toBe(kernels);
    });

    it('that are computed again are the same: for two readers, in a checkpoint, in the backward pass', async () => {
      const [difference] = await always(() => {
        manualSeed(1);
        const u = rand([50]);
        // Both uses stand behind a sum, so they are in different kernels.
        return u.sub(u.sum()).add(u.sum()).sub(u).abs().lt(1e-4).cast('int32').sum();
      });
      expect(difference).toEqual(['50']);
      const [gradient, mask] = await always(() => {
        manualSeed(2);
        const w = parameter(ones([50]));
        let dropped: Tensor | undefined;
        const y = checkpoint(() => {
          const kept = rand([50]).gt(0.5).cast('float32');
          dropped ??= kept;
          return w.mul(kept);
        });
        return [gradients(y.sum(), [w])[0]!, dropped!];
      });
      expect(gradient).toEqual(mask);
    });

    it('are drawn once for every call, whatever the planner does', async () => {
      await always(() => {
        manualSeed(4);
        const x = rand([4, 3]);
        const noisy = softmax(x.mul(5), { dim: 1 }).add(randn([4, 3]).mul(0));
        return [noisy.gt(x).cast('int32'), randperm(9), rand([2])];
      });
    });
  });

  describe('dtypes', () => {
    const types = ['float32', 'float16', 'int32', 'uint32', 'uint8'] as const;

    it('numbers of JavaScript take the dtype of the tensor they meet', async () => {
      for (const dtype of types) {
        const x = ones([2], { dtype });
        for (const y of [x.add(1), x.mul(2), maximum(3, x), x.sub(1), where(x.gt(0), x, 7)]) expect(y.dtype).toBe(dtype);
        expect(await x.add(1).array()).toEqual([2, 2]);
      }
      expect(ones([2]).mul(0.5).dtype).toBe('float32');
      expect(() => ones([2], { dtype: 'int32' }).mul(0.5)).toThrow(/the number 0\.5 does not fit the int32 tensor/);
      expect(() => ones([2], { dtype: 'uint8' }).add(256)).toThrow(DTypeError);
    });

    it('bool joins any numeric dtype; any other mix is an error that names both', async () => {
      const mask = tensor([true, false]);
      for (const a of types) {
        const x = ones([2], { dtype: a });
        expect(x.mul(mask).dtype).toBe(a);
        expect(await mask.mul(x).array()).toEqual([1, 0]);
        for (const b of types) {
          if (a === b) continue;
          expect(() => x.add(ones([2], { dtype: b }))).toThrow(DTypeError);
          expect(() => x.add(ones([2], { dtype: b }))).toThrow(new RegExp(`${a} and ${b}`));
        }
      }
    });
  });

  it('numbers that a compiled function was given are literals of a recording, not of a kernel', async () => {
    const scale = compile((x: Tensor, by: number) => x.mul(by), { check: false });
    const x = special();
    await noGrad(() => scale(x, 3)).data();
    const { compiled } = currentBackend().stats();
    for (const by of [0, -0, NaN, 2]) {
      expect(exact(await scale(x, by).data())).toEqual(exact(SPECIAL.map((v) => Math.fround(Math.fround(v) * by))));
    }
    expect(currentBackend().stats().compiled).toBe(compiled);
  });
});
