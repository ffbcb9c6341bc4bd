import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ones, parameter, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from '../index';
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

test('the gradient of a maximum goes to the largest element only', async () => {
  const x = parameter(tensor([[[1, 3, 7, 7], [2, 9, 7, 7]]]));
  const gradient = backward(new MaxPool2d(2).forward(x).sum()).get(x) as Tensor;
  expect(await gradient.array()).toEqual([[[0, 0, 1, 0], [0, 1, 0, 0]]]);
});

test('adaptive pooling gives the size asked for', async () => {
  expect(new AdaptiveAvgPool2d([2, null]).forward(ones([1, 3, 7, 5])).shape).toEqual([1, 3, 2, 5]);
  await expectClose(new AdaptiveAvgPool2d(1).forward(tensor([[[1, 2], [3, 6]]])), [[[3]]]);
  await expectClose(new AdaptiveAvgPool2d([1, 2]).forward(tensor([[[1, 2, 6]]])), [[[1.5, 4]]]);
});

test('bad arguments are refused with the name of the layer', () => {
  expect(() => new MaxPool2d(0)).toThrow('MaxPool2d: kernelSize is 0');
  expect(() => new AvgPool2d(2).forward(ints([[[1]]]))).toThrow('AvgPool2d: the input is int32; expected a floating-point tensor');
  expect(() => new MaxPool2d(3).forward(ones([1, 2, 2]))).toThrow('larger than the padded input');
  expect(() => new AdaptiveAvgPool2d([1, 2, 3] as unknown as [1, 2])).toThrow('AdaptiveAvgPool2d: outputSize is [1,2,3]');
});
