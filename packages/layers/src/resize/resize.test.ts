import { cpu } from '@cotangent/backend-cpu';
import { arange, ones, tensor, use } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { ChannelShuffle, PixelShuffle, PixelUnshuffle, Sequential, summary, Upsample } from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

test('Upsample repeats every place by default [L35]', async () => {
  const x = tensor([[[[1, 2], [3, 4]]]]);
  await expectClose(new Upsample({ scaleFactor: 2 }).forward(x), [[[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]]);
});

test('Upsample interpolates when asked [L67]', async () => {
  const layer = new Upsample({ size: [1, 3], mode: 'bilinear', alignCorners: true });
  await expectClose(layer.forward(tensor([[[[1, 3]]]])), [[[[1, 2, 3]]]]);
  expect(String(layer)).toBe('Upsample(size=[1, 3], mode=bilinear, alignCorners=true)');
  expect(String(new Upsample({ scaleFactor: 2 }))).toBe('Upsample(scaleFactor=2, mode=nearest)');
});

test('shuffles move channels to places and back [L67]', async () => {
  const x = arange(8).cast('float32').reshape(1, 8, 1, 1);
  const net = new Sequential(new PixelShuffle(2), new PixelUnshuffle(2));
  await expectClose(net.forward(x), await x.array());
  expect(summary(net, [1, 8, 1, 1]).rows.map((r) => r.outputShape)).toEqual([[1, 8, 1, 1], [1, 2, 2, 2], [1, 8, 1, 1]]);
  await expectClose(new ChannelShuffle(4).forward(x).flatten(), [0, 2, 4, 6, 1, 3, 5, 7]);
  expect([new PixelShuffle(2), new PixelUnshuffle(3), new ChannelShuffle(4)].map(String)).toEqual([
    'PixelShuffle(upscaleFactor=2)', 'PixelUnshuffle(downscaleFactor=3)', 'ChannelShuffle(groups=4)',
  ]);
});

test('sizes that do not fit are refused', () => {
  expect(() => new PixelShuffle(0)).toThrow('PixelShuffle: upscaleFactor is 0; expected a whole number >= 1.');
  expect(() => new Upsample({}).forward(ones([1, 1, 2]))).toThrow('neither of size and scaleFactor given');
});
