import { describe, expect, it } from 'vitest';
import { ArgumentError, threefry2x32 } from '@cotangent/tensor';
import { SeededRandom } from './random';

describe('SeededRandom', () => {
  it('draws the words of Threefry under the seed, counter after counter', () => {
    const random = new SeededRandom(5 + 3 * 2 ** 32);
    expect([random.bits(), random.bits(), random.bits()]).toEqual([...threefry2x32(5, 3, 0, 0), threefry2x32(5, 3, 1, 0)[0]]);
  });

  it('gives equal streams for equal seeds and others for other seeds', () => {
    const draw = (seed: number): number[] => Array.from({ length: 8 }, () => new SeededRandom(seed).fold(2).uniform());
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('folds to the same stream no matter how much has been drawn', () => {
    const random = new SeededRandom(9);
    const before = random.fold(4).bits();
    random.bits();
    expect(random.fold(4).bits()).toBe(before);
    expect(random.fold(5).bits()).not.toBe(before);
    expect(random.fold(0).bits()).not.toBe(new SeededRandom(9).bits());
  });

  it('draws every whole number of a range about equally often', () => {
    const random = new SeededRandom(3);
    const counts = new Map<number, number>();
    for (let i = 0; i < 7000; i++) {
      const value = random.integer(-3, 4);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    // Five standard deviations of a binomial with n 7000 and p 1/7.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((7000 * 6) / 49));
  });

  it('permutes: every order of three elements appears about equally often', () => {
    const counts = new Map<string, number>();
    const random = new SeededRandom(11);
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((6000 * 5) / 36));
  });

  it('refuses seeds and ranges that are none', () => {
    for (const seed of [-1, 1.5, NaN, 2 ** 53]) expect(() => new SeededRandom(seed)).toThrow(ArgumentError);
    expect(() => new SeededRandom(0).integer(3, 3)).toThrow(/low < high/);
  });
});
