import { cpu } from '@cotangent/backend-cpu';
import { concat, conv2d, ones, pad, randn, sum, tensor, use, zeros, type NestedArray } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  AvgPool2d, Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, DepthwiseConv2d, Flatten, Fold, MaxPool2d,
  SeparableConv2d, Sequential, Unfold, type Module,
} from '../index';
import { expectClose } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

/** Side of the output of an n x n image. */
function side(n: number, layer: Conv2d | MaxPool2d): number {
  return layer.forward(ones([1, 1, n, n])).shape[3]!;
}

/** A layer without bias that has the given kernel. */
function withKernel<L extends Module>(layer: L, kernel: NestedArray): L {
  layer.loadStateDict({ weight: tensor(kernel) });
  return layer;
}

describe('sizes', () => {
  test('are floor((n + 2p - f) / s) + 1 [L27 E10]', () => {
    expect(side(6, new Conv2d(1, 1, 3))).toBe(4);
    expect(side(6, new Conv2d(1, 1, 3, { padding: 1 }))).toBe(6);
    expect(side(7, new Conv2d(1, 1, 3, { stride: 2 }))).toBe(3);
    expect([1, 2, 3].map((stride) => side(7, new Conv2d(1, 1, 3, { stride })))).toEqual([5, 3, 2]);
    expect(side(8, new Conv2d(1, 1, 3))).toBe(6);
    expect(side(227, new Conv2d(1, 1, 11, { stride: 4 }))).toBe(55);
    expect(side(55, new MaxPool2d(3, { stride: 2 }))).toBe(27);
  });

  test('of a stack end in 1960 numbers [L27]', () => {
    const net = new Sequential(
      new Conv2d(3, 10, 3),
      new Conv2d(10, 20, 5, { stride: 2 }),
      new Conv2d(20, 40, 5, { stride: 2 }),
      new Flatten(),
    );
    expect(net.forward(ones([1, 3, 39, 39])).shape).toEqual([1, 1960]);
  });

  test("'same' keeps the size, also with an even kernel [L27 E21]", () => {
    expect(side(6, new Conv2d(1, 1, 3, { padding: 'same' }))).toBe(6);
    expect(side(6, new Conv2d(1, 1, 4, { padding: 'same' }))).toBe(6);
    expect(side(6, new Conv2d(1, 1, 3, { padding: 'valid' }))).toBe(4);
  });
});

describe('parameters', () => {
  const count = (m: Module): number => m.parameters().reduce((n, p) => n + p.size, 0);

  test('are (f f c + 1) per filter [L30]', () => {
    const layer = new Conv2d(3, 10, 5, { padding: 2 });
    expect(count(layer)).toBe(760);
    expect(layer.forward(ones([1, 3, 32, 32])).shape).toEqual([1, 10, 32, 32]);
    expect(count(new Conv2d(3, 6, 5))).toBe(456);
    expect(count(new Sequential(...[0, 1, 2].map(() => new Conv2d(64, 64, 3, { bias: false }))))).toBe(110592);
    expect(count(new Conv2d(64, 64, 7, { bias: false }))).toBe(200704);
  });

  test('have the layouts of PyTorch', () => {
    expect(new Conv1d(4, 6, 3, { groups: 2 }).weight.shape).toEqual([6, 2, 3]);
    expect(new Conv2d(4, 6, [3, 5]).weight.shape).toEqual([6, 4, 3, 5]);
    expect(new Conv3d(4, 6, 3).weight.shape).toEqual([6, 4, 3, 3, 3]);
    expect(new ConvTranspose2d(4, 6, 3, { groups: 2 }).weight.shape).toEqual([4, 3, 3, 3]);
    expect(Object.keys(new Conv2d(1, 1, 1).stateDict())).toEqual(['weight', 'bias']);
  });

  test('start within 1 / sqrt(fan in)', async () => {
    const layer = new Conv2d(4, 256, 3);
    const values = [...(await layer.weight.data()), ...(await layer.bias!.data())].map(Math.abs);
    expect(Math.max(...values)).toBeLessThanOrEqual(1 / 6 + 1e-7);
    expect(Math.max(...values)).toBeGreaterThan(0.166);
  });
});

