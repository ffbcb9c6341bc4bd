import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  addmm, arange, ArgumentError, bilinear, cdist, cosineSimilarity, cross, dot, DTypeError, einsum, kron, linear, matmul, normalize,
  ones, outer, pairwiseDistance, rand, reshape, ShapeError, tensor, tensordot, use, zeros, type NestedArray, type Tensor,
} from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const a = reshape(arange(24), [2, 3, 4]);
const b = reshape(arange(12), [3, 4]).sub(5);
const c = tensor([[0, 1], [2, 0], [1, 2], [0, 1]], { dtype: 'int32' });
const m = reshape(arange(9), [3, 3]).sub(4);

describe('matmul', () => {
  it('of matrices, vectors and batches [T05]', async () => {
    const x = tensor([[1, 2], [3, 4]]);
    expect(await matmul(x, x).array()).toEqual([[7, 10], [15, 22]]);
    expect(await x.matmul(tensor([1, 1])).array()).toEqual([3, 7]);
    expect(await matmul(tensor([1, 1]), x).array()).toEqual([4, 6]);
    expect(await matmul(tensor([1, 2]), tensor([3, 4])).item()).toBe(11);
    expect(matmul(ones([5, 1, 2, 3]), ones([4, 3, 2])).shape).toEqual([5, 4, 2, 2]);
    expect(matmul(ones([3]), ones([4, 3, 2])).shape).toEqual([4, 2]);
    expect(matmul(ones([4, 2, 3]), ones([3])).shape).toEqual([4, 2]);
    expect(await matmul(x.transpose(), x).array()).toEqual([[10, 14], [14, 20]]);
    expect(await a.matmul(c).index(1).array()).toEqual([[40, 55], [52, 71], [64, 87]]);
  });

  it('over nothing is 0', async () => {
    expect(await matmul(zeros([2, 0]), zeros([0, 3])).array()).toEqual([[0, 0, 0], [0, 0, 0]]);
    expect(matmul(zeros([0, 2]), zeros([2, 3])).shape).toEqual([0, 3]);
  });

  it('agrees with a loop over 70 x 90 x 50 numbers [T05]', async () => {
    const x = rand([70, 90]);
    const y = rand([90, 50]);
    const [p, q, r] = [await x.data(), await y.data(), await matmul(x, y).data()];
    for (let i = 0; i < 70; i += 7) {
      for (let j = 0; j < 50; j += 7) {
        let sum = 0;
        for (let k = 0; k < 90; k++) sum += p[i * 90 + k]! * q[k * 50 + j]!;
        expect(Math.abs(r[i * 50 + j]! - sum)).toBeLessThan(1e-4);
      }
    }
  });

  it('names shapes and axes that do not fit', () => {
    expect(() => matmul(ones([2, 3]), ones([4, 5]))).toThrow(ShapeError);
    expect(() => matmul(ones([2, 3]), ones([4, 5]))).toThrow(
      /shapes \[2, 3\] and \[4, 5\] do not fit: the last axis of the first \(3\) must equal the last but one axis of the second \(4\)/,
    );
    expect(() => matmul(ones([2, 3]), ones([4]))).toThrow(/only axis of the second \(4\)/);
    expect(() => matmul(ones([2, 2, 3]), ones([3, 3, 5]))).toThrow(/do not broadcast/);
    expect(() => matmul(tensor(1), ones([2]))).toThrow(/scalars have no matrix product/);
    expect(() => matmul(ones([2, 2]), ones([2, 2], { dtype: 'int32' }))).toThrow(/matmul: the operands are float32 and int32/);
  });
});

/** Equation, operands, what numpy.einsum gives. */
const EINSUM: readonly (readonly [string, readonly Tensor[], NestedArray])[] = [
  ['ij->ji', [b], [[-5, -1, 3], [-4, 0, 4], [-3, 1, 5], [-2, 2, 6]]],
  ['ij->', [b], 6],
  ['ij->j', [b], [-3, 0, 3, 6]],
  ['ii', [m], 0],
  ['ii->i', [m], [-4, 0, 4]],
  ['ij,jk->ik', [b, c], [[-11, -13], [1, 3], [13, 19]]],
  ['ij,jk', [b, c], [[-11, -13], [1, 3], [13, 19]]],
  [' i j , j k -> i k ', [b, c], [[-11, -13], [1, 3], [13, 19]]],
  ['ij,ij->i', [b, b], [54, 6, 86]],
  ['i,j->ij', [b.index(0), c.index(null, 0)], [[0, -10, -5, 0], [0, -8, -4, 0], [0, -6, -3, 0], [0, -4, -2, 0]]],
  ['bij,ij->b', [a, b], [176, 248]],
  ['bij,jk->bik', [a, c], [[[4, 7], [16, 23], [28, 39]], [[40, 55], [52, 71], [64, 87]]]],
  ['...j,jk->...k', [a, c], [[[4, 7], [16, 23], [28, 39]], [[40, 55], [52, 71], [64, 87]]]],
  ['...ij->...', [a], [66, 210]],
  ['bij->jib', [a], [[[0, 12], [4, 16], [8, 20]], [[1, 13], [5, 17], [9, 21]], [[2, 14], [6, 18], [10, 22]], [[3, 15], [7, 19], [11, 23]]]],
  ['ij,jk,kl->il', [b, c, c.transpose()], [[-13, -22, -37, -13], [3, 2, 7, 3], [19, 26, 51, 19]]],
  ['ii,ij->j', [m, b], [32, 32, 32, 32]],
  ['...i,...i->...', [a, b], [[-16, 16, 176], [-184, 40, 392]]],
  ['kij,k->ij', [a, tensor([2, -1], { dtype: 'int32' })], [[-12, -11, -10, -9], [-8, -7, -6, -5], [-4, -3, -2, -1]]],
];

