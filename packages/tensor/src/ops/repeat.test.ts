import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  arange,
  argsort,
  ArgumentError,
  repeatInterleave,
  reshape,
  ShapeError,
  take,
  takeAlongDim,
  tensor,
  unfoldDim,
  use,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('repeatInterleave', () => {
  it('repeats every slice right after itself', async () => {
    expect(await repeatInterleave(matrix, 2, 0).array()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [4, 5, 6],
      [4, 5, 6],
    ]);
    expect(await repeatInterleave(matrix, [0, 2, 1], -1).array()).toEqual([
      [2, 2, 3],
      [5, 5, 6],
    ]);
    expect(repeatInterleave(matrix, 0, 1).shape).toEqual([2, 0]);
  });

  it('flattens when no axis is given', async () => {
    expect(await repeatInterleave(matrix, 2).array()).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    expect(await repeatInterleave(tensor(7), 3).array()).toEqual([7, 7, 7]);
  });

  it('refuses counts that do not fit', () => {
    expect(() => repeatInterleave(matrix, [1, 2], 1)).toThrow(ShapeError);
    expect(() => repeatInterleave(matrix, -1, 1)).toThrow(ArgumentError);
    expect(() => repeatInterleave(matrix, 1.5, 1)).toThrow('whole numbers');
  });
});

describe('unfoldDim', () => {
  it('puts windows into a new last axis', async () => {
    expect(await unfoldDim(arange(7), 0, 3, 2).array()).toEqual([
      [0, 1, 2],
      [2, 3, 4],
      [4, 5, 6],
    ]);
    expect(unfoldDim(reshape(arange(24), [2, 4, 3]), 1, 2, 1).shape).toEqual([2, 3, 3, 2]);
    expect(await unfoldDim(matrix, 0, 2, 1).array()).toEqual([
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ]);
  });

  it('refuses windows larger than the axis and steps below 1', () => {
    expect(() => unfoldDim(matrix, 1, 4, 1)).toThrow(ArgumentError);
    expect(() => unfoldDim(matrix, 1, 2, 0)).toThrow(ArgumentError);
  });
});

describe('takeAlongDim', () => {
  it('takes what argsort names', async () => {
    const x = tensor([
      [3, 1, 2],
      [4, 6, 5],
    ]);
    expect(await takeAlongDim(x, argsort(x, { dim: 1 }), 1).array()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('broadcasts the other axes', async () => {
    expect(await takeAlongDim(matrix, tensor([[2, 0]], { dtype: 'int32' }), 1).array()).toEqual([
      [3, 1],
      [6, 4],
    ]);
    expect(await takeAlongDim(tensor([[7, 8]]), tensor([[1], [0]], { dtype: 'int32' }), 1).array()).toEqual([[8], [7]]);
  });

  it('flattens both when no axis is given', async () => {
    expect(await takeAlongDim(matrix, tensor([[5], [0]], { dtype: 'int32' })).array()).toEqual([6, 1]);
  });

  it('refuses an index with another number of axes', () => {
    expect(() => takeAlongDim(matrix, tensor([0], { dtype: 'int32' }), 1)).toThrow(ShapeError);
  });
});

describe('take', () => {
  it('counts negative positions from the end', async () => {
    expect(
      await take(
        matrix,
        tensor(
          [
            [-1, 0],
            [-6, 5],
          ],
          { dtype: 'int32' },
        ),
      ).array(),
    ).toEqual([
      [6, 1],
      [1, 6],
    ]);
  });
});
