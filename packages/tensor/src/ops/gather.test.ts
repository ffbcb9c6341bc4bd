import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  bincount, DTypeError, embedding, gather, IndexError, indexPut, indexSelect, oneHot, ones, scatter, ShapeError, take, tensor, use,
  zeros, type Tensor,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const int = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'int32' });
const x = tensor([[1, 2, 3], [4, 5, 6]]);

describe('gather', () => {
  it('picks one element for every index', async () => {
    expect(await gather(x, 1, int([[2], [0]])).array()).toEqual([[3], [4]]);
    expect(await gather(x, 0, int([[1, 0, 1]])).array()).toEqual([[4, 2, 6]]);
    expect(await gather(x.transpose(), -1, int([[1], [0]])).array()).toEqual([[4], [2]]);
    expect(gather(x, 1, zeros([2, 0], { dtype: 'int32' })).shape).toEqual([2, 0]);
  });

  it('refuses an index of another type, rank or size', () => {
    expect(() => gather(x, 1, tensor([[0], [0]]))).toThrow(/the index is float32; expected int32.*cast\('int32'\)/);
    expect(() => gather(x, 1, int([0]))).toThrow(/index has shape \[1\] and the tensor \[2, 3\]/);
    expect(() => gather(x, 1, int([[0], [0], [0]]))).toThrow(ShapeError);
    expect(() => gather(x, 2, int([[0]]))).toThrow(IndexError);
  });

  it('rejects an index out of range when the value is read, naming it', async () => {
    await expect(gather(x, 1, int([[3], [0]])).data()).rejects.toThrow(IndexError);
    await expect(gather(x, 1, int([[0], [-1]])).data()).rejects.toThrow(/gather: index -1 is out of range for axis 1 of size 3/);
    expect(() => gather(x, 0, int([[2, 0, 0]])).dataSync()).toThrow(/index 2/);
  });

  it('a failed read does not spoil later ones', async () => {
    const bad = gather(x, 1, int([[7], [0]]));
    await expect(bad.data()).rejects.toThrow(IndexError);
    expect(await x.sum().item()).toBe(21);
    await expect(bad.sum().item()).rejects.toThrow(IndexError);
  });
});

describe('rows of tables', () => {
  it('indexSelect, take and embedding', async () => {
    expect(await indexSelect(x, 1, int([2, 2, 0])).array()).toEqual([[3, 3, 1], [6, 6, 4]]);
    expect(await take(x, int([[5, 0]])).array()).toEqual([[6, 1]]);
    expect(await embedding(int([[1, 0], [1, 1]]), x).array()).toEqual([[[4, 5, 6], [1, 2, 3]], [[4, 5, 6], [4, 5, 6]]]);
    expect(embedding(zeros([0], { dtype: 'int32' }), x).shape).toEqual([0, 3]);
  });

  it('a lookup equals the product with a one-hot matrix [T10]', async () => {
    const indices = int([1, 0, 1]);
    expect(await embedding(indices, x).array()).toEqual(await oneHot(indices, 2).matmul(x).array());
  });

  it('name what does not fit', async () => {
    expect(() => indexSelect(x, 0, int([[0]]))).toThrow(/expected a vector/);
    expect(() => embedding(int([0]), tensor([1, 2]))).toThrow(/expected \[count, features\]/);
    expect(() => embedding(int([0]), x, { paddingIndex: 5 })).toThrow(IndexError);
    expect(() => embedding(tensor([0]), x)).toThrow(DTypeError);
    await expect(embedding(int([2]), x).data()).rejects.toThrow(/index 2 is out of range/);
  });
});

describe('scatter', () => {
  const index = int([2, 0, 2]);
  const updates = tensor([1, 2, 3]);

  it('sets, adds, multiplies and keeps extremes [B03]', async () => {
    const base = tensor([10, 20, 30, 40]);
    expect(await scatter(base, 0, index, updates).array()).toEqual([2, 20, 3, 40]);
    expect(await scatter(base, 0, index, updates, 'add').array()).toEqual([12, 20, 34, 40]);
    expect(await scatter(base, 0, index, updates, 'mul').array()).toEqual([20, 20, 90, 40]);
    expect(await scatter(base, 0, index, updates.mul(10), 'max').array()).toEqual([20, 20, 30, 40]);
    expect(await scatter(base, 0, index, updates, 'min').array()).toEqual([2, 20, 1, 40]);
    expect(await scatter(base, 0, index, 7).array()).toEqual([7, 20, 7, 40]);
    expect(await base.array()).toEqual([10, 20, 30, 40]);
  });

  it('works along an axis, and with NaN', async () => {
    expect(await scatter(zeros([2, 3]), 1, int([[2], [0]]), tensor([[5], [6]])).array()).toEqual([[0, 0, 5], [6, 0, 0]]);
    expect(await scatter(zeros([2]), 0, int([0]), tensor([NaN]), 'max').array()).toEqual([NaN, 0]);
  });

  it('indexPut writes whole slices, bincount counts', async () => {
    expect(await indexPut(zeros([2, 2]), 0, int([1]), tensor([[5, 6]])).array()).toEqual([[0, 0], [5, 6]]);
    expect(await indexPut(zeros([2, 2]), 1, int([0, 0]), ones([2, 2]), 'add').array()).toEqual([[2, 0], [2, 0]]);
    expect(await bincount(int([0, 2, 2]), 4).array()).toEqual([1, 0, 2, 0]);
    expect(await bincount(int([0, 2, 2]), 3, tensor([0.5, 1, 2])).array()).toEqual([0.5, 0, 3]);
  });

  it('refuses operands that do not fit', async () => {
    expect(() => scatter(zeros([4]), 0, index, tensor([1, 2]))).toThrow(/index has shape \[3\] and updates \[2\]/);
    expect(() => scatter(zeros([4]), 0, index, int([1, 2, 3]))).toThrow(/the tensor is float32 and the updates are int32/);
    expect(() => indexPut(zeros([2, 2]), 0, int([1]), tensor([[5, 6, 7]]))).toThrow(/expected \[1, 2\]/);
    expect(() => bincount(tensor([1]), 2)).toThrow(DTypeError);
    await expect(scatter(zeros([2]), 0, index, updates).data()).rejects.toThrow(/scatter: index 2 is out of range/);
  });
});
