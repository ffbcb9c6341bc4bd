import { describe, expect, it } from 'vitest';
import { ArgumentError } from '@cotangent/tensor';
import { arrayDataset, type Arrays, type ArrayDataset } from './dataset';
import { kFold, split } from './split';

const counted = (length: number): ArrayDataset<'x'> =>
  arrayDataset({ x: { data: Int32Array.from({ length }, (_, i) => i), shape: [length] } });
const sorted = (...parts: Uint32Array[]): number[] => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const all = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('split', () => {
  it('makes disjoint parts that cover everything, of the sizes asked for [D05]', () => {
    for (const length of [10, 101, 1797]) {
      const [train, dev, test] = split(counted(length), [0.6, 0.2, 0.2], { seed: 4 });
      expect(sorted(train.indices, dev.indices, test.indices)).toEqual(all(length));
      expect(Math.abs(train.length - 0.6 * length)).toBeLessThanOrEqual(1);
      expect(Math.abs(test.length - 0.2 * length)).toBeLessThanOrEqual(1);
    }
  });

  it('depends on the seed only', () => {
    const indices = (seed: number): Uint32Array => split(counted(50), [0.5, 0.5], { seed })[0].indices;
    expect(indices(1)).toEqual(indices(1));
    expect(indices(1)).not.toEqual(indices(2));
  });

  it('keeps the order without shuffle', () => {
    const [head, tail] = split(counted(5), [0.6, 0.4], { shuffle: false });
    expect([[...head.indices], [...tail.indices]]).toEqual([[0, 1, 2], [3, 4]]);
    expect((head.get(2) as Arrays<'x'>).x.data[0]).toBe(2);
  });

  it('leaves samples out when the fractions add up to less than 1', () => {
    const [few] = split(counted(100), [0.1], { seed: 1 });
    expect(few.length).toBe(10);
  });

  it('gives every part each label in proportion [D05]', () => {
    // Labels of very different frequency: 0 is 70 %, 1 is 25 %, 2 is 5 %.
    const labels = Int32Array.from({ length: 400 }, (_, i) => (i % 20 < 14 ? 0 : i % 20 < 19 ? 1 : 2));
    for (const seed of [1, 2, 3]) {
      const parts = split(counted(400), [0.7, 0.15, 0.15], { seed, stratify: labels });
      expect(sorted(...parts.map((part) => part.indices))).toEqual(all(400));
      expect(parts.map((part) => part.length)).toEqual([280, 60, 60]);
      for (const part of parts) {
        [0.7, 0.25, 0.05].forEach((share, label) => {
          const count = [...part.indices].filter((index) => labels[index] === label).length;
          expect(Math.abs(count - share * part.length)).toBeLessThanOrEqual(2);
        });
      }
    }
  });

  it('does not sort a stratified part by label', () => {
    const labels = Int32Array.from({ length: 100 }, (_, i) => Math.floor(i / 50));
    const [part] = split(counted(100), [0.8, 0.2], { stratify: labels });
    const order = [...part.indices].map((index) => labels[index]!);
    expect(order).not.toEqual([...order].sort());
    const [kept] = split(counted(100), [0.8, 0.2], { stratify: labels, shuffle: false });
    expect([...kept.indices]).toEqual([...kept.indices].sort((a, b) => a - b));
  });

  it('refuses fractions and labels that do not fit', () => {
    for (const fractions of [[], [0.8, 0.4], [0, 1], [-0.1, 0.5], [NaN]]) {
      expect(() => split(counted(10), fractions)).toThrow(ArgumentError);
    }
    expect(() => split(counted(3), [0.9, 0.1])).toThrow(/empty part/);
    expect(() => split(counted(10), [0.5, 0.5], { stratify: [1, 2] })).toThrow(/2 labels, but the data set has 10/);
  });
});

describe('kFold', () => {
  it('validates every sample exactly once and trains on the others [D05]', () => {
    const folds = kFold(counted(23), 5, { seed: 2 });
    expect(sorted(...folds.map((fold) => fold.validation.indices))).toEqual(all(23));
    for (const { train, validation } of folds) {
      expect(sorted(train.indices, validation.indices)).toEqual(all(23));
      expect([4, 5]).toContain(validation.length);
    }
  });

  it('stratifies', () => {
    const labels = Array.from({ length: 60 }, (_, i) => (i < 45 ? 'common' : 'rare'));
    for (const { validation } of kFold(counted(60), 5, { stratify: labels })) {
      expect([...validation.indices].filter((index) => labels[index] === 'rare').length).toBe(3);
    }
  });

  it('refuses a number of folds that cannot be', () => {
    for (const k of [1, 2.5, 11]) expect(() => kFold(counted(10), k)).toThrow(/from 2 to 10/);
  });
});
