import { backward, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ones, parameter, sum, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { GELU, Identity, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh, type Layer } from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const x = [-3, -1, -0.5, 0, 0.5, 1, 3, 7];
const table: [Layer, number[]][] = [
  [
    new Sigmoid(),
    [0.04742587318, 0.2689414214, 0.3775406688, 0.5, 0.6224593312, 0.7310585786, 0.9525741268, 0.9990889488],
  ],
  [
    new Tanh(),
    [-0.9950547537, -0.761594156, -0.4621171573, 0, 0.4621171573, 0.761594156, 0.9950547537, 0.9999983369],
  ],
  [new ReLU(), [0, 0, 0, 0, 0.5, 1, 3, 7]],
  [new Identity(), x],
];

test.each(table)('%s has the tabulated values', async (layer, values) => {
  await expectClose(layer.forward(tensor(x)), values);
});

test('exact GELU and its approximation', async () => {
  await expectClose(new GELU().forward(tensor([-1, 0, 2])), [-0.1586552539, 0, 1.9544997361]);
  await expectClose(new GELU({ approximate: 'tanh' }).forward(tensor([-1, 0, 2])), [-0.1588079984, 0, 1.9545976940]);
});

async function derivative(layer: Layer, at: number[]): Promise<Tensor> {
  const p = parameter(tensor(at));
  return backward(layer.forward(p).sum()).get(p) as Tensor;
}

test('derivatives at -10, 0 and 10', async () => {
  await expectClose(await derivative(new Sigmoid(), [-10, 0, 10]), [4.539580774e-5, 0.25, 4.539580774e-5]);
  await expectClose(await derivative(new ReLU(), [-10, 0, 10]), [0, 0, 1]);
  // 1 - tanh^2 cancels far from 0; the exact 8.24e-9 is below what float32 can show.
  await expectClose(await derivative(new Tanh(), [-10, 0, 10]), [0, 1, 0]);
});

test('nothing overflows far from 0', async () => {
  const far = tensor([-1000, 1000]);
  expect(await new Sigmoid().forward(far).array()).toEqual([0, 1]);
  expect(await new Tanh().forward(far).array()).toEqual([-1, 1]);
  expect(await (await derivative(new Sigmoid(), [-1000, 1000])).array()).toEqual([0, 0]);
  expect(await new Softmax({ dim: 0 }).forward(tensor([1000, 0])).array()).toEqual([1, 0]);
  expect(await new LogSoftmax({ dim: 0 }).forward(tensor([1000, 0])).array()).toEqual([0, -1000]);
});

describe('Softmax', () => {
  test('of 5, 2, -1, 3', async () => {
    const a = [0.8420335724, 0.04192238304, 0.00208719255, 0.113956852];
    await expectClose(new Softmax({ dim: 0 }).forward(tensor([5, 2, -1, 3])), a);
    await expectClose(new Softmax({ dim: 0 }).forward(tensor([105, 102, 99, 103])), a);
    await expectClose(new LogSoftmax({ dim: 0 }).forward(tensor([5, 2, -1, 3])), a.map(Math.log));
  });

  test('sums to 1 along its axis', async () => {
    const y = new Softmax({ dim: 1 }).forward(tensor([[1, 2], [3, 4]]).unsqueeze(2).expand(2, 2, 3));
    await expectClose(sum(y, { dim: 1 }), [[1, 1, 1], [1, 1, 1]]);
  });

  test('has a gradient that sums to 0', async () => {
    const z = track(tensor([5, 2, -1, 3]));
    const [gradient] = gradients(new Softmax({ dim: 0 }).forward(z), [z], { gradOutputs: tensor([1, 0, 0, 0]) });
    const a = [0.8420335724, 0.04192238304, 0.00208719255, 0.113956852];
    await expectClose(gradient!, a.map((v, i) => a[0]! * ((i === 0 ? 1 : 0) - v)));
  });

  test('needs an axis', () => {
    expect(() => new Softmax(undefined as unknown as { dim: number })).toThrow('Softmax: dim is undefined; expected an axis');
    expect(() => new LogSoftmax({ dim: 2 }).forward(ones([2, 2]))).toThrow('dim 2 is out of range');
    expect(() => new Softmax({ dim: 0 }).forward(ints([1]))).toThrow('Softmax: the input is int32; expected a floating-point tensor');
  });
});

test('an unknown approximation is refused', () => {
  expect(() => new GELU({ approximate: 'erf' as 'none' })).toThrow("GELU: approximate is 'erf'; expected 'none' or 'tanh'.");
});