describe('values', () => {
  test('a vertical edge filter [L27]', async () => {
    const x = tensor([
      [3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3], [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8], [2, 4, 5, 2, 3, 9],
    ]);
    const layer = withKernel(new Conv2d(1, 1, 3, { bias: false }), [[[[1, 0, -1], [1, 0, -1], [1, 0, -1]]]]);
    await expectClose(layer.forward(x.reshape(1, 6, 6)), [[[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]]);
  });

  test('flipKernel makes it the convolution of mathematics [T18]', async () => {
    const kernel = [[[1, 2, 3]]];
    const impulse = tensor([[[0, 0, 1, 0, 0]]]);
    await expectClose(withKernel(new Conv1d(1, 1, 3, { bias: false }), kernel).forward(impulse), [[[3, 2, 1]]]);
    await expectClose(withKernel(new Conv1d(1, 1, 3, { bias: false, flipKernel: true }), kernel).forward(impulse), [[[1, 2, 3]]]);
  });

  test('a filter sees all channels: one that is 0 but for red ignores green and blue [L28]', async () => {
    const layer = new Conv2d(3, 2, 3);
    const red = ones([2, 1, 3, 3]);
    layer.loadStateDict({ weight: red.mul(tensor([1, 0, 0]).reshape(1, 3, 1, 1)), bias: tensor([0, 10]) });
    const image = tensor([1, 5, 7]).reshape(1, 3, 1, 1).expand(1, 3, 6, 6);
    const y = layer.forward(image);
    expect(y.shape).toEqual([1, 2, 4, 4]);
    await expectClose(sum(y, { dim: [2, 3] }), [[9 * 16, 19 * 16]]);
  });

  test('a 1 x 1 convolution is a matrix product at every place [L29]', async () => {
    const double = withKernel(new Conv2d(1, 1, 1, { bias: false }), [[[[2]]]]);
    await expectClose(double.forward(tensor([[[1, 2, 3]]])), [[[2, 4, 6]]]);
    const mix = withKernel(new Conv2d(2, 3, 1, { bias: false }), [[[[1]], [[2]]], [[[0]], [[1]]], [[[-1]], [[1]]]]);
    await expectClose(mix.forward(tensor([[[1, 2]], [[10, 20]]])), [[[21, 42]], [[10, 20]], [[9, 18]]]);
  });

  test('a transposed convolution adds a kernel for every input place [L34]', async () => {
    const layer = withKernel(new ConvTranspose2d(1, 1, 3, { stride: 2, bias: false }), [[[[1, 0, -1], [2, 1, 0], [0, 1, 2]]]]);
    await expectClose(layer.forward(tensor([[[1, 2], [3, 4]]])), [
      [[1, 0, 1, 0, -2], [2, 1, 4, 2, 0], [3, 1, 3, 2, 0], [6, 3, 8, 4, 0], [0, 3, 6, 4, 8]],
    ]);
  });

  test('a transposed convolution is the adjoint of the convolution with the same kernel [L34]', async () => {
    const forward = new Conv2d(2, 3, 3, { stride: 2, padding: 1, bias: false });
    const back = new ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1, bias: false });
    back.loadStateDict(forward.stateDict());
    const x = tensor(Array.from({ length: 50 }, (_, i) => Math.sin(i)), { shape: [1, 2, 5, 5] });
    const y = tensor(Array.from({ length: 27 }, (_, i) => Math.cos(3 * i)), { shape: [1, 3, 3, 3] });
    await expectClose(forward.forward(x).mul(y).sum(), await x.mul(back.forward(y)).sum().item());
  });

  test('pooling a 4 x 4 image [L31 L32 E32]', async () => {
    const x = tensor([[[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]]]);
    await expectClose(new MaxPool2d(2).forward(x), [[[9, 2], [6, 3]]]);
    await expectClose(new AvgPool2d(2).forward(x), [[[3.75, 1.25], [3.75, 2]]]);
  });
});

