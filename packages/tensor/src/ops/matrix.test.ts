import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { arange, diag, diagonal, ones, reshape, ShapeError, tensor, trace, tril, triu, use } from '../index';

beforeAll(async () => {
  await use(cpu());
});

describe('parts of matrices', () => {
  const x = reshape(arange(6), [2, 3]);

  it('triangles above and below any diagonal', async () => {
    expect(await triu(ones([3, 3])).array()).toEqual([[1, 1, 1], [0, 1, 1], [0, 0, 1]]);
    expect(await tril(ones([3, 3]), -1).array()).toEqual([[0, 0, 0], [1, 0, 0], [1, 1, 0]]);
    expect(await triu(x, 1).array()).toEqual([[0, 1, 2], [0, 0, 5]]);
    expect(await tril(reshape(arange(8), [2, 2, 2])).array()).toEqual([[[0, 0], [2, 3]], [[4, 0], [6, 7]]]);
    expect(() => triu(ones([3]))).toThrow(/at least two axes/);
  });

  it('diagonals', async () => {
    expect(await diagonal(x).array()).toEqual([0, 4]);
    expect(await diagonal(x, { offset: 1 }).array()).toEqual([1, 5]);
    expect(await diagonal(x, { offset: -1 }).array()).toEqual([3]);
    expect(await diagonal(x, { offset: 5 }).array()).toEqual([]);
    expect(await diagonal(reshape(arange(12), [2, 3, 2]), { dim1: 0, dim2: 2 }).array()).toEqual([[0, 7], [2, 9], [4, 11]]);
    expect(await diag(tensor([1, 2])).array()).toEqual([[1, 0], [0, 2]]);
    expect(await diag(tensor([1, 2]), -1).array()).toEqual([[0, 0, 0], [1, 0, 0], [0, 2, 0]]);
    expect(await diag(x).array()).toEqual([0, 4]);
    expect(await trace(x).item()).toBe(4);
    expect(() => diagonal(x, { dim1: 0, dim2: -2 })).toThrow(ShapeError);
    expect(() => trace(ones([3]))).toThrow(/expected a matrix/);
  });
});
