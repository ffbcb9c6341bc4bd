/** Randomness: the same numbers on every backend, repeatable, and distributed as they should be. */
import {
  bernoulli, Generator, manualSeed, rand, randint, randn, randomBits, randperm, threefry2x32, uniform, use, type Backend, type Tensor,
  type TypedArray,
} from '@cotangent/tensor';
import { describe, expect, it } from 'vitest';
import type { Setup } from './setup';

const DRAWS: readonly (readonly [string, () => Tensor])[] = [
  ['bits', () => randomBits([1000])],
  ['bits of an odd shape', () => randomBits([3, 1, 7, 11])],
  ['uniform numbers', () => rand([31, 33])],
  ['uniform numbers in a range', () => uniform([500], -3, 5)],
  ['integers', () => randint(-7, 1000, [500])],
  ['a permutation', () => randperm(501)],
  ['coin flips', () => bernoulli(0.3, [999])],
  ['no numbers', () => rand([0, 3])],
  ['one number', () => rand([])],
];

export function testRandom({ backend, reference }: Setup): void {
  describe('randomness', () => {
    const on = async (which: Backend, seed: number, build: () => readonly Tensor[]): Promise<TypedArray[]> => {
      await use(which);
      manualSeed(seed);
      const tensors = build();
      const results: TypedArray[] = [];
      for (const t of tensors) results.push(await t.data());
      return results;
    };

    for (const seed of [0, 12345, 2 ** 53 - 1]) {
      it(`bits, uniforms, integers, permutations and coin flips equal those of the reference for seed ${seed}`, async () => {
        const build = (): Tensor[] => DRAWS.map(([, draw]) => draw());
        const expected = await on(reference, seed, build);
        const actual = await on(backend, seed, build);
        DRAWS.forEach(([name], i) => {
          expect(actual[i], name).toEqual(expected[i]);
        });
      });
    }

    it('normal numbers are within 1e-6 of those of the reference', async () => {
      const build = (): Tensor[] => [randn([20_000]), randn([7, 9]), randn([])];
      const expected = await on(reference, 3, build);
      const actual = await on(backend, 3, build);
      let worst = 0;
      expected.forEach((values, k) => {
        values.forEach((x, i) => (worst = Math.max(worst, Math.abs(x - actual[k]![i]!))));
      });
      expect(worst).toBeLessThan(1e-6);
    });

    it('bits are those of Threefry-2x32', async () => {
      const [bits] = await on(backend, 7 + 5 * 2 ** 32, () => [randomBits([6])]);
      expect([...bits!]).toEqual(Array.from({ length: 6 }, (_, i) => threefry2x32(7, 5, i, 0)[0]));
    });

    it('the same seed repeats, another seed and the next draw differ', async () => {
      const build = (): Tensor[] => [rand([50]), rand([50])];
      const [a, b] = await on(backend, 1, build);
      const [c, d] = await on(backend, 1, build);
      const [e] = await on(backend, 2, build);
      expect([a, b]).toEqual([c, d]);
      expect(a).not.toEqual(b);
      expect(a).not.toEqual(e);
    });

    it('a value read twice is drawn once, and a replayed plan draws new numbers', async () => {
      await use(backend);
      const generator = new Generator(4);
      const x = rand([20], { generator });
      const y = x.mul(2);
      expect([...(await y.data())]).toEqual([...(await x.data())].map((v) => 2 * v));
      const means: number[] = [];
      for (let i = 0; i < 5; i++) means.push(await rand([20], { generator }).mean().item());
      expect(new Set(means).size).toBe(5);
    });

    it('a restored generator repeats what followed', async () => {
      await use(backend);
      const generator = new Generator(9);
      await rand([3], { generator }).data();
      const state = generator.state();
      const first = await randn([5], { generator }).data();
      generator.restore(state);
      expect(await randn([5], { generator }).data()).toEqual(first);
    });

    it('uniform numbers have the mean, variance and spread of their distribution', async () => {
      const n = 100_000;
      const [x] = await on(backend, 11, () => [rand([n])]);
      const { mean, variance } = moments(x!);
      expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
      expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
      const counts = new Array<number>(20).fill(0);
      for (const v of x!) counts[Math.floor(v * 20)]!++;
      const chiSquared = counts.reduce((sum, c) => sum + (c - n / 20) ** 2 / (n / 20), 0);
      expect(chiSquared).toBeLessThan(60);
      expect([Math.min(...counts.keys()), x!.every((v) => v >= 0 && v < 1)]).toEqual([0, true]);
    });

    it('normal numbers have the mean, variance and tails of theirs', async () => {
      const n = 100_000;
      const [x] = await on(backend, 12, () => [randn([n])]);
      const { mean, variance } = moments(x!);
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n));
      expect(Math.abs(variance - 1)).toBeLessThan(0.02);
      const outside = x!.filter((v) => Math.abs(v) > 1.96).length / n;
      expect(Math.abs(outside - 0.05)).toBeLessThan(0.004);
      expect(x!.every((v) => Number.isFinite(v))).toBe(true);
    });

    it('integers, permutations and coin flips cover what they should', async () => {
      const [integers, order, flips] = await on(backend, 13, () => [randint(3, 8, [10_000]), randperm(1000), bernoulli(0.25, [100_000])]);
      expect([...new Set(integers)].sort()).toEqual([3, 4, 5, 6, 7]);
      expect([...order!].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
      expect([...order!].slice(0, 5)).not.toEqual([0, 1, 2, 3, 4]);
      expect(Math.abs(moments(flips!).mean - 0.25)).toBeLessThan(0.01);
    });
  });
}

function moments(x: TypedArray): { mean: number; variance: number } {
  let total = 0;
  let squares = 0;
  for (const v of x) {
    total += v;
    squares += v * v;
  }
  const mean = total / x.length;
  return { mean, variance: squares / x.length - mean * mean };
}
