import { cpu } from '@cotangent/backend-cpu';
import { Generator, ones, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { Linear } from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

/** [out, in] of the layers between units. */
function weights(units: readonly number[]): { shapes: (readonly number[])[]; parameters: number } {
  const layers = units.slice(1).map((n, i) => new Linear(units[i]!, n));
  const parameters = layers.flatMap((l) => l.parameters()).reduce((sum, p) => sum + p.size, 0);
  return { shapes: layers.map((l) => l.weight.shape), parameters };
}

test('weights have shape [out, in]', () => {
  expect(weights([3, 5, 5, 3, 1])).toEqual({ shapes: [[5, 3], [5, 5], [3, 5], [1, 3]], parameters: 72 });
  expect(weights([2, 3, 5, 4, 2, 1]).shapes).toEqual([[3, 2], [5, 3], [4, 5], [2, 4], [1, 2]]);
});

test('32 inputs and 10 outputs make 330 parameters [L01]', () => {
  expect(weights([32, 10]).parameters).toBe(330);
});

test('computes x W^T + b over the last axis of any shape [L01]', async () => {
  const layer = new Linear(4, 3);
  layer.loadStateDict({
    weight: tensor([[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0, -0.45, -0.2, 0.03]]),
    bias: tensor([0, 0.2, -0.3]),
  });
  const x = tensor([-15, 22, -44, 56]);
  await expectClose(layer.forward(x), [-2.85, 0.86, 0.28]);
  await expectClose(layer.forward(x.reshape(1, 1, 4)), [[[-2.85, 0.86, 0.28]]]);
});

test('starts uniform within 1 / sqrt(in), from the given generator', async () => {
  const layer = new Linear(25, 400, { generator: new Generator(3) });
  const values = [...(await layer.weight.data()), ...(await layer.bias!.data())];
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.2);
  expect(Math.max(...values)).toBeGreaterThan(0.199);
  expect(Math.min(...values)).toBeLessThan(-0.199);
  const again = new Linear(25, 400, { generator: new Generator(3) });
  expect(await again.weight.data()).toEqual(await layer.weight.data());
});

test('refuses what does not fit and says what would', () => {
  const layer = new Linear(784, 128);
  expect(() => layer.forward(ones([32, 100]))).toThrow('Linear(784, 128): the input has shape [32, 100]; expected [..., 784].');
  expect(() => layer.forward(ones([]))).toThrow('the input has shape []');
  expect(() => layer.forward(zeros([784], { dtype: 'int32' }))).toThrow(
    "Linear: the input is int32; expected float32. Convert it: .cast('float32').",
  );
  expect(() => layer.forward([1] as unknown as Tensor)).toThrow('Linear: the input is an array; expected a tensor');
  expect(() => new Linear(0, 2)).toThrow('Linear: inFeatures is 0; expected a whole number >= 1.');
  expect(() => new Linear(2, 1.5)).toThrow('Linear: outFeatures is 1.5');
});
