import { beforeAll, expect, test } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { arange, conv2d, fold, ones, reshape, tensor, unfold, use } from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const image = reshape(arange(18).cast('float32'), [1, 2, 3, 3]);

test('columns hold the windows, channel by channel', async () => {
  expect(await unfold(image, 2).array()).toEqual([
    [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8], [9, 10, 12, 13], [10, 11, 13, 14], [12, 13, 15, 16], [13, 14, 16, 17]],
  ]);
  expect(unfold(image, [3, 2], { stride: [1, 2], padding: 1, dilation: [1, 2] }).shape).toEqual([1, 12, 6]);
  expect(unfold(image.squeeze(0), 3).shape).toEqual([18, 1]);
});

test('a product of flattened kernels with the columns is the convolution', async () => {
  const kernels = reshape(arange(24).cast('float32'), [3, 2, 2, 2]);
  const product = reshape(kernels, [3, 8]).matmul(unfold(image, 2, { padding: 1 })).reshape(1, 3, 4, 4);
  await expectClose(product, await conv2d(image, kernels, undefined, { padding: 1 }).array());
});

test('fold adds what overlaps, and is the adjoint of unfold', async () => {
  const counts = fold(unfold(ones([1, 1, 3, 3]), 2), 3, 2);
  expect(await counts.array()).toEqual([[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]);
  const options = { stride: 2, padding: 1, dilation: [1, 2] } as const;
  const columns = unfold(image, [2, 2], options);
  const other = reshape(arange(columns.size).cast('float32'), columns.shape);
  await expectClose(columns.mul(other).sum(), await fold(other, [3, 3], 2, options).mul(image).sum().item());
});

test('refuses windows and columns that do not fit', () => {
  expect(() => unfold(image, 4)).toThrow('unfold: a window of [4, 4] with dilation [1, 1] is larger than the padded image [3, 3]');
  expect(() => unfold(tensor([1, 2]), 1)).toThrow('unfold: got shape [2]');
  expect(() => fold(ones([1, 8, 5]), 3, 2)).toThrow('fold: the columns have shape [1, 8, 5]; expected [batch, channels * 4, 4]');
});
