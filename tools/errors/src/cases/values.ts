import {
  arange, bernoulli, bitcast, bitwiseAnd, clamp, concat, conv2d, custom, embedding, exp, full, gather, Generator, index, indexSet,
  maxPool2d, mean, narrow, nonzero, ones, parameter, polygamma, rand, randint, scatter, select, softmax, tensor, transpose,
  unsqueeze, use, where, zeros,
} from '@cotangent/tensor';
import { wasm } from '@cotangent/backend-wasm';
import { cpu } from '@cotangent/backend-cpu';
import type { Section } from '../section';

const int = (data: number[]) => tensor(data, { dtype: 'int32' });

export const values: readonly Section[] = [
  {
    title: 'Element types',
    cases: [
      () => ones([2]).add(ones([2], { dtype: 'int32' })),
      () => ones([2]).mul(ones([2], { dtype: 'float64' })),
      () => ones([2, 2]).matmul(ones([2, 2], { dtype: 'int32' })),
      () => conv2d(ones([1, 1, 3, 3]), ones([1, 1, 2, 2], { dtype: 'float64' })),
      () => tensor([true]).add(tensor([true])),
      () => arange(3).mul(0.5),
      () => ones([2], { dtype: 'uint8' }).add(256),
      () => exp(arange(3)),
      () => mean(arange(3)),
      () => softmax(arange(3), { dim: 0 }),
      () => maxPool2d(ones([1, 4, 4], { dtype: 'uint8' }), 2),
      () => bitwiseAnd(ones([2]), 1),
      () => bitcast(ones([2]), 'uint8'),
      () => where(ones([2]), ones([2]), 0),
      () => gather(ones([2]), 0, tensor([0])),
      () => scatter(ones([2]), 0, int([0]), int([1])),
      () => embedding(tensor([0]), ones([3, 2])),
      () => index(ones([2]), tensor([true, false])),
      () => concat([ones([2]), arange(2)]),
      () => full([2], 1.5, { dtype: 'int32' }),
      () => rand([2], { dtype: 'int32' }),
      () => tensor(new BigInt64Array(2) as never),
      () => tensor(Uint16Array.of(1, 2)),
      () => tensor([1, 2], { dtype: 'int64' as never }),
      () => {
        parameter(ones([2])).assign(zeros([2], { dtype: 'float64' }));
      },
      async () => {
        await use(wasm());
        try {
          await tensor([1], { dtype: 'float64' }).exp().data();
        } finally {
          await use(cpu());
        }
      },
    ],
  },
  {
    title: 'Axes and indices',
    cases: [
      () => ones([2, 3]).sum({ dim: 2 }),
      () => ones([2, 3]).argmax(1 as never),
      () => ones([2, 3]).sum({ dim: [0, -2] }),
      () => ones([]).sum({ dim: 1 }),
      () => transpose(ones([2])),
      () => unsqueeze(ones([2]), 3),
      () => select(ones([2, 3]), 0, 2),
      () => narrow(ones([2, 3]), 1, 2, 2),
      () => index(ones([2, 3]), 0, -4),
      () => index(ones([2, 3]), 0, 0, 0),
      () => index(ones([2, 3]), [0, 2, 0]),
      () => index(ones([2, 3]), [[0, 2]]),
      () => embedding(int([0]), ones([3, 2]), { paddingIndex: 7 }),
    ],
  },
  {
    title: 'Indices in tensors, checked when the value is computed',
    cases: [
      () => gather(ones([2, 3]), 1, tensor([[3], [0]], { dtype: 'int32' })).data(),
      () => gather(ones([2, 3]), 1, tensor([[-1], [0]], { dtype: 'int32' })).data(),
      () => embedding(int([2, 9]), ones([3, 2])).data(),
      () => scatter(zeros([2]), 0, int([2]), ones([1])).data(),
      () => index(ones([2, 3]), int([0]), int([-4])).data(),
      () => indexSet(zeros([2]), [int([5])], 1).data(),
    ],
  },
  {
    title: 'Making tensors',
    cases: [
      () => tensor([[1, 2], [3]]),
      () => tensor([[1, 2], 3]),
      () => tensor([1, [2]]),
      () => tensor([[[1], [2]], [[3], [4, 5]]]),
      () => tensor([1, 'two'] as never),
      () => tensor([1, null] as never),
      () => tensor([1, 2, 3], { shape: [2, 2] }),
      () => tensor(new Float32Array(5), { shape: [2, 3] }),
      () => arange(0, 5, 0),
      () => ones([2]).add([1, 2] as never),
      () => ones([2]).add(undefined as never),
    ],
  },
  {
    title: 'Other arguments',
    cases: [
      () => clamp(ones([2]), {}),
      () => polygamma(-1, ones([2])),
      () => where(tensor([true]), 1, 2),
      () => new Generator(-1),
      () => randint(3, 3, [2]),
      () => bernoulli(1.5, [2]),
      () => custom({ name: 'negative', shape: () => [-1], forward: () => undefined })([ones([1])]),
      () => nonzero(5 as never),
    ],
  },
];
