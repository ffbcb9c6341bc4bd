import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { fromImage, ones, ShapeError, tensor, toImage, use } from './index';
import { expectClose } from './testing/close';

beforeAll(async () => {
  await use(cpu());
});

/** Red, green / blue, half-transparent white. */
const picture = { width: 2, height: 2, data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 51) };

describe('pictures', () => {
  it('become channels of numbers from 0 to 1', async () => {
    const rgb = fromImage(picture);
    expect(rgb.shape).toEqual([3, 2, 2]);
    expect(await rgb.array()).toEqual([[[1, 0], [0, 1]], [[0, 1], [0, 1]], [[0, 0], [1, 1]]]);
    await expectClose(fromImage(picture, { channels: 4 }).index(3), [[1, 1], [1, 0.2]]);
    await expectClose(fromImage(picture, { channels: 1 }), [[[0.299, 0.587], [0.114, 1]]]);
  });

  it('come from a canvas, and do not change when it does', async () => {
    const pixels = { ...picture, data: picture.data.slice() };
    const canvas = { width: 2, height: 2, getContext: () => ({ getImageData: () => pixels }) };
    const x = fromImage(canvas);
    pixels.data.fill(0);
    expect(await x.index(0).array()).toEqual([[1, 0], [0, 1]]);
    expect(() => fromImage({ width: 1, height: 1, getContext: () => null })).toThrow(/no 2-d context/);
  });

  it('of the wrong length are refused', () => {
    expect(() => fromImage({ width: 2, height: 1, data: new Uint8Array(4) })).toThrow(/2 x 1 RGBA pixels need 8 bytes, but the data has 4/);
  });

  it('go there and back unchanged', async () => {
    const back = await toImage(fromImage(picture, { channels: 4 }));
    expect(back).toEqual(picture);
  });

  it('made of tensors are clipped, grey ones repeated, opaque without alpha', async () => {
    expect((await toImage(tensor([[0, 0.5], [2, -1]]))).data).toEqual(
      Uint8ClampedArray.of(0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255, 0, 0, 0, 255),
    );
    const { width, height } = await toImage(ones([3, 2, 5]));
    expect([width, height]).toEqual([5, 2]);
    await expect(toImage(ones([2, 4, 4]))).rejects.toThrow(ShapeError);
    await expect(toImage(ones([4]))).rejects.toThrow(/expected \[height, width\] or \[channels, height, width\]/);
  });
});
