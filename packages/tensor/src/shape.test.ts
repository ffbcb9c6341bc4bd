import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { ArgumentError, broadcastShapes, broadcastTensors, IndexError, ones, ShapeError, tensor, use, where, zeros } from './index';

beforeAll(async () => {
  await use(cpu());
});

describe('broadcasting', () => {
  it('aligns shapes at the right; sizes are equal or 1', () => {
    expect(broadcastShapes('op', [2, 3], [3])).toEqual([2, 3]);
    expect(broadcastShapes('op', [2, 1], [1, 3])).toEqual([2, 3]);
    expect(broadcastShapes('op', [], [2, 3])).toEqual([2, 3]);
    expect(broadcastShapes('op', [5, 1, 4], [3, 1])).toEqual([5, 3, 4]);
    expect(broadcastShapes('op', [0, 3], [1, 3])).toEqual([0, 3]);
    expect(broadcastShapes('op', [1], [0])).toEqual([0]);
  });

  it('keeps vectors and columns apart: [n] + [n, 1] is [n, n]', async () => {
    const vector = tensor([1, 2, 3]);
    const column = tensor([[10], [20], [30]]);
    expect(vector.shape).toEqual([3]);
    expect(column.shape).toEqual([3, 1]);
    expect(await vector.add(column).array()).toEqual([[11, 12, 13], [21, 22, 23], [31, 32, 33]]);
  });

  it('works on both sides of every kind of operation', async () => {
    expect(await tensor([[1], [2]]).mul(tensor([3, 4])).array()).toEqual([[3, 4], [6, 8]]);
    expect(await tensor([1, 5]).lt(tensor([[2], [6]])).array()).toEqual([[1, 0], [1, 1]]);
    expect(await where(tensor([true, false]), tensor([[1], [2]]), tensor(9)).array()).toEqual([[1, 9], [2, 9]]);
    expect((await tensor([[1, 2]]).add(zeros([0, 1])).array())).toEqual([]);
  });

  it('repeats with broadcastTensors', async () => {
    const [a, b] = broadcastTensors([tensor([[1], [2]]), tensor([3, 4])]);
    expect(await a!.array()).toEqual([[1, 1], [2, 2]]);
    expect(await b!.array()).toEqual([[3, 4], [3, 4]]);
  });

  it('names both shapes and the axis that does not fit', () => {
    expect(() => ones([2, 3]).add(ones([4]))).toThrow(ShapeError);
    expect(() => ones([2, 3]).add(ones([4]))).toThrow(/add: shapes \[2, 3\] and \[4\] do not broadcast.*axis -1 has sizes 3 and 4/);
    expect(() => ones([2, 3]).mul(ones([3, 3]))).toThrow(/axis -2 has sizes 2 and 3/);
    expect(() => where(tensor([true, false]), ones([3]), 0)).toThrow(/\[2\] and \[3\]/);
  });
});

describe('axes', () => {
  it('may be counted from the end', async () => {
    expect(await tensor([[1, 2], [3, 4]]).sum({ dim: -1 }).array()).toEqual([3, 7]);
    expect(await tensor([[1, 2], [3, 4]]).sum({ dim: [-1, 0] }).item()).toBe(10);
  });

  it('out of range name the range', () => {
    expect(() => ones([2, 3]).sum({ dim: 2 })).toThrow(IndexError);
    expect(() => ones([2, 3]).sum({ dim: 2 })).toThrow(/dim 2 is out of range for a tensor with 2 axes; expected an integer from -2 to 1/);
    expect(() => ones([2, 3]).sum({ dim: 0.5 })).toThrow(IndexError);
    expect(() => ones([]).sum({ dim: 1 })).toThrow(/a scalar has no axes/);
  });

  it('may not be named twice', () => {
    expect(() => ones([2, 3]).sum({ dim: [1, -1] })).toThrow(ArgumentError);
  });
});
