import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ones, parameter, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, AvgPool1d, AvgPool2d,
  AvgPool3d, GlobalAvgPool, GlobalMaxPool, LPPool1d, LPPool2d, LPPool3d, MaxPool1d, MaxPool2d, MaxPool3d, MaxUnpool1d, MaxUnpool2d,
  MaxUnpool3d,
} from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

test('windows lie one beside the other unless a stride is given', async () => {
  const x = tensor([[1, 5, 2, 8]]);
  await expectClose(new MaxPool1d(2).forward(x), [[5, 8]]);
  await expectClose(new MaxPool1d(2, { stride: 1 }).forward(x), [[5, 5, 8]]);
  await expectClose(new MaxPool1d(2, { dilation: 2, stride: 1 }).forward(x), [[2, 8]]);
  await expectClose(new AvgPool1d(2).forward(x), [[3, 5]]);
});

test('padding counts as zeros in a mean unless excluded, and never in a maximum', async () => {
  const x = tensor([[-2, -4]]);
  await expectClose(new AvgPool1d(2, { padding: 1 }).forward(x), [[-1, -2]]);
  await expectClose(new AvgPool1d(2, { padding: 1, countIncludePad: false }).forward(x), [[-2, -4]]);
  await expectClose(new MaxPool1d(2, { padding: 1 }).forward(x), [[-2, -4]]);
  await expectClose(new AvgPool1d(2, { divisorOverride: 1 }).forward(x), [[-6]]);
});

test('ceilMode keeps the last partial window', () => {
  expect(new MaxPool2d(2).forward(ones([1, 5, 5])).shape).toEqual([1, 2, 2]);
  expect(new MaxPool2d(2, { ceilMode: true }).forward(ones([1, 5, 5])).shape).toEqual([1, 3, 3]);
});

test('the gradient of a maximum goes to the largest element only [L31]', async () => {
  const x = parameter(tensor([[[1, 3, 7, 7], [2, 9, 7, 7]]]));
  const gradient = backward(new MaxPool2d(2).forward(x).sum()).get(x) as Tensor;
  expect(await gradient.array()).toEqual([[[0, 0, 1, 0], [0, 1, 0, 0]]]);
});

test('adaptive pooling gives the size asked for [L67]', async () => {
  expect(new AdaptiveAvgPool2d([2, null]).forward(ones([1, 3, 7, 5])).shape).toEqual([1, 3, 2, 5]);
  await expectClose(new AdaptiveAvgPool2d(1).forward(tensor([[[1, 2], [3, 6]]])), [[[3]]]);
  await expectClose(new AdaptiveAvgPool2d([1, 2]).forward(tensor([[[1, 2, 6]]])), [[[1.5, 4]]]);
});

test('bad arguments are refused with the name of the layer', () => {
  expect(() => new MaxPool2d(0)).toThrow('MaxPool2d: kernelSize is 0');
  expect(() => new AvgPool2d(2).forward(ints([[[1]]]))).toThrow('AvgPool2d: the input is int32; expected a floating-point tensor');
  expect(() => new MaxPool2d(3).forward(ones([1, 2, 2]))).toThrow('larger than the padded input');
  expect(() => new AdaptiveAvgPool2d([1, 2, 3])).toThrow('AdaptiveAvgPool2d: outputSize is [1,2,3]');
});

test('volumes are pooled as images are', async () => {
  const x = tensor([[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]]);
  await expectClose(new MaxPool3d(2).forward(x), [[[[[8]]]]]);
  await expectClose(new AvgPool3d([2, 1, 1]).forward(x), [[[[[3, 4], [5, 6]]]]]);
  expect(String(new MaxPool3d(2, { padding: 1 }))).toBe('MaxPool3d(kernelSize=[2, 2, 2], stride=[2, 2, 2], padding=[1, 1, 1])');
});

test('adaptive pooling in 1 and 3 dimensions, also of maxima with their places [L67]', async () => {
  await expectClose(new AdaptiveAvgPool1d(2).forward(tensor([[1, 2, 6]])), [[1.5, 4]]);
  await expectClose(new AdaptiveMaxPool1d(2).forward(tensor([[1, 2, 6]])), [[2, 6]]);
  expect(new AdaptiveAvgPool3d([1, null, 2]).forward(ones([2, 3, 4, 5, 6])).shape).toEqual([2, 3, 1, 5, 2]);
  expect(new AdaptiveMaxPool3d(2).forward(ones([2, 3, 4, 5, 6])).shape).toEqual([2, 3, 2, 2, 2]);
  const { values, indices } = new AdaptiveMaxPool2d(1).forwardWithIndices(tensor([[[1, 9], [4, 2]]]));
  expect(await values.array()).toEqual([[[9]]]);
  expect(await indices.array()).toEqual([[[1]]]);
});

test('global pooling leaves one number per channel, for inputs of any size [L67]', async () => {
  const x = tensor([[[[1, 2], [3, 6]], [[0, 0], [0, 4]]]]);
  await expectClose(new GlobalAvgPool().forward(x), [[3, 1]]);
  await expectClose(new GlobalMaxPool().forward(x), [[6, 4]]);
  await expectClose(new GlobalAvgPool({ keepdim: true }).forward(x), [[[[3]], [[1]]]]);
  expect(new GlobalMaxPool().forward(ones([2, 3, 4, 5, 6])).shape).toEqual([2, 3]);
  expect(() => new GlobalAvgPool().forward(ones([2, 3]))).toThrow('GlobalAvgPool: the input has shape [2, 3]; expected [batch, channels, ...places].');
});

test('power-average pooling takes the norm of each window', async () => {
  await expectClose(new LPPool1d(2, 2).forward(tensor([[3, 4, 5, 12]])), [[5, 13]]);
  await expectClose(new LPPool2d(1, 2).forward(tensor([[[1, 2], [3, 4]]])), [[[10]]]);
  expect(new LPPool3d(2, 2, { stride: 1 }).forward(ones([1, 3, 3, 3])).shape).toEqual([1, 2, 2, 2]);
  expect(String(new LPPool1d(2, 3))).toBe('LPPool1d(normType=2, kernelSize=[3], stride=[3])');
  expect(() => new LPPool2d(0, 2)).toThrow('LPPool2d: normType is 0; expected a finite number > 0.');
});

test('unpooling puts maxima back to their places, all else is 0 [L35]', async () => {
  const x = tensor([[[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]]]);
  const { values, indices } = new MaxPool2d(2).forwardWithIndices(x);
  await expectClose(new MaxUnpool2d(2).forward(values, indices), [[[0, 0, 2, 0], [0, 9, 0, 0], [0, 0, 0, 3], [0, 6, 0, 0]]]);
  const line = new MaxPool1d(2, { stride: 2 }).forwardWithIndices(tensor([[1, 5, 7, 2, 3]]));
  await expectClose(new MaxUnpool1d(2).forward(line.values, line.indices, { outputSize: [5] }), [[0, 5, 7, 0, 0]]);
  const volume = new MaxPool3d(2).forwardWithIndices(ones([1, 2, 2, 2]));
  expect(new MaxUnpool3d(2).forward(volume.values, volume.indices).shape).toEqual([1, 2, 2, 2]);
  expect(() => new MaxUnpool2d(2).forward(values, values)).toThrow('MaxUnpool2d: the input is float32; expected int32');
});