describe('dilated, grouped and separable convolutions', () => {
  const x = tensor(Array.from({ length: 4 * 36 }, (_, i) => Math.sin(i)), { shape: [1, 4, 6, 6] });

  test('a dilated kernel is a larger one with zeros between [L66]', async () => {
    const dilated = withKernel(new Conv1d(1, 1, 3, { dilation: 2, bias: false }), [[[1, 2, 3]]]);
    const wide = withKernel(new Conv1d(1, 1, 5, { bias: false }), [[[1, 0, 2, 0, 3]]]);
    const line = tensor([[3, 1, 4, 1, 5, 9, 2, 6]]);
    await expectClose(dilated.forward(line), await wide.forward(line).array());
  });

  test('groups are convolutions side by side [L66]', async () => {
    const grouped = new Conv2d(4, 6, 3, { groups: 2 });
    const halves = [0, 1].map((i) =>
      conv2d(x.index(null, [2 * i, 2 * i + 2]), grouped.weight.index([3 * i, 3 * i + 3]), grouped.bias!.index([3 * i, 3 * i + 3])),
    );
    await expectClose(grouped.forward(x), await concat(halves, 1).array());
  });

  test('depthwise: every channel has filters of its own [L66]', async () => {
    const layer = new DepthwiseConv2d(4, 3, { padding: 1, depthMultiplier: 2 });
    expect(layer.weight.shape).toEqual([8, 1, 3, 3]);
    const alone = [0, 1, 2, 3].map((c) =>
      conv2d(x.index(null, [c, c + 1]), layer.weight.index([2 * c, 2 * c + 2]), layer.bias!.index([2 * c, 2 * c + 2]), { padding: 1 }),
    );
    await expectClose(layer.forward(x), await concat(alone, 1).array());
    expect(String(layer)).toBe('DepthwiseConv2d(4, 8, kernelSize=[3, 3], stride=[1, 1], padding=[1, 1], groups=4)');
    expect(() => new DepthwiseConv2d(0, 3)).toThrow('DepthwiseConv2d: channels is 0');
  });

  test('separable: filters per channel, then a mixture, with far fewer parameters [L66]', async () => {
    const layer = new SeparableConv2d(4, 5, 3, { padding: 1 });
    const size = (m: Module): number => m.parameters().reduce((n, p) => n + p.size, 0);
    expect(Object.keys(layer.stateDict())).toEqual(['depthwise.weight', 'pointwise.weight', 'pointwise.bias']);
    expect([size(layer), size(new Conv2d(4, 5, 3))]).toEqual([9 * 4 + 4 * 5 + 5, 9 * 4 * 5 + 5]);
    // The same map as one convolution whose kernels are products.
    const { depthwise, pointwise } = layer;
    const kernel = pointwise.weight.mul(depthwise.weight.reshape(1, 4, 3, 3));
    await expectClose(layer.forward(x), await conv2d(x, kernel, pointwise.bias, { padding: 1 }).array());
    expect(new SeparableConv2d(4, 5, 3, { stride: 2, bias: false }).forward(x).shape).toEqual([1, 5, 2, 2]);
  });
});

describe('padding modes', () => {
  const x = tensor([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]);

  test('pad the image by mirroring, repeating or wrapping instead of zeros [L66]', async () => {
    for (const paddingMode of ['reflect', 'replicate', 'circular'] as const) {
      const layer = new Conv2d(1, 2, 3, { padding: [1, 2], paddingMode });
      const padded = pad(x, [2, 2, 1, 1], { mode: paddingMode });
      await expectClose(layer.forward(x), await conv2d(padded, layer.weight, layer.bias).array());
    }
    expect(String(new Conv1d(1, 1, 3, { paddingMode: 'circular' }))).toContain('paddingMode=circular');
  });

  test("'same' puts the odd place of an even kernel at the end [E21]", async () => {
    const line = tensor([[1, 2, 3, 4]]);
    const sums = (paddingMode: 'zeros' | 'circular'): Conv1d =>
      withKernel(new Conv1d(1, 1, 4, { padding: 'same', paddingMode, bias: false }), [[[1, 1, 1, 1]]]);
    await expectClose(sums('zeros').forward(line), [[6, 10, 9, 7]]);
    await expectClose(sums('circular').forward(line), [[10, 10, 10, 10]]);
  });

  test('other modes are refused', () => {
    expect(() => new Conv2d(1, 1, 3, { paddingMode: 'mirror' as 'reflect' })).toThrow(
      "Conv2d: paddingMode is 'mirror'; expected one of zeros, reflect, replicate, circular.",
    );
  });
});

