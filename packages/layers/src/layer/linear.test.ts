import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { Generator, ones, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import { Linear, weightPenalty } from '../index';
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

test('32 inputs and 10 outputs make 330 parameters', () => {
  expect(weights([32, 10]).parameters).toBe(330);
});

test('computes x W^T + b over the last axis of any shape', async () => {
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

test('the penalties of one weight matrix', async () => {
  const layer = new Linear(2, 2);
  layer.loadStateDict({ weight: tensor([[1, -2], [3, 0.5]]), bias: tensor([5, 5]) });
  expect(await weightPenalty(layer, { l1: 1 }).item()).toBe(6.5);
  expect(await weightPenalty(layer, { l2: 1 }).item()).toBe(14.25);
  expect(await weightPenalty(layer, { l1: 1, l2: 0.5 }).item()).toBe(13.625);
  const penalty = weightPenalty(layer, { l2: 0.1 / (2 * 10) });
  await expectClose(penalty, 0.07125);
  const gradients = backward(penalty);
  await expectClose(gradients.get(layer.weight) as Tensor, [[0.01, -0.02], [0.03, 0.005]]);
  expect(gradients.get(layer.bias!)).toBeUndefined();
  expect(await weightPenalty(layer, { l1: 1, biases: true }).item()).toBe(16.5);
});

test('an L1 penalty makes weights zero where an L2 penalty only shrinks them', async () => {
  // Only the first of four inputs matters; proximal steps keep the L1 solution exact.
  const x = tensor([[1, 0.1, 0, 0], [0, 1, 0.1, 0], [1, 0, 1, 0.1], [0.5, 0.5, 0, 1]]);
  const y = tensor([[2], [0], [2], [1]]);
  const train = async (l1: number, l2: number): Promise<number[]> => {
    const layer = new Linear(4, 1, { bias: false, generator: new Generator(1) });
    for (let step = 0; step < 400; step++) {
      const loss = layer.forward(x).sub(y).square().mean().add(weightPenalty(layer, { l1, l2 }));
      for (const [p, g] of backward(loss)) p.assign(p.sub((g as Tensor).mul(0.05)));
    }
    return [...(await layer.weight.data())];
  };
  const lasso = await train(0.1, 0);
  const ridge = await train(0, 0.1);
  const small = (w: readonly number[]): number => w.slice(1).filter((v) => Math.abs(v) < 0.01).length;
  expect(small(lasso)).toBe(3);
  expect(small(ridge)).toBeLessThan(3);
  expect(lasso[0]).toBeGreaterThan(1);
});
