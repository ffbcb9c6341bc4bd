import { describe, expect, it } from 'vitest';
import { digits, iris, wine } from './index';

/** FNV-1a over images and labels in turn, as a checksum of the exact numbers. */
function checksum(images: Uint8Array, labels: Int32Array): number {
  let hash = 0x811c9dc5;
  const add = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193) >>> 0;
  };
  labels.forEach((label, i) => {
    images.subarray(i * 64, (i + 1) * 64).forEach(add);
    add(label);
  });
  return hash;
}

function counts(target: Int32Array, classes: number): number[] {
  const list = new Array<number>(classes).fill(0);
  for (const label of target) list[label]!++;
  return list;
}

function columnSums(data: Float32Array, features: number): number[] {
  const sums = new Array<number>(features).fill(0);
  data.forEach((value, i) => (sums[i % features]! += value));
  return sums;
}

describe('digits', () => {
  const set = digits();

  it('has the numbers of the published file', () => {
    expect(set.shape).toEqual([1797, 8, 8]);
    expect(set.data.length).toBe(1797 * 64);
    expect(set.data.reduce((a, b) => a + b, 0)).toBe(561718);
    expect(checksum(set.data, set.target)).toBe(3216386183);
    expect([...set.data.subarray(0, 16)]).toEqual([0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
  });

  it('has 0 to 16 as pixels and the class sizes that its authors give', () => {
    expect(set.data.reduce((a, b) => Math.max(a, b), 0)).toBe(16);
    expect(counts(set.target, 10)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  it('returns fresh arrays', () => {
    digits().data.fill(1);
    expect(digits().data).toEqual(set.data);
  });
});

describe('iris', () => {
  it('has the numbers of the paper', () => {
    const { data, shape, target, featureNames } = iris();
    expect(shape).toEqual([150, 4]);
    expect(counts(target, 3)).toEqual([50, 50, 50]);
    columnSums(data, 4).forEach((sum, i) => expect(sum).toBeCloseTo([876.5, 458.6, 563.7, 179.9][i]!, 4));
    let weighted = 0;
    data.forEach((value, i) => (weighted += value * (Math.floor(i / 4) + 1) * ((i % 4) + 1)));
    expect(weighted).toBeCloseTo(367026.2, 1);
    expect(featureNames?.length).toBe(4);
    // The two flowers in which other copies differ.
    expect([34, 37].map((row) => [...data.subarray(row * 4 + 1, row * 4 + 4)].map((value) => value.toFixed(1)))).toEqual([
      ['3.1', '1.5', '0.2'],
      ['3.6', '1.4', '0.1'],
    ]);
  });
});

describe('wine', () => {
  it('has the numbers of the published file', () => {
    const { data, shape, target, featureNames } = wine();
    expect(shape).toEqual([178, 13]);
    expect(counts(target, 3)).toEqual([59, 71, 48]);
    const sums = [2314.11, 415.87, 421.24, 3470.1, 17754, 408.53, 361.21, 64.41, 283.18, 900.34, 170.426, 464.88, 132947];
    columnSums(data, 13).forEach((sum, i) => expect(sum).toBeCloseTo(sums[i]!, 2));
    let weighted = 0;
    data.forEach((value, i) => (weighted += value * (Math.floor(i / 13) + 1) * ((i % 13) + 1)));
    expect(weighted / 142224599.594).toBeCloseTo(1, 7);
    expect(featureNames?.length).toBe(13);
  });
});

describe('every set', () => {
  it('says what it is, where it is from and under which licence', () => {
    for (const set of [digits(), iris(), wine()]) {
      expect(set.description).toMatch(/\d/);
      expect(set.source).toMatch(/https:\/\/doi\.org\/10\.24432\//);
      expect(set.licence).toContain('CC BY 4.0');
      expect(Math.max(...set.target)).toBe(set.targetNames.length - 1);
    }
  });
});
