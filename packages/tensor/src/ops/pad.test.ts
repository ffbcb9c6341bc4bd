import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { arange, ArgumentError, pad, reshape, ShapeError, tensor, use, zeros } from '../index';

beforeAll(async () => {
  await use(cpu());
});

describe('pad', () => {
  const row = tensor([1, 2, 3]);
  const matrix = reshape(arange(6), [2, 3]);

  it('adds a constant border, from the last axis backwards', async () => {
    expect(await pad(row, [1, 2]).array()).toEqual([0, 1, 2, 3, 0, 0]);
    expect(await pad(matrix, [0, 1, 1, 0], { value: 9 }).array()).toEqual([[9, 9, 9, 9], [0, 1, 2, 9], [3, 4, 5, 9]]);
    expect(await pad(matrix, [1, 0]).array()).toEqual([[0, 0, 1, 2], [0, 3, 4, 5]]);
    expect(await pad(row, [1, 0], { value: -Infinity }).array()).toEqual([-Infinity, 1, 2, 3]);
    expect(await pad(zeros([0]), [1, 1], { value: 2 }).array()).toEqual([2, 2]);
  });

  it('takes a border of 1 around 6x6 to 8x8 [T10 L33]', () => {
    expect(pad(zeros([6, 6]), [1, 1, 1, 1]).shape).toEqual([8, 8]);
  });

  it('cuts with negative numbers, in every mode', async () => {
    expect(await pad(row, [-1, 1]).array()).toEqual([2, 3, 0]);
    expect(await pad(row, [-1, -1]).array()).toEqual([2]);
    expect(await pad(row, [-1, 2], { mode: 'replicate' }).array()).toEqual([2, 3, 3, 3]);
    expect(pad(row, [-2, -1]).shape).toEqual([0]);
    expect(() => pad(row, [-2, -2])).toThrow(ShapeError);
    expect(() => pad(row, [-5, 4])).toThrow(ShapeError);
  });

  it('mirrors without the edge, repeats the edge, wraps around', async () => {
    expect(await pad(row, [2, 2], { mode: 'reflect' }).array()).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(await pad(row, [2, 1], { mode: 'replicate' }).array()).toEqual([1, 1, 1, 2, 3, 3]);
    expect(await pad(row, [1, 3], { mode: 'circular' }).array()).toEqual([3, 1, 2, 3, 1, 2, 3]);
    expect(await pad(matrix, [1, 1, 1, 1], { mode: 'reflect' }).array()).toEqual([
      [4, 3, 4, 5, 4], [1, 0, 1, 2, 1], [4, 3, 4, 5, 4], [1, 0, 1, 2, 1],
    ]);
    expect(await pad(matrix, [0, 1, 1, 0], { mode: 'circular' }).array()).toEqual([[3, 4, 5, 3], [0, 1, 2, 0], [3, 4, 5, 3]]);
  });

  it('refuses borders that are too wide and lists that do not pair up', () => {
    expect(() => pad(row, [3, 0], { mode: 'reflect' })).toThrow(/reflect border of 3 is too wide for axis 0 of shape \[3\]; at most 2/);
    expect(() => pad(row, [4, 0], { mode: 'circular' })).toThrow(ShapeError);
    expect(() => pad(zeros([0]), [1, 0], { mode: 'replicate' })).toThrow(ShapeError);
    expect(() => pad(row, [1])).toThrow(/pairs/);
    expect(() => pad(row, [1, 1, 1, 1])).toThrow(ArgumentError);
    expect(() => pad(row, [0.5, 0])).toThrow(ArgumentError);
  });

  it('refuses a border value that the dtype cannot hold', () => {
    expect(() => pad(matrix, [1, 1], { value: 0.5 })).toThrow(/0\.5.*int32/);
  });
});
