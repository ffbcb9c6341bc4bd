import {
  addmm, amax, avgPool2d, broadcastTensors, concat, conv1d, conv2d, convTranspose2d, cross, dot, einsum, embedding, expand, flatten,
  full, gather, gt, indexPut, indexSelect, indexSet, linear, logAddExp, matmul, maxPool2d, median, ones, pad, parameter, permute,
  quantile, reshape, scatter, searchsorted, softmax, split, stack, take, tensor, tensordot, tile, topk, unflatten, where, zeros,
} from '@cotangent/tensor';
import type { Section } from '../section';

const index = tensor([0, 1], { dtype: 'int32' });

export const shapes: readonly Section[] = [
  {
    title: 'Shapes: element by element',
    cases: [
      () => ones([2, 3]).add(ones([4])),
      () => ones([2, 3]).mul(ones([3, 3])),
      () => gt(ones([2]), ones([3])),
      () => where(tensor([true, false]), ones([3]), 0),
      () => logAddExp(ones([2, 1]), ones([3, 1])),
      () => broadcastTensors([ones([2]), ones([3])]),
      () => {
        parameter(ones([2])).assign(ones([3]));
      },
    ],
  },
  {
    title: 'Shapes: reshaping, joining, cutting',
    cases: [
      () => ones([2, 3]).reshape(4, 2),
      () => ones([2, 3]).reshape(-1, 4),
      () => reshape(ones([2, 3]), [2.5, 2]),
      () => unflatten(ones([2, 12]), 1, [5, -1]),
      () => flatten(ones([2, 3]), 1, 0),
      () => expand(ones([2, 3]), [2, 6]),
      () => expand(ones([2, 3]), [3]),
      () => permute(ones([2, 3]), [0, 0]),
      () => concat([ones([2, 3]), ones([2, 4])]),
      () => concat([tensor(1), tensor(2)]),
      () => stack([ones([2]), ones([3])]),
      () => split(ones([5]), [2, 2]),
      () => tile(ones([2]), [-1]),
      () => pad(ones([3]), [1]),
      () => pad(ones([3]), [3, 0], { mode: 'reflect' }),
      () => pad(ones([3]), [-2, -2]),
      () => zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]),
      () => full([2, -1], 0),
    ],
  },
  {
    title: 'Shapes: products',
    cases: [
      () => matmul(ones([2, 3]), ones([4, 5])),
      () => matmul(ones([2, 3]), ones([4])),
      () => matmul(ones([2, 2, 3]), ones([3, 3, 5])),
      () => matmul(tensor(2), ones([2])),
      () => linear(ones([8, 3]), ones([10, 4])),
      () => linear(ones([8, 4]), ones([10, 4]), ones([4])),
      () => addmm(ones([2]), ones([3, 4]), ones([4, 5])),
      () => dot(ones([2, 2]), ones([2])),
      () => einsum('ij,jk->ik', ones([2, 3]), ones([4, 5])),
      () => einsum('ijk->i', ones([2, 3])),
      () => einsum('ij->ik', ones([2, 3])),
      () => einsum('ij,jk', ones([2, 3])),
      () => tensordot(ones([2, 3]), ones([4]), 1),
      () => cross(ones([2]), ones([2])),
    ],
  },
  {
    title: 'Shapes: convolution and pooling',
    cases: [
      () => conv2d(ones([1, 3, 6, 6]), ones([8, 4, 3, 3])),
      () => conv2d(ones([1, 3, 6, 6]), ones([8, 3, 7, 7])),
      () => conv2d(ones([6, 6]), ones([8, 3, 3, 3])),
      () => conv2d(ones([1, 3, 6, 6]), ones([8, 3, 3, 3]), ones([3])),
      () => conv2d(ones([1, 4, 6, 6]), ones([6, 1, 3, 3]), undefined, { groups: 4 }),
      () => conv2d(ones([1, 3, 6, 6]), ones([8, 3, 3, 3]), undefined, { stride: 0 }),
      () => conv1d(ones([1, 1, 6]), ones([1, 1, 3]), undefined, { padding: 'same', stride: 2 }),
      () => convTranspose2d(ones([1, 3, 4, 4]), ones([2, 8, 3, 3])),
      () => convTranspose2d(ones([1, 3, 4, 4]), ones([3, 8, 3, 3]), undefined, { stride: 2, outputPadding: 2 }),
      () => maxPool2d(ones([1, 1, 4, 4]), 5),
      () => maxPool2d(ones([1, 1, 4, 4]), 2, { padding: 2 }),
      () => avgPool2d(ones([4, 4]), 2),
    ],
  },
  {
    title: 'Shapes: indices, sorting, reductions',
    cases: [
      () => gather(ones([2, 3]), 1, index),
      () => scatter(zeros([4]), 0, index, ones([3])),
      () => indexSelect(ones([2, 3]), 0, index.reshape(2, 1)),
      () => indexPut(zeros([4, 2]), 0, index, ones([2, 3])),
      () => indexSet(zeros([2, 3]), [0], ones([2])),
      () => embedding(index, ones([10])),
      () => searchsorted(ones([2, 4]), ones([3, 1])),
      () => topk(ones([3]), 4),
      () => amax(zeros([0])),
      () => median(zeros([2, 0]), { dim: 1 }),
      () => quantile(zeros([0]), 0.5),
      () => ones([2]).item(),
      () => take(ones([2]), index).softmax({ dim: 1 }),
      () => softmax(ones([2, 3]), { dim: 2 }),
    ],
  },
];
