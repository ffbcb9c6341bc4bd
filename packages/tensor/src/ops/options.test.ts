import { expect, test } from 'vitest';
import {
  argmax, ArgumentError, clamp, conv2d, maxPool2d, mean, ones, pad, sort, softmax, topk, zeros, type Tensor,
} from '../index';

const x = ones([1, 1, 4, 4]);

test.each([
  ['x.argmax(1)', () => x.argmax(1 as never), "argmax: the options are the number 1; expected an object such as { dim: 1 }."],
  ['x.sum(1)', () => x.sum(1 as never), 'sum: the options are the number 1; expected an object such as { dim: 1 }.'],
  ['mean(x, [0, 1])', () => mean(x, [0, 1] as never), 'mean: the options are an array; expected an object such as { dim: 1 }.'],
  ['argmax(x, null)', () => argmax(x, null as never), 'argmax: the options are null; expected an object such as { dim: 1 }.'],
  ['softmax(x, 1)', () => softmax(x, 1 as never), 'softmax: the options are the number 1; expected an object such as { dim: 1 }.'],
  ['sort(x, 0)', () => sort(x, 0 as never), 'sort: the options are the number 0; expected an object such as'],
  ['topk(x, 2, 0)', () => topk(x, 2, 0 as never), 'topk: the options are the number 0; expected an object such as { dim: 0 }.'],
  ['clamp(x, 0)', () => clamp(x, 0 as never), 'clamp: the options are the number 0; expected an object such as { min: 0, max: 1 }.'],
  ['maxPool2d(x, 2, 2)', () => maxPool2d(x, 2, 2 as never), 'maxPool2d: the options are the number 2; expected an object such as'],
  ['conv2d(x, w, b, 2)', () => conv2d(x, x, undefined, 2 as never), 'conv2d: the options are the number 2; expected an object such as'],
  ["pad(x, [1, 1], 'reflect')", () => pad(x, [1, 1], 'reflect' as never), 'pad: the options are the string reflect; expected'],
  ["zeros([2], 'int32')", () => zeros([2], 'int32' as never), 'zeros: the options are the string int32; expected an object such as'],
] satisfies [string, () => unknown, string][])('%s is refused, with the form that is meant', (_, call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});

test('options that are left out or given as an object are as before', () => {
  const shapes: Tensor[] = [x.sum(), x.sum({ dim: 1 }), x.argmax({ dim: -1, keepdim: true }), zeros([2], { dtype: 'int32' })];
  expect(shapes.map((t) => t.shape)).toEqual([[], [1, 4, 4], [1, 1, 4, 1], [2]]);
});
