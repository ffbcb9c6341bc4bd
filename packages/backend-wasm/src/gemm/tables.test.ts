import { expect, test } from 'vitest';
import { Random } from '../testing';
import { interleaved, Offsets } from './tables';

function listed(sizes: readonly number[], strides: readonly number[]): number[] {
  return sizes.reduce<number[]>((list, n, axis) => list.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * strides[axis]!)), [0]);
}

test('entries, keys and what is told about them agree with the offsets written out', () => {
  const random = new Random(3);
  for (let round = 0; round < 300; round++) {
    const sizes = random.shape(random.below(4), 9);
    const strides = sizes.map(() => random.pick([4, 4, 8, 36, -4, 2048, 4096, 0]));
    if (random.below(2) === 0) for (let i = sizes.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * sizes[i + 1]!;
    const expected = listed(sizes, strides);
    const offsets = new Offsets(sizes, strides);
    const what = `${sizes.join()} by ${strides.join()}`;
    expect([...offsets.entries()], what).toEqual(expected);
    expect(offsets.length).toBe(expected.length);
    const spare = Array.from({ length: 8 }, (_, i) => expected.at(-1)! + 4 * (i + 1));
    expect([...offsets.table(true).build()], what).toEqual([...expected, ...spare]);
    expect(offsets.aliases(2048), what).toBe(expected.filter((x, i) => i > 0 && (x - expected[i - 1]!) % 2048 === 0).length);
  }
});

test('equal offsets have equal keys, however their axes are written', () => {
  expect(new Offsets([2, 3, 1], [12, 4, 99]).table(true).key).toBe(new Offsets([6], [4]).table(true).key);
  expect(new Offsets([6], [4]).table(true).key).not.toBe(new Offsets([6], [4]).table().key);
  expect(new Offsets([6], [4]).table().key).not.toBe(new Offsets([6], [8]).table().key);
});

test('neighbours are counted in aligned groups', () => {
  expect(new Offsets([12], [4]).neighbours(4)).toBe(1);
  expect(new Offsets([3, 8], [100, 4]).neighbours(8)).toBe(1);
  expect(new Offsets([5, 3], [100, 4]).neighbours(4)).toBe(0);
  expect(new Offsets([12], [8]).neighbours(4)).toBe(0);
  expect(new Offsets([5, 28], [1000, 4]).neighbours(8)).toBeCloseTo(0.75);
});

test('a batch table holds one offset of each operand for every entry', () => {
  const { build } = interleaved([new Offsets([2, 2], [100, 10]), new Offsets([2, 2], [0, 1]), new Offsets([2, 2], [5, 7])]);
  expect([...build()]).toEqual([0, 0, 0, 10, 1, 7, 100, 0, 5, 110, 1, 12]);
});
