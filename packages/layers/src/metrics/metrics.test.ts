import { cpu } from '@cotangent/backend-cpu';
import { tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { accuracy, confusionMatrix } from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const actual = [0, 0, 0, 2, 1, 0, 0, 2, 0, 2];
const predicted = [0, 0, 0, 0, 1, 0, 0, 1, 0, 2];

test('accuracy of predicted classes and of scores', async () => {
  await expectClose(accuracy(ints(predicted), ints(actual)), 0.8);
  const scores = tensor(predicted.map((c) => [0, 1, 2].map((k) => (k === c ? 5 : k))));
  await expectClose(accuracy(scores, ints(actual)), 0.8);
  await expectClose(accuracy(scores.transpose().unsqueeze(0), ints([actual])), 0.8);
  await expectClose(accuracy(scores, tensor(new Uint8Array(actual))), 0.8);
});

test('equal scores count as the first class', async () => {
  await expectClose(accuracy(zeros([2, 3]), ints([0, 1])), 0.5);
});

test('the confusion matrix has a row per true class', async () => {
  const counts = confusionMatrix(ints(predicted), ints(actual), { classes: 3 });
  expect(counts.dtype).toBe('int32');
  expect(await counts.array()).toEqual([[6, 0, 0], [0, 1, 0], [1, 1, 1]]);
  const scores = tensor(predicted.map((c) => [0, 1, 2].map((k) => (k === c ? 5 : k))));
  expect(await confusionMatrix(scores, ints(actual)).array()).toEqual(await counts.array());
});

test('its rows, its columns or the whole can be normalised; 0/0 is 0', async () => {
  const third = 1 / 3;
  const matrix = (normalize: 'true' | 'pred'): Tensor => confusionMatrix(ints(predicted), ints(actual), { classes: 3, normalize });
  await expectClose(matrix('true'), [[1, 0, 0], [0, 1, 0], [third, third, third]]);
  await expectClose(matrix('pred'), [[6 / 7, 0, 0], [0, 0.5, 0], [1 / 7, 0.5, 1]]);
  await expectClose(confusionMatrix(ints([0]), ints([0]), { classes: 2, normalize: 'true' }), [[1, 0], [0, 0]]);
  await expectClose(confusionMatrix(ints([0, 1]), ints([0, 0]), { classes: 2, normalize: 'all' }), [[0.5, 0.5], [0, 0]]);
});

test('two classes: 3 true and 1 false positive, 2 false and 4 true negatives', async () => {
  const truth = ints([1, 1, 1, 0, 1, 1, 0, 0, 0, 0]);
  const guess = ints([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  expect(await confusionMatrix(guess, truth, { classes: 2 }).array()).toEqual([[4, 1], [2, 3]]);
  await expectClose(accuracy(guess, truth), 0.7);
});

test('what does not fit is refused', async () => {
  expect(() => accuracy(zeros([3, 2]), ints([1, 2]))).toThrow(
    'accuracy: the input is float32 of shape [3, 2] and the targets have shape [2]',
  );
  expect(() => accuracy(zeros([2, 2]), zeros([2]))).toThrow(
    "accuracy: the targets are float32; expected class indices as int32. Convert them: .cast('int32').",
  );
  expect(() => confusionMatrix(ints([1]), ints([1]))).toThrow('confusionMatrix: predicted classes do not tell how many classes there are');
  expect(() => confusionMatrix(ints([1]), ints([1]), { classes: 2, normalize: 'rows' as 'true' })).toThrow("normalize is 'rows'");
  // A class out of range must not fall into the next row.
  await expect((async () => confusionMatrix(ints([2]), ints([0]), { classes: 2 }).array())()).rejects.toThrow('out of range');
});
