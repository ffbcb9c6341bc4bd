import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { assignAll, compile, linspace, manualSeed, ones, sin, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Add, Concat, Conv2d, Flatten, Identity, Lambda, Linear, mseLoss, Parallel, Permute, ReLU, Reshape, Residual, Sequential, Unflatten,
  type Layer,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

function linear(weight: number[][], bias: number[]): Linear {
  const layer = new Linear(weight[0]!.length, weight.length);
  layer.loadStateDict({ weight: tensor(weight), bias: tensor(bias) });
  return layer;
}

describe('Residual', () => {
  test('with zero weights is the identity on non-negative input [L50]', async () => {
    const block = new Residual(linear([[0, 0], [0, 0]], [0, 0]), { activation: new ReLU() });
    await expectClose(block.forward(tensor([1, 2])), [1, 2]);
  });

  test('adds the input to the body before the activation', async () => {
    const block = new Residual(linear([[1, 0], [0, -5]], [0, 0]), { activation: new ReLU() });
    await expectClose(block.forward(tensor([[1, 2]])), [[2, 0]]);
  });

  test('projects the input where the body changes its shape, and says so when there is no projection [L50]', () => {
    const body = new Sequential(new Conv2d(3, 8, 3, { stride: 2, padding: 1 }));
    const block = new Residual(body, { projection: new Conv2d(3, 8, 1, { stride: 2 }) });
    expect(block.forward(ones([1, 3, 8, 8])).shape).toEqual([1, 8, 4, 4]);
    expect(Object.keys(block.stateDict())).toEqual(['body.0.weight', 'body.0.bias', 'projection.weight', 'projection.bias']);
    expect(() => new Residual(body).forward(ones([1, 3, 8, 8]))).toThrow(
      'Residual: the body turns [1, 3, 8, 8] into [1, 8, 4, 4], and these cannot be added. Give a { projection }',
    );
    expect(() => new Residual(body, new ReLU() as never)).toThrow('put several layers into a Sequential');
  });

  test('30 layers learn a curve with skip connections and not without [L50]', async () => {
    const x = linspace(-1, 1, 32).reshape(32, 1);
    const y = sin(x.mul(3));
    const train = async (wrap: (body: Layer) => Layer): Promise<number> => {
      manualSeed(1);
      const blocks = Array.from({ length: 14 }, () => wrap(new Sequential(new Linear(8, 8), new ReLU(), new Linear(8, 8))));
      const net = new Sequential(new Linear(1, 8), ...blocks, new Linear(8, 1));
      const step = compile((inputs: Tensor, targets: Tensor) => {
        const loss = mseLoss(net.forward(inputs), targets);
        assignAll([...backward(loss)].map(([p, g]) => [p, p.sub((g as Tensor).mul(0.01))]));
        return loss;
      });
      for (let i = 0; i < 60; i++) step(x, y);
      return step(x, y).item();
    };
    const plain = await train((body) => body);
    const residual = await train((body) => new Residual(body));
    expect(plain).toBeGreaterThan(0.3); // no better than the mean of y
    expect(residual).toBeLessThan(plain / 3);
  });
});

describe('branches', () => {
  test('Concat joins them along the channels, or another axis [L26]', async () => {
    const block = new Concat([linear([[1, 0]], [0]), new Identity(), linear([[0, 2]], [1])]);
    await expectClose(block.forward(tensor([[3, 4]])), [[3, 3, 4, 9]]);
    expect(Object.keys(block.stateDict())).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    expect(new Concat([new Identity(), new Identity()], { dim: -2 }).forward(ones([2, 5])).shape).toEqual([4, 5]);
    const gradients = backward(block.forward(tensor([[3, 4]])).sum());
    await expectClose(gradients.get(block.parameters()[0]!) as Tensor, [[3, 4]]);
  });

  test('an inception block keeps the size and adds up the channels [L26]', () => {
    const block = new Concat([
      new Conv2d(192, 64, 1),
      new Conv2d(192, 128, 3, { padding: 'same' }),
      new Conv2d(192, 32, 5, { padding: 'same' }),
      new Conv2d(192, 32, 1),
    ]);
    expect(block.forward(ones([1, 192, 28, 28])).shape).toEqual([1, 256, 28, 28]);
  });

  test('Add sums them, Parallel gives them all [L26]', async () => {
    const layers = [new Identity(), linear([[2, 0], [0, 2]], [1, 1])];
    await expectClose(new Add(layers).forward(tensor([[1, 2]])), [[4, 7]]);
    const outputs = new Parallel(layers).forward(tensor([[1, 2]]));
    await expectClose(outputs[1]!, [[3, 5]]);
    expect(outputs).toHaveLength(2);
  });

  test('shapes that do not fit are named', () => {
    const layers = [new Conv2d(1, 2, 3), new Conv2d(1, 2, 1)];
    expect(() => new Concat(layers).forward(ones([1, 1, 4, 4]))).toThrow(
      'Concat: the outputs of the branches have shapes [1, 2, 2, 2], [1, 2, 4, 4]; they may differ along dim 1 only.',
    );
    expect(() => new Add(layers).forward(ones([1, 1, 4, 4]))).toThrow('Add: the outputs of the branches have shapes [1, 2, 2, 2], [1, 2, 4, 4]');
    expect(() => new Concat([])).toThrow('Concat: give an array of at least one layer.');
    expect(() => new Add([ReLU as never])).toThrow('Add: branch 0 is the function or class ReLU; expected a module');
  });
});

test('Reshape, Unflatten and Permute move elements and let gradients through [L26]', async () => {
  const x = tensor([[1, 2, 3, 4, 5, 6]]);
  await expectClose(new Reshape([3, -1]).forward(x), [[[1, 2], [3, 4], [5, 6]]]);
  await expectClose(new Unflatten(1, [2, 3]).forward(x), [[[1, 2, 3], [4, 5, 6]]]);
  const net = new Sequential(linear([[1], [2], [3], [4]], [0, 0, 0, 0]), new Reshape([2, 2]), new Permute([0, 2, 1]), new Flatten());
  const y = net.forward(tensor([[1]]));
  await expectClose(y, [[1, 3, 2, 4]]);
  const gradients = backward(y.mul(tensor([[1, 10, 100, 1000]])).sum());
  await expectClose(gradients.get(net.parameters()[0]!) as Tensor, [[1], [100], [10], [1000]]);
  expect(String(net)).toContain('(1): Reshape([2, 2])');
  expect(() => new Reshape(4 as never)).toThrow('Reshape: the shape is the number 4; expected an array of whole numbers >= -1.');
  expect(() => new Permute([0.5])).toThrow('Permute: dims is [0.5]; expected an array');
});

test('Lambda makes a function a layer', async () => {
  const net = new Sequential(new Lambda((x) => x.mul(2)), new Lambda(function square(x) { return x.square(); }));
  await expectClose(net.forward(tensor([3])), [36]);
  expect(String(net.at(1))).toBe('Lambda(square)');
  expect(() => new Lambda(ReLU as never)).toThrow('Lambda: got the function or class ReLU; expected a function from a tensor to a tensor.');
});
