import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  ArgumentError, bernoulli, DTypeError, Generator, manualSeed, rand, randint, randn, randomBits, randperm, ShapeError, tensor,
  threefry2x32, uniform, use, type Tensor,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const seeded = (seed: number): { generator: Generator } => ({ generator: new Generator(seed) });

async function moments(t: Tensor): Promise<{ mean: number; variance: number; data: number[] }> {
  const data = [...(await t.data())];
  const mean = data.reduce((s, v) => s + v, 0) / data.length;
  return { mean, variance: data.reduce((s, v) => s + (v - mean) ** 2, 0) / data.length, data };
}

describe('Threefry-2x32', () => {
  it("gives its authors' known answers", () => {
    expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32(-1, -1, -1, -1)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });

  it('fills tensors: element i of draw s of a seed [T07 B12]', async () => {
    const seed = 7 + 3 * 2 ** 32;
    const generator = new Generator(seed);
    const first = await randomBits([2, 3], { generator }).data();
    const second = await randomBits([5], { generator }).data();
    expect([...first]).toEqual(Array.from({ length: 6 }, (_, i) => threefry2x32(7, 3, i, 0)[0]));
    expect([...second]).toEqual(Array.from({ length: 5 }, (_, i) => threefry2x32(7, 3, i, 1)[0]));
  });
});

describe('seeds', () => {
  it('repeat the numbers that follow', async () => {
    const draw = (): Promise<unknown[]> => Promise.all([rand([3]), randn([3]), randint(0, 9, [3]), randperm(5)].map((t) => t.array()));
    manualSeed(42);
    const first = await draw();
    const other = await draw();
    manualSeed(42);
    expect(await draw()).toEqual(first);
    expect(other).not.toEqual(first);
    manualSeed(43);
    expect(await draw()).not.toEqual(first);
  });

  it('belong to a generator: others do not disturb it, and its state can be restored', async () => {
    const generator = new Generator(1);
    await rand([4], { generator }).data();
    const state = generator.state();
    const next = await rand([4], { generator }).array();
    await rand([4]).data();
    generator.restore(state);
    expect(await rand([4], { generator }).array()).toEqual(next);
  });

  it('are fixed when a tensor is recorded, not when it is read', async () => {
    const generator = new Generator(3);
    const a = rand([2], { generator });
    const b = rand([2], { generator });
    const late = await b.array();
    const early = await a.array();
    generator.restore({ seed: 3, stream: 0 });
    expect(await rand([2], { generator }).array()).toEqual(early);
    expect(await rand([2], { generator }).array()).toEqual(late);
    expect(await a.array()).toEqual(early);
  });

  it('are whole numbers up to 2^53 - 1', () => {
    expect(() => new Generator(-1)).toThrow(ArgumentError);
    expect(() => {
      manualSeed(0.5);
    }).toThrow(/seed: got 0\.5/);
    expect(() => new Generator(2 ** 53)).toThrow(ArgumentError);
    expect(new Generator(2 ** 53 - 1).state()).toEqual({ seed: 2 ** 53 - 1, stream: 0 });
  });
});

