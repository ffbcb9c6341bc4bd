import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { arange, index, indexSet, reshape, tensor, use, zeros, type IndexSpec, type Tensor } from '../index';

beforeAll(async () => {
  await use(cpu());
});

const int = (data: number[] | number[][] | number): Tensor => tensor(data, { dtype: 'int32' });
const x = reshape(arange(24), [2, 3, 4]);
const y = reshape(arange(120), [2, 3, 4, 5]);
const rows = int([[0, 1], [1, 1]]);
const column = int([[0], [1]]);
const row = int([2, 0, 1]);
const negative = int([-1, -2]);
const zeroD = int(1);

/** Python expression, array, the same index here, and what NumPy 2 gives: shape and elements. */
const CASES: readonly (readonly [string, Tensor, readonly IndexSpec[], readonly number[], readonly number[]])[] = [
  ['x[1]', x, [1], [3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[-1, -2]', x, [-1, -2], [4], [16, 17, 18, 19]],
  ['x[1, 2, 3]', x, [1, 2, 3], [], [23]],
  ['x[...]', x, ['...'], [2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[..., 0]', x, ['...', 0], [2, 3], [0, 4, 8, 12, 16, 20]],
  ['x[0, ...]', x, [0, '...'], [3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ['x[0, ..., -1]', x, [0, '...', -1], [3], [3, 7, 11]],
  ['x[:, 1]', x, [null, 1], [2, 4], [4, 5, 6, 7, 16, 17, 18, 19]],
  ['x[:, 1:]', x, [null, [1, null]], [2, 2, 4], [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[:, :-1]', x, [null, [null, -1]], [2, 2, 4], [0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19]],
  ['x[:, ::2]', x, [null, [null, null, 2]], [2, 2, 4], [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23]],
  ['x[:, ::-1]', x, [null, [null, null, -1]], [2, 3, 4], [8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 20, 21, 22, 23, 16, 17, 18, 19, 12, 13, 14, 15]],
  ['x[..., 3:0:-2]', x, ['...', [3, 0, -2]], [2, 3, 2], [3, 1, 7, 5, 11, 9, 15, 13, 19, 17, 23, 21]],
  ['x[..., 3::-1]', x, ['...', [3, null, -1]], [2, 3, 4], [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 19, 18, 17, 16, 23, 22, 21, 20]],
  ['x[..., -1:-4:-1]', x, ['...', [-1, -4, -1]], [2, 3, 3], [3, 2, 1, 7, 6, 5, 11, 10, 9, 15, 14, 13, 19, 18, 17, 23, 22, 21]],
  ['x[..., 2:100]', x, ['...', [2, 100]], [2, 3, 2], [2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23]],
  ['x[..., -100:2]', x, ['...', [-100, 2]], [2, 3, 2], [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21]],
  ['x[..., 100:-100:-3]', x, ['...', [100, -100, -3]], [2, 3, 2], [3, 0, 7, 4, 11, 8, 15, 12, 19, 16, 23, 20]],
  ['x[..., 3:1]', x, ['...', [3, 1]], [2, 3, 0], []],
  ['x[..., 1:3:-1]', x, ['...', [1, 3, -1]], [2, 3, 0], []],
  ['x[..., 1::2]', x, ['...', [1, null, 2]], [2, 3, 2], [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23]],
  ['x[1:, ::-2, ::3]', x, [[1, null], [null, null, -2], [null, null, 3]], [1, 2, 2], [20, 23, 12, 15]],
  ['x[None]', x, ['newaxis'], [1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[..., None]', x, ['...', 'newaxis'], [2, 3, 4, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[0, None, 1]', x, [0, 'newaxis', 1], [1, 4], [4, 5, 6, 7]],
  ['x[:, None, 1, None, :2]', x, [null, 'newaxis', 1, 'newaxis', [null, 2]], [2, 1, 1, 2], [4, 5, 16, 17]],
  ['x[[1, 0, 1]]', x, [[[1, 0, 1]]], [3, 3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[[-1]]', x, [[[-1]]], [1, 3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[:, [2, 0]]', x, [null, [[2, 0]]], [2, 2, 4], [8, 9, 10, 11, 0, 1, 2, 3, 20, 21, 22, 23, 12, 13, 14, 15]],
  ['x[..., [0, -1, 1]]', x, ['...', [[0, -1, 1]]], [2, 3, 3], [0, 3, 1, 4, 7, 5, 8, 11, 9, 12, 15, 13, 16, 19, 17, 20, 23, 21]],
  ['x[[0, 1], [2, 0]]', x, [[[0, 1]], [[2, 0]]], [2, 4], [8, 9, 10, 11, 12, 13, 14, 15]],
  ['x[:, [0, 2], [1, 3]]', x, [null, [[0, 2]], [[1, 3]]], [2, 2], [1, 11, 13, 23]],
  ['x[[0, 1], :, [1, 3]]', x, [[[0, 1]], null, [[1, 3]]], [2, 3], [1, 5, 9, 15, 19, 23]],
  ['x[[0, 1], [2, 0], [3, 1]]', x, [[[0, 1]], [[2, 0]], [[3, 1]]], [2], [11, 13]],
  ['x[[1], [2, 0]]', x, [[[1]], [[2, 0]]], [2, 4], [20, 21, 22, 23, 12, 13, 14, 15]],
  ['x[0, :, [3, 1]]', x, [0, null, [[3, 1]]], [2, 3], [3, 7, 11, 1, 5, 9]],
  ['x[0, [2, 1]]', x, [0, [[2, 1]]], [2, 4], [8, 9, 10, 11, 4, 5, 6, 7]],
  ['x[:, 1, [3, 0]]', x, [null, 1, [[3, 0]]], [2, 2], [7, 4, 19, 16]],
  ['x[:, [2, 0], 1]', x, [null, [[2, 0]], 1], [2, 2], [9, 1, 21, 13]],
  ['x[[1, 0], :, 2]', x, [[[1, 0]], null, 2], [2, 3], [14, 18, 22, 2, 6, 10]],
  ['x[[1, 0], None, [2, 0]]', x, [[[1, 0]], 'newaxis', [[2, 0]]], [2, 1, 4], [20, 21, 22, 23, 0, 1, 2, 3]],
  ['x[0, None, [1, 0]]', x, [0, 'newaxis', [[1, 0]]], [2, 1, 4], [4, 5, 6, 7, 0, 1, 2, 3]],
  ['x[[1, 0], None]', x, [[[1, 0]], 'newaxis'], [2, 1, 3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ['x[:, None, [1, 0]]', x, [null, 'newaxis', [[1, 0]]], [2, 1, 2, 4], [4, 5, 6, 7, 0, 1, 2, 3, 16, 17, 18, 19, 12, 13, 14, 15]],
  ['x[None, :, [1, 0]]', x, ['newaxis', null, [[1, 0]]], [1, 2, 2, 4], [4, 5, 6, 7, 0, 1, 2, 3, 16, 17, 18, 19, 12, 13, 14, 15]],
  ['x[1:, [0, 2], ::-1]', x, [[1, null], [[0, 2]], [null, null, -1]], [1, 2, 4], [15, 14, 13, 12, 23, 22, 21, 20]],
  ['x[[]]', x, [[[]]], [0, 3, 4], []],
  ['x[array([[0, 1], [1, 1]])]', x, [rows], [2, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[:, array([[0, 1], [1, 1]])]', x, [null, rows], [2, 2, 2, 4], [0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 16, 17, 18, 19, 16, 17, 18, 19]],
  ['x[..., array([[0, 1], [1, 1]])]', x, ['...', rows], [2, 3, 2, 2], [0, 1, 1, 1, 4, 5, 5, 5, 8, 9, 9, 9, 12, 13, 13, 13, 16, 17, 17, 17, 20, 21, 21, 21]],
  ['x[array([[0], [1]]), array([2, 0, 1])]', x, [column, row], [2, 3, 4], [8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 16, 17, 18, 19]],
  ['x[array([[0], [1]]), :, array([2, 0, 1])]', x, [column, null, row], [2, 3, 3], [2, 6, 10, 0, 4, 8, 1, 5, 9, 14, 18, 22, 12, 16, 20, 13, 17, 21]],
  ['x[:, array([[0], [1]]), array([2, 0, 1])]', x, [null, column, row], [2, 2, 3], [2, 0, 1, 6, 4, 5, 14, 12, 13, 18, 16, 17]],
  ['x[array([-1, -2])]', x, [negative], [2, 3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ['x[array(1)]', x, [zeroD], [3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ['x[array(1), :, array([2, 0, 1])]', x, [zeroD, null, row], [3, 3], [14, 18, 22, 12, 16, 20, 13, 17, 21]],
  ['y[..., [0, 1], [2, 3]]', y, ['...', [[0, 1]], [[2, 3]]], [2, 3, 2], [2, 8, 22, 28, 42, 48, 62, 68, 82, 88, 102, 108]],
  ['y[[0, 1], ..., [2, 3]]', y, [[[0, 1]], '...', [[2, 3]]], [2, 3, 4], [2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57, 63, 68, 73, 78, 83, 88, 93, 98, 103, 108, 113, 118]],
  ['y[:, [0, 1], :, [2, 3]]', y, [null, [[0, 1]], null, [[2, 3]]], [2, 2, 4], [2, 7, 12, 17, 62, 67, 72, 77, 23, 28, 33, 38, 83, 88, 93, 98]],
  ['y[:, [0, 1], 2, [2, 3]]', y, [null, [[0, 1]], 2, [[2, 3]]], [2, 2], [12, 33, 72, 93]],
  ['y[1, [0, 1], :, 4]', y, [1, [[0, 1]], null, 4], [2, 4], [64, 69, 74, 79, 84, 89, 94, 99]],
  ['y[:, 2, 1:3, [4, 0]]', y, [null, 2, [1, 3], [[4, 0]]], [2, 2, 2], [49, 54, 109, 114, 45, 50, 105, 110]],
];

describe('index', () => {
  it.each(CASES)('%s is what NumPy gives', async (_, array, spec, shape, elements) => {
    const picked = index(array, ...spec);
    expect(picked.shape).toEqual(shape);
    expect([...(await picked.data())]).toEqual(elements);
  });

  it('without entries is the whole tensor', async () => {
    expect(await index(x).array()).toEqual(await x.array());
  });

  it('works as a method', async () => {
    expect(await x.index(1, '...', [null, null, -2]).array()).toEqual([[15, 13], [19, 17], [23, 21]]);
  });

  it('cuts an axis of size 0', () => {
    expect(index(zeros([0, 3]), [null, null, -1], 1).shape).toEqual([0]);
  });

  it('names axis and size for an integer out of range', () => {
    expect(() => index(x, 0, 3)).toThrow(/index 3 is out of range for axis 1 of shape \[2, 3, 4\] \(size 3\)/);
    expect(() => index(x, -3)).toThrow(/index -3 is out of range/);
    expect(() => index(x, [[0, 5]])).toThrow(/index 5 is out of range/);
    expect(() => index(x, 0.5)).toThrow(/0\.5/);
  });

  it('rejects a data-dependent index out of range when the value is read', async () => {
    await expect(index(x, int([0, 2])).data()).rejects.toThrow(/out of range/);
    await expect(index(x, null, int([-4])).data()).rejects.toThrow(/out of range/);
    await expect(index(x, int([0, 1]), int([0, 3])).data()).rejects.toThrow(/out of range/);
    await expect(index(x, int([0]), int([-4])).data()).rejects.toThrow(/out of range/);
    // Places that would lie inside the flattened pair of axes, but not inside their own axis.
    await expect(index(x, int([0]), int([3])).data()).rejects.toThrow(/out of range/);
    await expect(index(x, int([1]), int([-4])).data()).rejects.toThrow(/out of range/);
    await expect(index(x, int([0]), int([0]), int([4])).data()).rejects.toThrow(/out of range/);
    await expect(index(x, int([1]), int([2]), int([-5])).data()).rejects.toThrow(/out of range/);
  });

  it('refuses too many entries, two ellipses, a step of 0 and index tensors that are not int32', () => {
    expect(() => index(x, 0, 0, 0, 0)).toThrow(/4 indices for shape \[2, 3, 4\]; at most 3/);
    expect(() => index(x, '...', '...')).toThrow(/may appear once/);
    expect(() => index(x, [0, 1, 0])).toThrow(/step other than 0/);
    expect(() => index(x, tensor([0]))).toThrow(/float32; expected int32/);
    expect(() => index(x, tensor([true, false]))).toThrow(/maskedSelect/);
    expect(() => index(x, int([0, 1]), int([0, 1, 2]))).toThrow(/do not broadcast/);
  });
});

describe('indexSet', () => {
  it('writes a number at a slice and leaves the original alone', async () => {
    const base = zeros([2, 3]);
    expect(await indexSet(base, [null, [null, null, 2]], 7).array()).toEqual([[7, 0, 7], [7, 0, 7]]);
    expect(await base.array()).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  it('broadcasts the value to the picked places', async () => {
    expect(await indexSet(zeros([2, 3]), [null, [[2, 0]]], tensor([[1], [2]])).array()).toEqual([[1, 0, 1], [2, 0, 2]]);
    expect(await indexSet(zeros([3, 3]), [[[0, 1, 2]], [[0, 1, 2]]], tensor([1, 2, 3])).array()).toEqual([[1, 0, 0], [0, 2, 0], [0, 0, 3]]);
  });

  it('adds where an index repeats when asked to', async () => {
    expect(await indexSet(zeros([3]), [[[0, 2, 0]]], tensor([1, 2, 4]), 'add').array()).toEqual([5, 0, 2]);
  });

  it('refuses a value that does not broadcast to the picked places', () => {
    expect(() => indexSet(zeros([2, 3]), [0], tensor([1, 2]))).toThrow(/\[2\].*\[3\]/);
  });
});
