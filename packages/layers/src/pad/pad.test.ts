import { cpu } from '@cotangent/backend-cpu';
import { ones, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import * as layers from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const row = tensor([[1, 2, 3]]);

test('a border of zeros makes 6 x 6 images 8 x 8 [L33]', async () => {
  expect(new layers.ZeroPad2d(1).forward(ones([1, 3, 6, 6])).shape).toEqual([1, 3, 8, 8]);
  await expectClose(new layers.ZeroPad2d([1, 0, 0, 2]).forward(tensor([[[5, 6]]])), [[[0, 5, 6], [0, 0, 0], [0, 0, 0]]]);
  await expectClose(new layers.ZeroPad1d([1, 2]).forward(row), [[0, 1, 2, 3, 0, 0]]);
  await expectClose(new layers.ZeroPad1d([-1, 0]).forward(row), [[2, 3]]);
});

test('borders of a number, mirrored, repeated or wrapped', async () => {
  await expectClose(new layers.ConstantPad1d(1, 9).forward(row), [[9, 1, 2, 3, 9]]);
  await expectClose(new layers.ReflectionPad1d(2).forward(row), [[3, 2, 1, 2, 3, 2, 1]]);
  await expectClose(new layers.ReplicationPad1d([0, 2]).forward(row), [[1, 2, 3, 3, 3]]);
  await expectClose(new layers.CircularPad1d(2).forward(row), [[2, 3, 1, 2, 3, 1, 2]]);
});

test('all of them pad images and volumes, with or without batch', () => {
  const { ZeroPad2d, ReflectionPad2d, ReplicationPad2d, CircularPad2d } = layers;
  const { ZeroPad3d, ReflectionPad3d, ReplicationPad3d, CircularPad3d } = layers;
  const shapes = (list: readonly layers.Layer[], x: Tensor): string[] => list.map((layer) => layer.forward(x).shape.join());
  const flat = [ZeroPad2d, ReflectionPad2d, ReplicationPad2d, CircularPad2d].map((P) => new P([1, 0, 1, 1]));
  expect(shapes([...flat, new layers.ConstantPad2d([1, 0, 1, 1], 2)], ones([2, 3, 4]))).toEqual(new Array(5).fill('2,5,5'));
  const deep = [ZeroPad3d, ReflectionPad3d, ReplicationPad3d, CircularPad3d].map((P) => new P(1));
  expect(shapes([...deep, new layers.ConstantPad3d(1, 2)], ones([1, 2, 2, 3, 4]))).toEqual(new Array(5).fill('1,2,4,5,6'));
});

test('what does not fit is refused', () => {
  expect(() => new layers.ZeroPad2d([1, 2])).toThrow('ZeroPad2d: padding is [1, 2]; expected a whole number, or 4 of them');
  expect(() => new layers.ReflectionPad1d(3).forward(row)).toThrow('too wide');
  expect(() => new layers.CircularPad2d(1).forward(row)).toThrow('CircularPad2d: the input has shape [1, 3]; expected [batch, channels, 2 spatial axes]');
  expect(String(new layers.ConstantPad1d(1, 2))).toBe('ConstantPad1d(padding=[1, 1], value=2)');
});
