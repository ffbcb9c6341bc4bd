import { beforeAll, describe, expect, test } from 'vitest';
import { gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, interpolate, ones, tensor, use, type Tensor } from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const row = tensor([[[1, 2, 4, 8]]]);
const square = tensor([[[[1, 2], [3, 4]]]]);

describe('interpolate', () => {
  test('nearest repeats places, and doubles an image [L35]', async () => {
    expect(await interpolate(square, { scaleFactor: 2 }).array()).toEqual([[[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]]);
    expect(await interpolate(row, { size: 6 }).array()).toEqual([[[1, 1, 2, 4, 4, 8]]]);
    expect(await interpolate(row, { size: 6, mode: 'nearest-exact' }).array()).toEqual([[[1, 2, 2, 4, 8, 8]]]);
    expect(await interpolate(row, { size: 2 }).array()).toEqual([[[1, 4]]]);
    expect(await interpolate(tensor([[[1, 2]]], { dtype: 'int32' }), { size: 3 }).array()).toEqual([[[1, 1, 2]]]);
  });

  test('linear, bilinear and trilinear interpolate between centres, or between corners [L67]', async () => {
    await expectClose(interpolate(row, { size: 7, mode: 'linear', alignCorners: true }), [[[1, 1.5, 2, 3, 4, 6, 8]]]);
    await expectClose(interpolate(row, { size: 8, mode: 'linear' }), [[[1, 1.25, 1.75, 2.5, 3.5, 5, 7, 8]]]);
    await expectClose(interpolate(square, { size: 3, mode: 'bilinear', alignCorners: true }), [[[[1, 1.5, 2], [2, 2.5, 3], [3, 3.5, 4]]]]);
    expect(interpolate(ones([1, 2, 2, 3, 4]), { scaleFactor: [2, 1, 0.5], mode: 'trilinear' }).shape).toEqual([1, 2, 4, 3, 2]);
  });

  test('bicubic weighs four neighbours along each axis, area takes means', async () => {
    const impulse = tensor([[[[0, 0, 1, 0, 0]]]]);
    // The kernel of Keys with a = -0.75 at distances 1.75, 1.25, 0.75 and 0.25.
    const side = [-0.03515625, -0.10546875, 0.26171875, 0.87890625];
    await expectClose(interpolate(impulse, { size: [1, 10], mode: 'bicubic' }), [[[[0, ...side, ...[...side].reverse(), 0]]]]);
    await expectClose(interpolate(row, { size: 2, mode: 'area' }), [[[1.5, 6]]]);
  });

  test('antialias averages over all places under an output place', async () => {
    const stripes = tensor([[[[0, 1, 0, 1, 0, 1, 0, 1]]]]);
    await expectClose(interpolate(stripes, { size: [1, 2], mode: 'bilinear', antialias: true }), [[[[0.4642857143, 0.5357142857]]]]);
  });

  test('a factor sets the distance of places unless it is recomputed from the sizes', async () => {
    await expectClose(interpolate(row, { scaleFactor: 0.6, mode: 'linear' }), [[[1.3333333333, 4]]]);
    await expectClose(interpolate(row, { scaleFactor: 0.6, mode: 'linear', recomputeScaleFactor: true }), [[[1.5, 6]]]);
  });

  test('numbers that are not read do not matter', async () => {
    const x = tensor([[[1, 3, NaN, Infinity]]]);
    await expectClose(interpolate(x, { size: 8, mode: 'linear' }).index(0, 0, [0, 3]), [1, 1.5, 2.5]);
  });

  test('gradients are the transposed map, also inside compile', async () => {
    const slope = (x: Tensor): Tensor => {
      const leaf = track(x);
      return gradients(interpolate(leaf, { size: 3, mode: 'linear', alignCorners: true }), [leaf], { gradOutputs: tensor([[[1, 10, 100]]]) })[0]!;
    };
    const x = tensor([[[1, 2, 3, 4, 5]]]);
    await expectClose(slope(x), [[[1, 0, 10, 0, 100]]]);
    await expectClose(compile(slope)(x), [[[1, 0, 10, 0, 100]]]);
  });

  test('refuses what has no meaning', () => {
    expect(() => interpolate(row, {})).toThrow('interpolate: neither of size and scaleFactor given; give one of them.');
    expect(() => interpolate(row, { size: 2, scaleFactor: 2 })).toThrow('both of size and scaleFactor');
    expect(() => interpolate(row, { size: 2, mode: 'bilinear' })).toThrow("mode 'bilinear' is for 2 spatial axes, but shape [1, 1, 4] has 1; use linear");
    expect(() => interpolate(row, { size: 2, mode: 'cubic' as 'bicubic' })).toThrow("mode is 'cubic'; expected one of nearest");
    expect(() => interpolate(row, { size: 2, alignCorners: true })).toThrow("alignCorners has no meaning for mode 'nearest'");
    expect(() => interpolate(row, { scaleFactor: 0.1 })).toThrow('scaleFactor 0.1 leaves nothing of an axis of 4');
    expect(() => interpolate(row, { size: [2, 2] })).toThrow('size is [2, 2]');
    expect(() => interpolate(ones([2, 2]), { size: 2 })).toThrow('got shape [2, 2]; expected [batch, channels, ...]');
    expect(() => interpolate(tensor([[[1, 2]]], { dtype: 'int32' }), { size: 3, mode: 'linear' })).toThrow("mode 'linear' got int32");
  });
});