describe('einsum', () => {
  it.each(EINSUM)('%s is what NumPy gives [B03]', async (equation, operands, expected) => {
    expect(await einsum(equation, ...operands).array()).toEqual(expected);
  });

  it('names what cannot be read or does not fit', () => {
    const x = ones([2, 3]);
    expect(() => einsum('ij,jk->ik', x)).toThrow(/has 2 operands but 1 tensors were given/);
    expect(() => einsum('ij,jk->ik', x, ones([4, 5]))).toThrow(/'j' in 'ij,jk->ik' has sizes 3 and 4/);
    expect(() => einsum('ijk->i', x)).toThrow(/'ijk' in 'ijk->i' does not fit shape \[2, 3\]/);
    expect(() => einsum('ij->k', x)).toThrow(/'k' of the result does not occur/);
    expect(() => einsum('i1->i', x)).toThrow(/cannot read/);
    expect(() => einsum('ij->i->j', x)).toThrow(ArgumentError);
    expect(() => einsum('ij->ii', x)).toThrow(/'i' appears twice in the result/);
    expect(() => einsum('i,j->ii', ones([2]), ones([3]))).toThrow(ArgumentError);
    expect(() => einsum('ii->i', x)).toThrow(/'i' in 'ii->i' has sizes 2 and 3/);
    expect(() => einsum('ii->i', ones([1, 3]))).toThrow(ShapeError);
    expect(() => einsum('i,i->', ones([2]), ones([2], { dtype: 'int32' }))).toThrow(DTypeError);
  });
});

describe('other products', () => {
  it('linear is x W^T + b over any leading axes', async () => {
    const w = tensor([[1, 0], [0, 1], [1, 1]]);
    expect(await linear(tensor([[1, 2]]), w, tensor([10, 20, 30])).array()).toEqual([[11, 22, 33]]);
    expect(await linear(tensor([1, 2]), w).array()).toEqual([1, 2, 3]);
    expect(linear(ones([4, 5, 2]), w).shape).toEqual([4, 5, 3]);
    expect(() => linear(ones([4, 3]), w))
      .toThrow(/input has shape \[4, 3\] and the weight \[3, 2\]; expected \[\.\.\., in\] and \[out, in\]/);
    expect(() => linear(ones([4, 2]), w, ones([2]))).toThrow(/bias has shape \[2\]; expected \[3\]/);
    expect(() => linear(ones([4, 2], { dtype: 'int32' }), w)).toThrow(/linear: .*int32 and float32/);
  });

  it('dot, outer, kron, tensordot, addmm, bilinear and cross', async () => {
    expect(await dot(tensor([1, 2]), tensor([3, 4])).item()).toBe(11);
    expect(() => dot(ones([2, 2]), ones([2]))).toThrow(/expected two vectors/);
    expect(await outer(tensor([1, 2]), tensor([3, 4])).array()).toEqual([[3, 4], [6, 8]]);
    expect(await kron(tensor([[1, 2]]), tensor([[1], [10]])).array()).toEqual([[1, 2], [10, 20]]);
    expect(await tensordot(a, b, 2).array()).toEqual([176, 248]);
    expect(await tensordot(a, c, [[2], [0]]).array()).toEqual(await matmul(a, c).array());
    expect(await tensordot(b, c, [[-1], [-2]]).array()).toEqual(await matmul(b, c).array());
    expect(tensordot(ones([2]), ones([3]), 0).shape).toEqual([2, 3]);
    expect(() => tensordot(ones([2, 3]), ones([4]), 1)).toThrow(/axis 1 of \[2, 3\] and axis 0 of \[4\]/);
    expect(await addmm(ones([1, 1]), ones([1, 2]), ones([2, 1]), { alpha: 2, beta: 3 }).array()).toEqual([[7]]);
    expect(await bilinear(tensor([[1, 2]]), tensor([[3, 4]]), ones([1, 2, 2]), tensor([0.5])).array()).toEqual([[21.5]]);
    expect(await cross(tensor([1, 0, 0]), tensor([0, 1, 0])).array()).toEqual([0, 0, 1]);
    expect(() => cross(ones([2]), ones([2]))).toThrow(/size 3 along dim/);
  });

  it('angles and distances', async () => {
    await expectClose(cosineSimilarity(tensor([[1, 0], [0, 0]]), tensor([[1, 1], [1, 1]])), [Math.SQRT1_2, 0]);
    await expectClose(pairwiseDistance(tensor([[0, 0]]), tensor([[3, 4]])), [5], 1e-5);
    await expectClose(cdist(tensor([[0, 0], [1, 1]]), tensor([[3, 4], [0, 1]])), [[5, 1], [Math.sqrt(13), 1]]);
    await expectClose(normalize(tensor([[3, 4], [0, 0]])), [[0.6, 0.8], [0, 0]]);
  });
});
