import { beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import {
  adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveMaxPool1d, adaptiveMaxPool2d, arange, ArgumentError, avgPool1d, avgPool2d,
  avgPool3d, DTypeError, lpPool1d, lpPool2d, lpPool3d, maxPool1d, maxPool1dWithIndices, maxPool2d, maxPool2dWithIndices, maxPool3d,
  maxPool3dWithIndices, maxUnpool1d, maxUnpool2d, maxUnpool3d, ones, parameter, reshape, ShapeError, tensor, use, zeros,
} from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const row = tensor([[[1, 3, 2, 5, 4]]]);
const square = reshape(arange(16).cast('float32'), [1, 1, 4, 4]);

describe('max pooling', () => {
  it('takes the largest of each window', async () => {
    expect(await maxPool1d(row, 2).array()).toEqual([[[3, 5]]]);
    expect(await maxPool1d(row, 2, { stride: 1 }).array()).toEqual([[[3, 3, 5, 5]]]);
    expect(await maxPool1d(row, 2, { ceilMode: true }).array()).toEqual([[[3, 5, 4]]]);
    expect(await maxPool1d(row, 2, { dilation: 2, stride: 1 }).array()).toEqual([[[2, 5, 4]]]);
    expect(await maxPool2d(square, 2).array()).toEqual([[[[5, 7], [13, 15]]]]);
    expect(await maxPool2d(square, [1, 4]).array()).toEqual([[[[3], [7], [11], [15]]]]);
    expect(maxPool2d(ones([3, 55, 55]), 3, { stride: 2 }).shape).toEqual([3, 27, 27]);
    expect(maxPool3d(ones([1, 1, 4, 4, 4]), 2).shape).toEqual([1, 1, 2, 2, 2]);
  });

  it('pads with what can never be largest', async () => {
    expect(await maxPool1d(tensor([[[-5, -6, -7]]]), 3, { stride: 2, padding: 1 }).array()).toEqual([[[-5, -6]]]);
  });

  it('propagates NaN', async () => {
    expect(await maxPool1d(tensor([[[1, NaN, 2, 3]]]), 2).array()).toEqual([[[NaN, 3]]]);
  });

  it('tells positions, of the first of equal maxima', async () => {
    const { values, indices } = maxPool2dWithIndices(square, 2);
    expect(await values.array()).toEqual([[[[5, 7], [13, 15]]]]);
    expect(await indices.array()).toEqual([[[[5, 7], [13, 15]]]]);
    expect(await maxPool1dWithIndices(tensor([[[2, 2, 1, 1]]]), 2).indices.array()).toEqual([[[0, 2]]]);
    expect(await maxPool1dWithIndices(row, 2, { ceilMode: true }).indices.array()).toEqual([[[1, 3, 4]]]);
    expect(await maxPool2dWithIndices(reshape(arange(9).cast('float32'), [1, 3, 3]), 2, { ceilMode: true }).indices.array()).toEqual([[[4, 5], [7, 8]]]);
  });
});

describe('average pooling', () => {
  it('takes the mean of each window', async () => {
    expect(await avgPool1d(row, 2).array()).toEqual([[[2, 3.5]]]);
    expect(await avgPool2d(square, 2).array()).toEqual([[[[2.5, 4.5], [10.5, 12.5]]]]);
    expect(avgPool3d(ones([1, 4, 4, 4]), 2).shape).toEqual([1, 2, 2, 2]);
  });

  it('counts the padding or not, or divides by a given number', async () => {
    const x = tensor([[[2, 4, 6]]]);
    await expectClose(avgPool1d(x, 3, { stride: 2, padding: 1 }), [[[2, 10 / 3]]]);
    await expectClose(avgPool1d(x, 3, { stride: 2, padding: 1, countIncludePad: false }), [[[3, 5]]]);
    await expectClose(avgPool1d(x, 3, { stride: 2, padding: 1, divisorOverride: 1 }), [[[6, 10]]]);
    await expectClose(avgPool1d(x, 2, { ceilMode: true }), [[[3, 6]]]);
  });
});

describe('adaptive pooling', () => {
  it('reaches the size asked for, also where windows overlap', async () => {
    await expectClose(adaptiveAvgPool1d(row, 2), [[[2, 11 / 3]]]);
    expect(await adaptiveAvgPool1d(row, 5).array()).toEqual(await row.array());
    expect(await adaptiveAvgPool2d(square, 1).array()).toEqual([[[[7.5]]]]);
    expect(adaptiveAvgPool2d(square, [null, 2]).shape).toEqual([1, 1, 4, 2]);
    await expectClose(adaptiveAvgPool2d(square, 3).index(0, 0, 0), [2.5, 3.5, 4.5]);
    const { values, indices } = adaptiveMaxPool1d(row, 3);
    expect(await values.array()).toEqual([[[3, 5, 5]]]);
    expect(await indices.array()).toEqual([[[1, 3, 3]]]);
    expect(await adaptiveMaxPool2d(square, [2, 3]).indices.array()).toEqual([[[[5, 6, 7], [13, 14, 15]]]]);
  });
});

describe('pooling errors', () => {
  it('name what does not fit', () => {
    expect(() => maxPool2d(square, 5)).toThrow(/window of \[5, 5\] is larger than the padded input of shape \[1, 1, 4, 4\]/);
    expect(() => avgPool2d(ones([4, 4]), 2)).toThrow(/got shape \[4, 4\]; expected \[batch, channels, 2 spatial axes\]/);
    expect(() => maxPool1d(row, 2, { padding: 2 })).toThrow(/padding 2 is more than half the window 2/);
    expect(() => maxPool1d(row, 0)).toThrow(ArgumentError);
    expect(() => maxPool1d(ones([1, 1, 4], { dtype: 'int32' }), 2)).toThrow(DTypeError);
    expect(() => adaptiveAvgPool2d(ones([4]), 2)).toThrow(ShapeError);
    expect(() => adaptiveAvgPool1d(row, 0)).toThrow(/output size is \[0\]/);
  });
});

describe('power-average pooling', () => {
  it('takes the p-norm of each window', async () => {
    await expectClose(lpPool2d(square, 1, 2), [[[[10, 18], [42, 50]]]]);
    await expectClose(lpPool1d(tensor([[3, 4, 0, 2]]), 2, 2), [[5, 2]]);
    await expectClose(lpPool1d(tensor([[3, 4, 12]]), 2, 2, { stride: 1 }), [[5, Math.sqrt(160)]]);
    await expectClose(lpPool3d(ones([1, 2, 2, 2]), 3, 2), [[[[2]]]]);
  });

  it('gives no gradient to a window of zeros, and refuses other norms', async () => {
    const x = parameter(zeros([1, 4]));
    expect(await gradients(lpPool1d(x, 2, 2), [x])[0]!.array()).toEqual([[0, 0, 0, 0]]);
    expect(() => lpPool1d(x, Infinity, 2)).toThrow('lpPool1d: normType is Infinity; expected a finite number > 0.');
  });
});

describe('max unpooling', () => {
  it('puts values back to where their maxima were [L35]', async () => {
    const x = reshape(tensor([1, 9, 2, 3, 4, 5, 8, 7, 6]), [1, 3, 3]);
    const { values, indices } = maxPool2dWithIndices(x, 2);
    expect(await maxUnpool2d(values, indices, 2, { outputSize: [3, 3] }).array()).toEqual([[[0, 9, 0], [0, 0, 0], [0, 0, 0]]]);
    const line = maxPool1dWithIndices(tensor([[[1, 5, 7, 2]]]), 2);
    expect(await maxUnpool1d(line.values, line.indices, 2).array()).toEqual([[[0, 5, 7, 0]]]);
    const volume = maxPool3dWithIndices(ones([2, 4, 4, 4]), 2);
    expect(maxUnpool3d(volume.values, volume.indices, 2).shape).toEqual([2, 4, 4, 4]);
  });

  it('sends gradients back the same way', async () => {
    const v = parameter(tensor([[5, 7]]));
    const y = maxUnpool1d(v, tensor([[1, 2]], { dtype: 'int32' }), 2);
    expect(await gradients(y.mul(tensor([[1, 10, 100, 1000]])).sum(), [v])[0]!.array()).toEqual([[10, 100]]);
  });

  it('refuses sizes that the pooling cannot have come from', () => {
    const { values, indices } = maxPool2dWithIndices(square, 2);
    expect(() => maxUnpool2d(values, indices, 2, { outputSize: [6, 4] })).toThrow('outputSize [6, 4] differs from [4, 4] by a stride of [2, 2] or more');
    expect(() => maxUnpool2d(values, values, 2)).toThrow('the indices are float32; expected int32');
    expect(() => maxUnpool2d(values, indices.squeeze(), 2)).toThrow('they must be equal');
  });
});
