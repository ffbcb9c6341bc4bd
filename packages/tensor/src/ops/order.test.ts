import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { argsort, ArgumentError, DTypeError, IndexError, rand, searchsorted, ShapeError, sort, tensor, topk, use, zeros } from '../index';

beforeAll(async () => {
  await use(cpu());
});

describe('sort', () => {
  const x = tensor([[3, 1, 2], [9, 7, 8]]);

  it('along the last axis or another, both ways', async () => {
    const { values, indices } = sort(x);
    expect(await values.array()).toEqual([[1, 2, 3], [7, 8, 9]]);
    expect(await indices.array()).toEqual([[1, 2, 0], [1, 2, 0]]);
    expect(await sort(x, { dim: 0, descending: true }).values.array()).toEqual([[9, 7, 8], [3, 1, 2]]);
    expect(await sort(x.transpose(), { dim: 0 }).values.array()).toEqual([[1, 7], [2, 8], [3, 9]]);
    expect(await argsort(tensor([3, 1, 2])).array()).toEqual([1, 2, 0]);
    expect(argsort(x).dtype).toBe('int32');
  });

  it('is stable in both directions [B03]', async () => {
    const t = tensor([1, 0, 1, 0, 1]);
    expect(await argsort(t).array()).toEqual([1, 3, 0, 2, 4]);
    expect(await argsort(t, { descending: true }).array()).toEqual([0, 2, 4, 1, 3]);
  });

  it('counts NaN as largest', async () => {
    const t = tensor([2, NaN, Infinity, -Infinity]);
    expect(await sort(t).values.array()).toEqual([-Infinity, 2, Infinity, NaN]);
    expect(await sort(t, { descending: true }).values.array()).toEqual([NaN, Infinity, 2, -Infinity]);
  });

  it('agrees with the sort of typed arrays', async () => {
    const t = rand([10000]);
    expect(await sort(t).values.data()).toEqual((await t.data()).slice().sort());
  });

  it('of scalars and of nothing', async () => {
    expect(await sort(tensor(5)).values.item()).toBe(5);
    expect(await sort(zeros([0])).values.array()).toEqual([]);
    expect(() => sort(x, { dim: 2 })).toThrow(IndexError);
  });
});

describe('topk', () => {
  const x = tensor([[3, 1, 2], [9, 7, 8]]);

  it('gives the largest or smallest in order [B03]', async () => {
    const { values, indices } = topk(x, 2);
    expect(await values.array()).toEqual([[3, 2], [9, 8]]);
    expect(await indices.array()).toEqual([[0, 2], [0, 2]]);
    expect(await topk(x, 1, { dim: 0, largest: false }).values.array()).toEqual([[3, 1, 2]]);
    expect(topk(x, 0).values.shape).toEqual([2, 0]);
  });

  it('refuses a k beyond the axis', () => {
    expect(() => topk(x, 4)).toThrow(/k is 4, but dim -1 of shape \[2, 3\] has 3 elements/);
    expect(() => topk(x, 1.5)).toThrow(ArgumentError);
  });
});

describe('searchsorted', () => {
  it('finds the first or last place that keeps the order', async () => {
    const row = tensor([1, 3, 3, 5]);
    expect(await searchsorted(row, tensor([0, 3, 4, 9])).array()).toEqual([0, 1, 3, 4]);
    expect(await searchsorted(row, tensor([0, 3, 4, 9]), { right: true }).array()).toEqual([0, 3, 3, 4]);
    expect(await searchsorted(row, tensor([[1, 5], [2, 6]])).array()).toEqual([[0, 3], [1, 4]]);
    expect(await searchsorted(row, tensor(4)).item()).toBe(3);
    expect(await searchsorted(zeros([0]), tensor([1, 2])).array()).toEqual([0, 0]);
  });

  it('works row by row', async () => {
    expect(await searchsorted(tensor([[1, 2], [10, 20]]), tensor([[1.5, 9], [15, 5]])).array()).toEqual([[1, 2], [1, 0]]);
    expect(() => searchsorted(tensor([[1, 2], [10, 20]]), tensor([1, 2, 3]))).toThrow(ShapeError);
    expect(() => searchsorted(tensor([1, 2]), tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => searchsorted(tensor(1), tensor([1]))).toThrow(/at least one axis/);
  });
});
