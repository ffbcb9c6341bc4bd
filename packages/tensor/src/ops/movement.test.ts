import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  arange, ArgumentError, chunk, concat, DTypeError, expand, flatten, flip, IndexError, moveDim, narrow, permute, reshape, roll,
  rot90, select, ShapeError, split, squeeze, stack, tensor, tile, transpose, unbind, unflatten, unsqueeze, use, zeros,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const x = reshape(arange(6), [2, 3]);

describe('reshape', () => {
  it('keeps row-major order and fills in one -1 [T01]', async () => {
    expect(await x.reshape(3, 2).array()).toEqual([[0, 1], [2, 3], [4, 5]]);
    expect(x.reshape(-1).shape).toEqual([6]);
    expect(x.reshape(1, -1, 2).shape).toEqual([1, 3, 2]);
    expect(zeros([0, 3]).reshape(0, 5).shape).toEqual([0, 5]);
    expect(zeros([0, 3]).reshape(3, -1).shape).toEqual([3, 0]);
    expect(tensor([5]).reshape().shape).toEqual([]);
  });

  it('copies where strides cannot express it', async () => {
    expect(await x.transpose().reshape(6).array()).toEqual([0, 3, 1, 4, 2, 5]);
    expect(await x.transpose().reshape(2, 3).array()).toEqual([[0, 3, 1], [4, 2, 5]]);
    expect(await expand(tensor([[1], [2]]), [2, 3]).reshape(3, 2).array()).toEqual([[1, 1], [1, 2], [2, 2]]);
  });

  it('turns a batch of pictures into columns: (2, 64, 64, 3) becomes (12288, 2) [T01]', async () => {
    const pictures = reshape(arange(2 * 64 * 64 * 3), [2, 64, 64, 3]);
    const columns = pictures.reshape(pictures.shape[0]!, -1).transpose();
    expect(columns.shape).toEqual([12288, 2]);
    const values = await columns.data();
    expect(values[2 * 5]).toBe(5); // element 5 of the first picture
    expect(values[2 * 5 + 1]).toBe(12288 + 5);
  });

  it('names both sizes when they differ', () => {
    expect(() => x.reshape(4, 2)).toThrow(/\[2, 3\] has 6 elements but \[4, 2\] needs 8/);
    expect(() => x.reshape(-1, 4)).toThrow(/does not fit \[-1, 4\]/);
    expect(() => x.reshape(-1, -1)).toThrow(ShapeError);
    expect(() => x.reshape(-2, 3)).toThrow(ShapeError);
    expect(() => x.reshape(0, -1)).toThrow(ShapeError);
  });

  it('flatten, unflatten, squeeze and unsqueeze', () => {
    const t = zeros([2, 1, 3, 4]);
    expect(flatten(t).shape).toEqual([24]);
    expect(t.flatten(1).shape).toEqual([2, 12]);
    expect(t.flatten(1, 2).shape).toEqual([2, 3, 4]);
    expect(() => flatten(t, 2, 1)).toThrow(ArgumentError);
    expect(unflatten(zeros([2, 12]), 1, [3, -1]).shape).toEqual([2, 3, 4]);
    expect(squeeze(t).shape).toEqual([2, 3, 4]);
    expect(squeeze(zeros([1, 1, 2]), 0).shape).toEqual([1, 2]);
    expect(squeeze(t, 0).shape).toEqual([2, 1, 3, 4]);
    expect(squeeze(zeros([1, 2, 1]), [0, -1]).shape).toEqual([2]);
    expect(unsqueeze(x, 0).shape).toEqual([1, 2, 3]);
    expect(unsqueeze(x, -1).shape).toEqual([2, 3, 1]);
    expect(() => unsqueeze(x, 3)).toThrow(IndexError);
    expect(unsqueeze(tensor(1), 0).shape).toEqual([1]);
  });
});

describe('reordering', () => {
  it('permute and transpose', async () => {
    expect(await transpose(x).array()).toEqual([[0, 3], [1, 4], [2, 5]]);
    expect(permute(zeros([2, 3, 4]), [2, 0, 1]).shape).toEqual([4, 2, 3]);
    expect(permute(zeros([2, 3, 4]), [-1, 0, 1]).shape).toEqual([4, 2, 3]);
    expect(zeros([2, 3, 4]).transpose(0, 2).shape).toEqual([4, 3, 2]);
    expect(() => permute(x, [0, 0])).toThrow(/each of the 2 axes/);
    expect(() => permute(x, [0])).toThrow(ArgumentError);
    expect(() => transpose(tensor([1, 2]))).toThrow(IndexError);
  });

  it('moveDim keeps the order of the others', () => {
    expect(moveDim(zeros([2, 3, 4]), 0, -1).shape).toEqual([3, 4, 2]);
    expect(moveDim(zeros([2, 3, 4]), [0, 1], [2, 0]).shape).toEqual([3, 4, 2]);
    expect(() => moveDim(x, [0, 1], 0)).toThrow(ArgumentError);
  });

  it('flip, rot90 and roll', async () => {
    expect(await flip(x).array()).toEqual([[5, 4, 3], [2, 1, 0]]);
    expect(await flip(x, 1).array()).toEqual([[2, 1, 0], [5, 4, 3]]);
    expect(await rot90(x).array()).toEqual([[2, 5], [1, 4], [0, 3]]);
    expect(await rot90(x, 2).array()).toEqual([[5, 4, 3], [2, 1, 0]]);
    expect(await rot90(x, -1).array()).toEqual([[3, 0], [4, 1], [5, 2]]);
    expect(await rot90(x, 4).array()).toEqual(await x.array());
    expect(await roll(arange(5), 2).array()).toEqual([3, 4, 0, 1, 2]);
    expect(await roll(x, -1, 1).array()).toEqual([[1, 2, 0], [4, 5, 3]]);
    expect(await roll(x, 1).array()).toEqual([[5, 0, 1], [2, 3, 4]]);
    expect(await roll(x, [1, 4], [0, 1]).array()).toEqual([[5, 3, 4], [2, 0, 1]]);
    expect(() => roll(x, [1, 2], 0)).toThrow(ArgumentError);
  });

  it('views of views read the right elements', async () => {
    const t = reshape(arange(24), [2, 3, 4]);
    const view = flip(t.permute(2, 0, 1), 0).index([1, null, 2], null, [null, null, -1]);
    expect(await view.array()).toEqual([[[10, 6, 2], [22, 18, 14]], [[8, 4, 0], [20, 16, 12]]]);
    expect(await view.add(0).array()).toEqual(await view.array());
  });
});