describe('transposed convolutions', () => {
  test('in 1 and 3 dimensions are the adjoints of convolutions too [L34 L66]', async () => {
    const options = { stride: 2, padding: 1, bias: false } as const;
    const pairs = [
      [new Conv1d(2, 3, 3, options), new ConvTranspose1d(3, 2, 3, options), [1, 2, 5], [1, 3, 3]],
      [new Conv3d(2, 3, 3, options), new ConvTranspose3d(3, 2, 3, options), [1, 2, 5, 3, 3], [1, 3, 3, 2, 2]],
    ] as const;
    for (const [forward, back, input, output] of pairs) {
      back.loadStateDict(forward.stateDict());
      const [x, y] = [randn(input), randn(output)];
      await expectClose(forward.forward(x).mul(y).sum(), await x.mul(back.forward(y)).sum().item());
    }
  });

  test('make images larger, to a size that can be named', () => {
    const layer = new ConvTranspose2d(1, 1, 3, { stride: 2, padding: 1 });
    const x = ones([1, 1, 4, 4]);
    expect(layer.forward(x).shape).toEqual([1, 1, 7, 7]);
    expect(layer.forward(x, { outputSize: [8, 7] }).shape).toEqual([1, 1, 8, 7]);
    expect(layer.forward(x, { outputSize: [1, 1, 8, 8] }).shape).toEqual([1, 1, 8, 8]);
    expect(() => layer.forward(x, { outputSize: [9, 7] })).toThrow(
      'ConvTranspose2d: outputSize is [9, 7]; for an input of shape [1, 1, 4, 4] expected from [7, 7] to [8, 8].',
    );
    expect(String(new ConvTranspose1d(1, 2, 3))).toBe('ConvTranspose1d(1, 2, kernelSize=[3], stride=[1])');
  });
});

test('Unfold makes columns, of which Fold makes an image again', async () => {
  const x = tensor([[[1, 2, 3], [4, 5, 6]]]);
  const columns = new Unfold(2).forward(x);
  await expectClose(columns, [[1, 2], [2, 3], [4, 5], [5, 6]]);
  await expectClose(new Fold([2, 3], 2).forward(columns), [[[1, 4, 3], [4, 10, 6]]]);
  expect(String(new Fold(4, 2))).toBe('Fold(outputSize=[4, 4], kernelSize=[2, 2], stride=[1, 1], padding=[0, 0], dilation=[1, 1])');
});

describe('bad arguments', () => {
  test('name the layer, what was given and what was expected', () => {
    const layer = new Conv2d(3, 8, 3);
    expect(() => layer.forward(ones([2, 32, 32, 3]))).toThrow(
      'Conv2d(3, 8): the input has shape [2, 32, 32, 3]; expected [batch, 3, height, width] or [3, height, width]: ' +
        'channels come before space.',
    );
    expect(() => layer.forward(ones([3]))).toThrow('the input has shape [3]');
    expect(() => layer.forward(zeros([1, 3, 8, 8], { dtype: 'uint8' }))).toThrow('Conv2d: the input is uint8; expected float32');
    expect(() => layer.forward(ones([1, 3, 2, 2]))).toThrow('larger than the padded input');
    expect(() => new Conv2d(3, 8, 0)).toThrow('Conv2d: kernelSize is 0; expected a whole number >= 1, or 2 of them.');
    expect(() => new Conv2d(3, 8, [3, 3, 3])).toThrow('Conv2d: kernelSize is [3, 3, 3]');
    expect(() => new Conv2d(3, 8, 3, { groups: 2 })).toThrow('Conv2d: 2 groups do not divide 3 input and 8 output channels.');
    expect(() => new Conv2d(3, 8, 3, { padding: 'same', stride: 2 })).toThrow("padding 'same' needs stride 1");
    expect(() => new Conv2d(3, 8, 3, { padding: 'full' as 'same' })).toThrow("padding is 'full'; expected numbers, 'same' or 'valid'");
    expect(() => new ConvTranspose2d(3, 8, 3).forward(ones([1, 8, 4, 4]))).toThrow(
      'ConvTranspose2d(3, 8): the input has shape [1, 8, 4, 4]',
    );
  });
});
