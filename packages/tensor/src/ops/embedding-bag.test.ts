import { beforeAll, expect, test } from 'vitest';
import { gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { embedding, embeddingBag, ones, parameter, tensor, use, type EmbeddingBagOptions } from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const table = tensor([[1, -1], [2, 5], [4, 3], [0, 9]]);
const ints = (data: number[] | number[][]) => tensor(data, { dtype: 'int32' });
const words = ints([1, 2, 2, 0, 3]);
const offsets = ints([0, 2, 2]);

test('sums, means and maxima of bags that follow each other; an empty bag is zero', async () => {
  const bag = (options: EmbeddingBagOptions) => embeddingBag(words, table, { offsets, ...options }).array();
  expect(await bag({ mode: 'sum' })).toEqual([[6, 8], [0, 0], [5, 11]]);
  expect(await bag({ mode: 'mean' })).toEqual([[3, 4], [0, 0], [Math.fround(5 / 3), Math.fround(11 / 3)]]);
  expect(await bag({ mode: 'max' })).toEqual([[4, 5], [0, 0], [4, 9]]);
  expect(await bag({ mode: 'sum', offsets: ints([0, 2, 5]), includeLastOffset: true })).toEqual([[6, 8], [5, 11]]);
});

test('bags of equal length are the rows of a matrix', async () => {
  const pairs = ints([[0, 1], [3, 3]]);
  await expectClose(embeddingBag(pairs, table), [[1.5, 2], [0, 9]]);
  await expectClose(embeddingBag(pairs, table, { mode: 'max' }), [[2, 5], [0, 9]]);
  await expectClose(embeddingBag(pairs, table, { mode: 'sum', perSampleWeights: tensor([[1, 10], [2, -1]]) }), [[21, 49], [0, 9]]);
});

test('padding does not count', async () => {
  for (const mode of ['mean', 'max'] as const) {
    await expectClose(embeddingBag(ints([[2, 3], [3, 3]]), table, { mode, paddingIndex: -1 }), [[4, 3], [0, 0]]);
  }
});

test('the gradient reaches the rows of the bags and the weights of samples', async () => {
  const [rows, shares] = [parameter(table), parameter(tensor([1, 2, 3, 4, 5]))];
  const y = embeddingBag(words, rows, { offsets, mode: 'sum', perSampleWeights: shares, paddingIndex: 0 });
  const [toRows, toShares] = gradients(y.sum(), [rows, shares]);
  await expectClose(toRows!, [[0, 0], [1, 1], [5, 5], [5, 5]]);
  await expectClose(toShares!, [7, 7, 7, 0, 9]);
});

test('scaleGradByFreq divides the gradient of a row by the number of its uses [L37]', async () => {
  const rows = parameter(table);
  const [slope] = gradients(embedding(ints([2, 2, 1, 2]), rows, { scaleGradByFreq: true }).mul(tensor([[1], [2], [4], [6]])).sum(), [rows]);
  await expectClose(slope!, [[0, 0], [4, 4], [3, 3], [0, 0]]);
});

test('arguments that do not fit are refused', () => {
  expect(() => embeddingBag(words, table)).toThrow('the indices have shape [5]; expected [bags, length], or a vector with offsets.');
  expect(() => embeddingBag(ints([[1]]), table, { offsets })).toThrow('with offsets a vector is expected');
  expect(() => embeddingBag(words, table, { offsets: tensor([0]) })).toThrow('the offsets are float32; expected int32');
  expect(() => embeddingBag(words, table, { offsets, perSampleWeights: ones([5]) })).toThrow(
    "perSampleWeights are for mode 'sum', not 'mean'",
  );
  const perSampleWeights = ones([4]);
  expect(() => embeddingBag(words, table, { offsets, mode: 'sum', perSampleWeights })).toThrow('they must be equal');
  expect(() => embeddingBag(words, table, { offsets, mode: 'min' as 'max' })).toThrow("mode is 'min'; expected one of sum, mean, max.");
});
