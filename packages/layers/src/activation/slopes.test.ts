/** Derivatives of all activations: against differences, at their kinks, and far from 0. */
import { gradients, numericGradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BinaryStep, CELU, ELU, GELU, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid, Mish, ReLU, ReLU6, RReLU, SELU,
  Sigmoid, SiLU, Softplus, Softshrink, Softsign, Swish, Tanh, Tanhshrink, Threshold, type Layer,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const smooth = (): Layer[] => [
  new ELU(), new CELU({ alpha: 0.7 }), new SELU(), new GELU(), new GELU({ approximate: 'tanh' }), new SiLU(), new Swish({ beta: 1.7 }),
  new Mish(), new Sigmoid(), new LogSigmoid(), new Tanh(), new Tanhshrink(), new Softplus(), new Softplus({ beta: 2.5, threshold: 4 }),
  new Softsign(),
];
const kinked = (): Layer[] => [
  new ReLU(), new ReLU6(), new LeakyReLU(), new RReLU().eval(), new Hardtanh(), new Hardsigmoid(), new Hardswish(), new Hardshrink(),
  new Softshrink(), new Threshold(0.1, 20), new BinaryStep(),
];
const all = (): Layer[] => [...smooth(), ...kinked()];

async function slopes(layer: Layer, at: number[]): Promise<number[]> {
  const z = track(tensor(at));
  const [gradient] = gradients(layer.forward(z).sum(), [z]);
  return [...(await gradient!.data())];
}

test.each(all())('the derivative of %s is that of its values', async (layer) => {
  const z = tensor([-7.3, -2.6, -0.7, -0.2, 0.3, 0.9, 2.4, 7.7], { dtype: 'float64' });
  const f = (t: Tensor): Tensor => layer.forward(t).sum();
  const tracked = track(z);
  const [exact] = gradients(f(tracked), [tracked]);
  const [numeric] = await numericGradients(f, [z], 1e-6);
  await expectClose(exact!, [...numeric!]);
});

describe('derivatives at kinks are those of PyTorch', () => {
  test.each<[Layer, at: number[], expected: number[]]>([
    [new ReLU(), [0], [0]],
    [new ReLU6(), [0, 6], [0, 0]],
    [new LeakyReLU({ negativeSlope: 0.2 }), [0], [0.2]],
    [new ELU({ alpha: 0.5 }), [0], [0.5]],
    [new CELU({ alpha: 0.5 }), [0], [1]],
    [new SELU(), [0], [1.7580993408]],
    [new Hardtanh(), [-1, 1], [0, 0]],
    [new Hardsigmoid(), [-3, 3], [0, 0]],
    [new Hardswish(), [-3, 3], [-0.5, 1.5]],
    [new Hardshrink({ lambd: 0.5 }), [-0.5, 0.5], [0, 0]],
    [new Softshrink({ lambd: 0.5 }), [-0.5, 0.5], [0, 0]],
    [new Threshold(0.5, 3), [0.5], [0]],
    [new Softsign(), [0], [1]],
    [new LogSigmoid(), [0], [0.5]],
    [new BinaryStep(), [0], [0]],
  ])('%s at %j [L64 E05]', async (layer, at, expected) => {
    const found = await slopes(layer, at);
    found.forEach((slope, i) => expect(slope).toBeCloseTo(expected[i]!, 6));
  });
});

test.each(all())('%s is finite at -1000 and 1000, and so is its derivative [L13]', async (layer) => {
  const values = await layer.forward(tensor([-1000, 1000])).data();
  expect([...values, ...(await slopes(layer, [-1000, 1000]))].every(Number.isFinite)).toBe(true);
});

test.each(all())('%s keeps NaN, or replaces nothing else by it', async (layer) => {
  const [nan, zero] = await layer.forward(tensor([NaN, 0])).data();
  expect(nan).toBeNaN();
  expect(zero).not.toBeNaN();
});

test('the derivative of Softplus is the sigmoid, also of its second derivative and far out [L13]', async () => {
  const at = [-1000, -3, 0, 3, 1000];
  const expected = at.map((x) => 1 / (1 + Math.exp(-x)));
  (await slopes(new Softplus(), at)).forEach((slope, i) => expect(slope).toBeCloseTo(expected[i]!, 6));
});

test('second derivatives of LogSigmoid are right at 0 too', async () => {
  const z = track(tensor([-1, 0, 1], { dtype: 'float64' }));
  const [first] = gradients(new LogSigmoid().forward(z).sum(), [z]);
  const [second] = gradients(first!.sum(), [z]);
  await expectClose(second!, [-0.1966119332, -0.25, -0.1966119332]);
});