describe('distributions', () => {
  it('rand is uniform in [0, 1)', async () => {
    const { mean, variance, data } = await moments(rand([100_000], seeded(1)));
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.004); // four standard errors
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.001);
    expect(Math.min(...data.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(data.every((v) => v < 1)).toBe(true);
    const bins = new Array<number>(20).fill(0);
    for (const v of data) bins[Math.floor(v * 20)]!++;
    const chiSquared = bins.reduce((s, n) => s + (n - 5000) ** 2 / 5000, 0);
    expect(chiSquared).toBeLessThan(43.8); // 99.9 % of 19 degrees of freedom
  });

  it('rand stays below 1 in float16 too', async () => {
    const halves = [...(await rand([200_000], { ...seeded(2), dtype: 'float16' }).data())];
    expect(halves.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(Math.abs(halves.reduce((s, v) => s + v, 0) / halves.length - 0.5)).toBeLessThan(0.004);
    const doubles = await rand([1000], { ...seeded(2), dtype: 'float64' }).data();
    expect(doubles.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(() => rand([2], { dtype: 'int32' })).toThrow(DTypeError);
  });

  it('randn has mean 0, variance 1, no skew, and tails [T07]', async () => {
    const { mean, variance, data } = await moments(randn([100_000], seeded(4)));
    expect(Math.abs(mean)).toBeLessThan(0.013);
    expect(Math.abs(variance - 1)).toBeLessThan(0.018);
    const third = data.reduce((s, v) => s + v ** 3, 0) / data.length;
    const fourth = data.reduce((s, v) => s + v ** 4, 0) / data.length;
    expect(Math.abs(third)).toBeLessThan(0.05);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.15);
    const beyond = data.filter((v) => Math.abs(v) > 1.959964).length / data.length;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.003);
    expect(data.every(Number.isFinite)).toBe(true);
  });

  it('neighbours and successive draws are unrelated', async () => {
    const generator = new Generator(5);
    const [a, b] = [await moments(rand([20_000], { generator })), await moments(rand([20_000], { generator }))];
    const correlation = (x: number[], y: number[]): number =>
      x.reduce((s, v, i) => s + (v - 0.5) * (y[i]! - 0.5), 0) / x.length * 12;
    expect(Math.abs(correlation(a.data, b.data))).toBeLessThan(0.03);
    expect(Math.abs(correlation(a.data.slice(1), a.data.slice(0, -1)))).toBeLessThan(0.03);
  });

  it('uniform and randint keep to their ranges and reach both ends', async () => {
    const u = await uniform([1000], -2, 3, seeded(6)).data();
    expect(u.every((v) => v >= -2 && v < 3)).toBe(true);
    const n = await randint(-3, 4, [2000], seeded(6)).data();
    expect(n).toBeInstanceOf(Int32Array);
    expect([...new Set(n)].sort((x, y) => x - y)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect(await randint(5, 6, [3]).array()).toEqual([5, 5, 5]);
  });

  it('randint spans up to all of int32', async () => {
    const wide = await randint(-(2 ** 31), 2 ** 31, [4000], seeded(7)).data();
    expect(Math.min(...wide)).toBeLessThan(-2.1e9);
    expect(Math.max(...wide)).toBeGreaterThan(2.1e9);
    const upper = await randint(-2_000_000_000, 2_000_000_000, [4000], seeded(8)).data();
    expect(upper.every((v) => v >= -2_000_000_000 && v < 2_000_000_000)).toBe(true);
    expect(upper.filter((v) => v > 0).length).toBeGreaterThan(1800);
    expect(upper.filter((v) => v > 0).length).toBeLessThan(2200);
  });

  it('randint refuses ranges that are empty, not whole or too wide', () => {
    expect(() => randint(3, 3, [1])).toThrow(/\[3, 3\) is empty/);
    expect(() => randint(0, 1.5, [1])).toThrow(ArgumentError);
    expect(() => randint(0, 2 ** 31 + 1, [1])).toThrow(/exceeds that of int32/);
  });

  it('randperm holds every number once, in all orders equally often [T07]', async () => {
    const order = await randperm(1000, seeded(9)).data();
    expect([...order].sort((x, y) => x - y)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i));
    const generator = new Generator(10);
    const counts = new Map<string, number>();
    for (let i = 0; i < 1200; i++) {
      const key = String(await randperm(3, { generator }).array());
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const n of counts.values()) expect(Math.abs(n - 200)).toBeLessThan(60);
    expect(await randperm(0).array()).toEqual([]);
  });

  it('bernoulli is true with the probability given [T08]', async () => {
    const kept = [...(await bernoulli(0.3, [50_000], seeded(11)).data())];
    expect(Math.abs(kept.reduce((s, v) => s + v, 0) / kept.length - 0.3)).toBeLessThan(0.01);
    expect(await bernoulli(tensor([0, 1])).array()).toEqual([0, 1]);
    expect(bernoulli(tensor([0.5], { dtype: 'float64' })).dtype).toBe('bool');
    expect(() => bernoulli(1.5, [2])).toThrow(/expected a probability/);
    expect(() => bernoulli(0.5)).toThrow(/a shape is needed/);
  });

  it('take any shape of up to 8 axes', () => {
    expect(randn([1, 1, 1, 1, 1, 1, 1, 2]).shape).toEqual([1, 1, 1, 1, 1, 1, 1, 2]);
    expect(rand([]).shape).toEqual([]);
    expect(randn([0, 3]).shape).toEqual([0, 3]);
    expect(() => rand([-1])).toThrow(ShapeError);
    expect(() => randn([2, -1])).toThrow(ShapeError);
  });
});
