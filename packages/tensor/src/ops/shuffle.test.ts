import { beforeAll, expect, test } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { arange, channelShuffle, ones, pixelShuffle, pixelUnshuffle, reshape, use } from '../index';

beforeAll(async () => {
  await use(cpu());
});

test('pixelShuffle makes squares of channels, pixelUnshuffle takes them apart [L67]', async () => {
  const x = reshape(arange(8), [1, 8, 1, 1]);
  const y = pixelShuffle(x, 2);
  expect(await y.array()).toEqual([[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]]);
  expect(await pixelUnshuffle(y, 2).array()).toEqual(await x.array());
  expect(pixelShuffle(ones([18, 2, 5]), 3).shape).toEqual([2, 6, 15]);
});

test('channelShuffle deals the channels of all groups out in turn', async () => {
  expect(await channelShuffle(reshape(arange(6), [1, 6, 1]), 3).flatten().array()).toEqual([0, 2, 4, 1, 3, 5]);
});

test('sizes that do not fit are refused', () => {
  expect(() => pixelShuffle(ones([1, 6, 2, 2]), 2)).toThrow('pixelShuffle: got shape [1, 6, 2, 2]; expected [..., channels, height, width] with a multiple of 2 x 2');
  expect(() => pixelUnshuffle(ones([1, 1, 3, 2]), 2)).toThrow('height and width multiples of 2');
  expect(() => channelShuffle(ones([1, 6, 2]), 4)).toThrow('with a multiple of 4 channels');
  expect(() => channelShuffle(ones([1, 6, 2]), 0)).toThrow('channelShuffle: groups is 0; expected a whole number >= 1.');
});
