/** Activations with weights, gates, random slopes or gradients of their own. */
import { backward, dense, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, concat, Generator, linear, manualSeed, ones, randn, silu, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BinaryStep, binaryStep, CELU, elu, GLU, glu, Hardtanh, init, leakyRelu, Linear, Maxout, maxout, PReLU, prelu, RReLU, rrelu, Sequential,
  softmin, Softmin, Softmax2d, Softplus, softshrink, swiglu, SwiGLU, Swish, Threshold,
} from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

test('two linear layers without an activation are one: W2 W1 [L02]', async () => {
  const [first, second] = [new Linear(3, 5, { bias: false }), new Linear(5, 2, { bias: false })];
  const x = randn([4, 3]);
  const both = await new Sequential(first, second).forward(x).array();
  await expectClose(linear(x, second.weight.matmul(first.weight)), both);
});

describe('BinaryStep', () => {
  const slope = async (gradient: 'zero' | 'straightThrough' | 'clipped'): Promise<unknown> => {
    const x = track(tensor([-2, -0.5, 0, 0.5, 2]));
    const [found] = gradients(binaryStep(x, { gradient }), [x], { gradOutputs: tensor([1, 2, 3, 4, 5]) });
    return found!.array();
  };

  test('has derivative 0, or passes the gradient through where asked [L03]', async () => {
    expect(await slope('zero')).toEqual([0, 0, 0, 0, 0]);
    expect(await slope('straightThrough')).toEqual([1, 2, 3, 4, 5]);
    expect(await slope('clipped')).toEqual([0, 2, 3, 4, 0]);
  });

  test('refuses an unknown gradient', () => {
    expect(() => new BinaryStep({ gradient: 'none' as 'zero' })).toThrow(
      "BinaryStep: the gradient is 'none'; expected 'zero', 'straightThrough' or 'clipped'.",
    );
  });
});

describe('PReLU', () => {
  test('has a slope per channel, which gets the gradient of what is negative in its channel [L08]', async () => {
    const layer = new PReLU(2);
    init.initialise(layer.weight, tensor([0.5, 0.25]));
    const x = tensor([[[-1, 2], [-4, -8]], [[3, -5], [1, 0]]]);
    const y = layer.forward(x);
    await expectClose(y, [[[-0.5, 2], [-1, -2]], [[3, -2.5], [1, 0]]]);
    const gradient = dense(backward(y.sum()).get(layer.weight)!);
    expect(await gradient.array()).toEqual([-6, -12]);
  });

  test('shares one slope among inputs of any rank [L08]', async () => {
    const layer = new PReLU();
    expect(await layer.forward(tensor(-2)).item()).toBe(-0.5);
    const gradient = dense(backward(layer.forward(tensor([[-1, 3], [-2, -4]])).sum()).get(layer.weight)!);
    expect(await gradient.array()).toEqual([-7]);
    expect(Object.keys(layer.stateDict())).toEqual(['weight']);
  });

  test('refuses slopes that do not fit', () => {
    expect(() => prelu(ones([2, 3]), ones([2]))).toThrow('prelu: the weight has shape [2] and the input [2, 3]; expected [1]');
    expect(() => prelu(ones([3]), ones([3]))).toThrow('the weight has shape [3]');
    expect(() => new PReLU(0)).toThrow('PReLU: numParameters is 0');
  });
});

describe('RReLU', () => {
  test('draws slopes between its limits while training, others at every call, and none in evaluation', async () => {
    const layer = new RReLU({ lower: 0.2, upper: 0.4, generator: new Generator(3) });
    const step = compile((x: Tensor) => layer.forward(x));
    const x = ones([5000]).neg();
    const [a, b] = [await step(x).data(), await step(x).data()];
    expect(a).not.toEqual(b);
    expect(Math.min(...a)).toBeGreaterThan(-0.4);
    expect(Math.max(...a)).toBeLessThan(-0.2);
    expect([...a].reduce((sum, v) => sum + v) / a.length).toBeCloseTo(-0.3, 2);
    expect((await layer.eval().forward(x).data())[0]).toBeCloseTo(-0.3, 6);
    expect(await rrelu(tensor([3]), { training: true }).array()).toEqual([3]);
  });

  test('the same seed draws the same slopes', async () => {
    const draw = (): Promise<unknown> => {
      manualSeed(4);
      return new RReLU().forward(tensor([-1, -1, -1])).array();
    };
    expect(await draw()).toEqual(await draw());
  });
});

