import { backward, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { ones, parameter, sum, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BinaryStep, CELU, ELU, GELU, Hardswish, Identity, LeakyReLU, LogSoftmax, PReLU, ReLU, ReLU6, RReLU, Sigmoid, Softmax, Softplus, Swish,
  Tanh, type Layer,
} from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const x = [-3, -1, -0.5, 0, 0.5, 1, 3, 7];
const table: [title: string, Layer, number[]][] = [
  [
    'Sigmoid has the tabulated values [L04]',
    new Sigmoid(),
    [0.04742587318, 0.2689414214, 0.3775406688, 0.5, 0.6224593312, 0.7310585786, 0.9525741268, 0.9990889488],
  ],
  [
    'Tanh has the tabulated values [L05]',
    new Tanh(),
    [-0.9950547537, -0.761594156, -0.4621171573, 0, 0.4621171573, 0.761594156, 0.9950547537, 0.9999983369],
  ],
  ['ReLU has the tabulated values [L06]', new ReLU(), [0, 0, 0, 0, 0.5, 1, 3, 7]],
  ['ReLU6 has the tabulated values [L10]', new ReLU6(), [0, 0, 0, 0, 0.5, 1, 3, 6]],
  ['LeakyReLU has the tabulated values for its default slope 0.01 [L07]', new LeakyReLU(), [-0.03, -0.01, -0.005, 0, 0.5, 1, 3, 7]],
  [
    'LeakyReLU has the tabulated values for a slope of 0.1 [L07 E13]',
    new LeakyReLU({ negativeSlope: 0.1 }),
    [-0.3, -0.1, -0.05, 0, 0.5, 1, 3, 7],
  ],
  ['PReLU has the tabulated values for its first slope 0.25 [L08]', new PReLU(), [-0.75, -0.25, -0.125, 0, 0.5, 1, 3, 7]],
  ['PReLU with slopes of 0 is a ReLU [L08]', new PReLU(1, { init: 0 }), [0, 0, 0, 0, 0.5, 1, 3, 7]],
  ['ELU has the tabulated values [L09]', new ELU(), [-0.9502129316, -0.6321205588, -0.3934693403, 0, 0.5, 1, 3, 7]],
  ['CELU with alpha 1 is an ELU [L64]', new CELU(), [-0.9502129316, -0.6321205588, -0.3934693403, 0, 0.5, 1, 3, 7]],
  [
    'Swish has the tabulated values [L11]',
    new Swish(),
    [-0.1422776195, -0.2689414214, -0.1887703344, 0, 0.3112296656, 0.7310585786, 2.85772238, 6.993622642],
  ],
  [
    'Hardswish has the tabulated values [L12]',
    new Hardswish(),
    [0, -0.3333333333, -0.2083333333, 0, 0.2916666667, 0.6666666667, 3, 7],
  ],
  [
    'Softplus has the tabulated values [L13]',
    new Softplus(),
    [0.04858735157, 0.3132616875, 0.4740769842, 0.6931471806, 0.9740769842, 1.313261688, 3.048587352, 7.000911466],
  ],
  ['BinaryStep has the tabulated values [L03]', new BinaryStep(), [0, 0, 0, 1, 1, 1, 1, 1]],
  ['Identity has the tabulated values [L02]', new Identity(), x],
  ['RReLU in evaluation has the mean slope', new RReLU({ lower: 0, upper: 0.5 }).eval(), [-0.75, -0.25, -0.125, 0, 0.5, 1, 3, 7]],
];

test.each(table)('%s', async (_, layer, values) => {
  await expectClose(layer.forward(tensor(x)), values);
});

test('exact GELU and its approximation [L64]', async () => {
  await expectClose(new GELU().forward(tensor([-1, 0, 2])), [-0.1586552539, 0, 1.9544997361]);
  await expectClose(new GELU({ approximate: 'tanh' }).forward(tensor([-1, 0, 2])), [-0.1588079984, 0, 1.9545976940]);
});

async function derivative(layer: Layer, at: number[]): Promise<Tensor> {
  const p = parameter(tensor(at));
  return backward(layer.forward(p).sum()).get(p) as Tensor;
}

test('derivatives at -10, 0 and 10 [L04 L05 L06 E05]', async () => {
  await expectClose(await derivative(new Sigmoid(), [-10, 0, 10]), [4.539580774e-5, 0.25, 4.539580774e-5]);
  await expectClose(await derivative(new ReLU(), [-10, 0, 10]), [0, 0, 1]);
  // 1 - tanh^2 cancels far from 0; the exact 8.24e-9 is below what float32 can show.
  await expectClose(await derivative(new Tanh(), [-10, 0, 10]), [0, 1, 0]);
});

test('nothing overflows far from 0 [L04 L05 L14]', async () => {
  const far = tensor([-1000, 1000]);
  expect(await new Sigmoid().forward(far).array()).toEqual([0, 1]);
  expect(await new Tanh().forward(far).array()).toEqual([-1, 1]);
  expect(await (await derivative(new Sigmoid(), [-1000, 1000])).array()).toEqual([0, 0]);
  expect(await new Softmax({ dim: 0 }).forward(tensor([1000, 0])).array()).toEqual([1, 0]);
  expect(await new LogSoftmax({ dim: 0 }).forward(tensor([1000, 0])).array()).toEqual([0, -1000]);
});

describe('Softmax', () => {
  test('of 5, 2, -1, 3, and does not change with a shift [L14]', async () => {
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