describe('expand and tile', () => {
  it('repeat axes of size 1 and add leading ones', async () => {
    expect(await tensor([1, 2]).expand(2, 2).array()).toEqual([[1, 2], [1, 2]]);
    expect(await expand(tensor([[1], [2]]), [-1, 3]).array()).toEqual([[1, 1, 1], [2, 2, 2]]);
    expect(() => expand(x, [3, 3])).toThrow(ShapeError);
    expect(() => expand(x, [3])).toThrow(/cannot be expanded to \[3\]/);
    expect(() => expand(tensor([1]), [-1, 1])).toThrow(ShapeError);
  });

  it('tile repeats whole tensors', async () => {
    expect(await tile(tensor([1, 2]), [2]).array()).toEqual([1, 2, 1, 2]);
    expect(await tile(tensor([1, 2]), [2, 1]).array()).toEqual([[1, 2], [1, 2]]);
    expect(await tile(tensor([[1], [2]]), [2]).array()).toEqual([[1, 1], [2, 2]]);
    expect(tile(x, [0, 1]).shape).toEqual([0, 3]);
    expect(await tile(tensor(5), []).array()).toBe(5);
    expect(await tile(arange(4).reshape(1, 2, 1, 2), [1, 1, 1, 1, 2]).reshape(-1).array()).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
    const deep = arange(2).reshape(1, 1, 1, 2, 1, 1, 1, 1);
    const rows = [0, 1, 0, 1].map((v) => new Array<number>(8).fill(v));
    expect(await tile(deep, [2, 1, 2, 2, 2, 2, 1, 2]).reshape(4, 4, 8).array()).toEqual([rows, rows, rows, rows]);
    expect(() => tile(tensor([1, 2]), [-1])).toThrow(/-1/);
  });
});

describe('joining and cutting', () => {
  it('concat along any axis [T09]', async () => {
    expect(await concat([x, x.add(10)]).array()).toEqual([[0, 1, 2], [3, 4, 5], [10, 11, 12], [13, 14, 15]]);
    expect(await concat([x, x.index(null, [0, 1])], -1).array()).toEqual([[0, 1, 2, 0], [3, 4, 5, 3]]);
    expect(await concat([zeros([0, 3], { dtype: 'int32' }), x]).array()).toEqual(await x.array());
    expect(() => concat([x, zeros([2, 2], { dtype: 'int32' })])).toThrow(/\[2, 3\] and \[2, 2\] differ outside dim 0/);
    expect(() => concat([x, zeros([2, 3])])).toThrow(DTypeError);
    expect(() => concat([tensor(1), tensor(2)])).toThrow(/use stack/);
    expect(() => concat([])).toThrow(/at least one tensor/);
    expect(() => concat([x, x], 2)).toThrow(IndexError);
  });

  it('stack along a new axis [T09]', async () => {
    expect(await stack([tensor([1, 2]), tensor([3, 4])]).array()).toEqual([[1, 2], [3, 4]]);
    expect(await stack([tensor([1, 2]), tensor([3, 4])], -1).array()).toEqual([[1, 3], [2, 4]]);
    expect(await stack([tensor(1), tensor(2)]).array()).toEqual([1, 2]);
    expect(() => stack([tensor([1]), tensor([1, 2])])).toThrow(/\[1\] and \[2\] differ/);
  });

  it('split, chunk and unbind [T09]', async () => {
    const pieces = split(arange(5), 2);
    expect(await Promise.all(pieces.map((t) => t.array()))).toEqual([[0, 1], [2, 3], [4]]);
    expect(split(x, [1, 2], 1).map((t) => t.shape)).toEqual([[2, 1], [2, 2]]);
    expect(chunk(arange(5), 2).map((t) => t.size)).toEqual([3, 2]);
    expect(chunk(zeros([3, 0]), 2, 1).map((t) => t.shape)).toEqual([[3, 0], [3, 0]]);
    expect(await Promise.all(unbind(x, 1).map((t) => t.array()))).toEqual([[0, 3], [1, 4], [2, 5]]);
    expect(() => split(x, [1, 1], 1)).toThrow(/add up to 2, but dim 1 of shape \[2, 3\] has 3/);
    expect(() => split(x, 0)).toThrow(ArgumentError);
    expect(() => chunk(x, 0)).toThrow(ArgumentError);
  });

  it('narrow and select [T10]', async () => {
    expect(await narrow(x, 1, 1, 2).array()).toEqual([[1, 2], [4, 5]]);
    expect(await narrow(x, 1, -2, 1).array()).toEqual([[1], [4]]);
    expect(narrow(x, 0, 2, 0).shape).toEqual([0, 3]);
    expect(await select(x, 1, -1).array()).toEqual([2, 5]);
    expect(() => narrow(x, 1, 2, 2)).toThrow(/2 elements from 2 do not lie inside dim 1 of shape \[2, 3\]/);
    expect(() => select(x, 0, 2)).toThrow(IndexError);
  });
});