describe('gated units', () => {
  test('GLU gates the first half by the sigmoid of the second [L64]', async () => {
    await expectClose(glu(tensor([[1, 2, 0, 1000], [3, 4, -1000, 0]])), [[0.5, 2], [0, 2]]);
    await expectClose(new GLU({ dim: 0 }).forward(tensor([[1, 2], [0, 0]])), [[0.5, 1]]);
    expect(() => glu(ones([2, 3]))).toThrow('glu: the input has shape [2, 3]; axis -1 must have an even size, to be halved.');
  });

  test('SwiGLU is the function on both projections, followed by a third [L64]', async () => {
    const layer = new SwiGLU(3, 4, { outFeatures: 2, bias: true });
    const x = randn([5, 3]);
    const hidden = swiglu(concat([layer.w1.forward(x), layer.w3.forward(x)], -1));
    await expectClose(layer.forward(x), (await layer.w2.forward(hidden).array()));
    expect(Object.keys(new SwiGLU(3, 4).stateDict()).sort()).toEqual(['w1.weight', 'w2.weight', 'w3.weight']);
  });

  test('Swish learns its beta where asked', async () => {
    const layer = new Swish({ beta: 2, learnable: true });
    const loss = layer.forward(tensor([1])).sum();
    const s = 1 / (1 + Math.exp(-2));
    expect(await loss.item()).toBeCloseTo(s, 6);
    expect(await dense(backward(loss).get(layer.parameters()[0]!)!).item()).toBeCloseTo(s * (1 - s), 6);
    await expectClose(new Swish().forward(tensor([0.7])), (await silu(tensor([0.7])).array()));
  });
});

describe('Maxout', () => {
  test('is the largest of its affine maps: max(W1 x + b1, W2 x + b2) [L15]', async () => {
    const layer = new Maxout(2, 2, 2);
    // The pieces of a unit are neighbours: W1 and W2 row by row.
    init.initialise(layer.weight, tensor([[1, -1], [-1, 1], [0.5, 0.5], [1, 0]]));
    init.initialise(layer.bias!, tensor([0, 0.5, 1, 0]));
    await expectClose(layer.forward(tensor([1, 2])), [1.5, 2.5]);
  });

  test('takes any number of pieces, along any axis, and passes the gradient to the largest [L15]', async () => {
    const x = track(tensor([[1, 5, 2, -3, -1, -2]]));
    const y = maxout(x, 3);
    expect(await y.array()).toEqual([[5, -1]]);
    const [gradient] = gradients(y.sum(), [x]);
    expect(await gradient!.array()).toEqual([[0, 1, 0, 0, 1, 0]]);
    expect(maxout(ones([6, 2]), 2, { dim: 0 }).shape).toEqual([3, 2]);
    expect(() => maxout(ones([5]), 2)).toThrow('maxout: the input has shape [5]; the size of axis -1 must be a multiple of 2 pieces.');
  });
});

test('softmin and the softmax over channels sum to 1 [L14]', async () => {
  await expectClose(softmin(tensor([[0, Math.log(3)]]), { dim: 1 }), [[0.75, 0.25]]);
  await expectClose(new Softmax2d().forward(randn([2, 5, 3, 4])).sum({ dim: 1 }), (await ones([2, 3, 4]).array()));
  expect(() => new Softmax2d().forward(ones([2, 3]))).toThrow('expected [batch, channels, height, width] or [channels, height, width]');
  expect(() => new Softmin(undefined as unknown as { dim: number })).toThrow('Softmin: dim is undefined; expected an axis');
});

test('options that make no sense and inputs of other types are refused', () => {
  expect(() => leakyRelu(ones([1]), { negativeSlope: NaN })).toThrow('leakyRelu: negativeSlope is NaN; expected a finite number.');
  expect(() => new CELU({ alpha: 0 })).toThrow('CELU: alpha is 0; expected a finite number other than 0.');
  expect(() => new Hardtanh({ minVal: 1, maxVal: 1 })).toThrow('expected minVal < maxVal');
  expect(() => new RReLU({ lower: 0.5, upper: 0.1 })).toThrow('RReLU: lower is 0.5 and upper 0.1; expected lower <= upper.');
  expect(() => softshrink(zeros([1]), { lambd: -1 })).toThrow('softshrink: lambd is -1; expected a finite number >= 0.');
  expect(() => new Softplus({ beta: 0 })).toThrow('Softplus: beta is 0; expected a finite number > 0.');
  expect(() => new Threshold(NaN, 0)).toThrow('Threshold: the threshold is NaN; expected a number.');
  expect(() => elu(ints([1]))).toThrow("elu: the input is int32; expected a floating-point tensor. Convert it: .cast('float32').");
});
