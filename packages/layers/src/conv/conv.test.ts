import { cpu } from '@cotangent/backend-cpu';
import { ones, sum, tensor, use, zeros, type NestedArray } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { AvgPool2d, Conv1d, Conv2d, Conv3d, ConvTranspose2d, Flatten, MaxPool2d, Sequential, type Module } from '../index';
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
  test('are floor((n + 2p - f) / s) + 1', () => {
    expect(side(6, new Conv2d(1, 1, 3))).toBe(4);
    expect(side(6, new Conv2d(1, 1, 3, { padding: 1 }))).toBe(6);
    expect(side(7, new Conv2d(1, 1, 3, { stride: 2 }))).toBe(3);
    expect([1, 2, 3].map((stride) => side(7, new Conv2d(1, 1, 3, { stride })))).toEqual([5, 3, 2]);
    expect(side(8, new Conv2d(1, 1, 3))).toBe(6);
    expect(side(227, new Conv2d(1, 1, 11, { stride: 4 }))).toBe(55);
    expect(side(55, new MaxPool2d(3, { stride: 2 }))).toBe(27);
  });

  test('of a stack end in 1960 numbers', () => {
    const net = new Sequential(
      new Conv2d(3, 10, 3),
      new Conv2d(10, 20, 5, { stride: 2 }),
      new Conv2d(20, 40, 5, { stride: 2 }),
      new Flatten(),
    );
    expect(net.forward(ones([1, 3, 39, 39])).shape).toEqual([1, 1960]);
  });

  test("'same' keeps the size, also with an even kernel", () => {
    expect(side(6, new Conv2d(1, 1, 3, { padding: 'same' }))).toBe(6);
    expect(side(6, new Conv2d(1, 1, 4, { padding: 'same' }))).toBe(6);
    expect(side(6, new Conv2d(1, 1, 3, { padding: 'valid' }))).toBe(4);
  });
});

describe('parameters', () => {
  const count = (m: Module): number => m.parameters().reduce((n, p) => n + p.size, 0);

  test('are (f f c + 1) per filter', () => {
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
  test('a vertical edge filter', async () => {
    const x = tensor([
      [3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3], [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8], [2, 4, 5, 2, 3, 9],
    ]);
    const layer = withKernel(new Conv2d(1, 1, 3, { bias: false }), [[[[1, 0, -1], [1, 0, -1], [1, 0, -1]]]]);
    await expectClose(layer.forward(x.reshape(1, 6, 6)), [[[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]]);
  });

  test('flipKernel makes it the convolution of mathematics', async () => {
    const kernel = [[[1, 2, 3]]];
    const impulse = tensor([[[0, 0, 1, 0, 0]]]);
    await expectClose(withKernel(new Conv1d(1, 1, 3, { bias: false }), kernel).forward(impulse), [[[3, 2, 1]]]);
    await expectClose(withKernel(new Conv1d(1, 1, 3, { bias: false, flipKernel: true }), kernel).forward(impulse), [[[1, 2, 3]]]);
  });

  test('a filter sees all channels: one that is 0 but for red ignores green and blue', async () => {
    const layer = new Conv2d(3, 2, 3);
    const red = ones([2, 1, 3, 3]);
    layer.loadStateDict({ weight: red.mul(tensor([1, 0, 0]).reshape(1, 3, 1, 1)), bias: tensor([0, 10]) });
    const image = tensor([1, 5, 7]).reshape(1, 3, 1, 1).expand(1, 3, 6, 6);
    const y = layer.forward(image);
    expect(y.shape).toEqual([1, 2, 4, 4]);
    await expectClose(sum(y, { dim: [2, 3] }), [[9 * 16, 19 * 16]]);
  });

  test('a 1 x 1 convolution is a matrix product at every place', async () => {
    const double = withKernel(new Conv2d(1, 1, 1, { bias: false }), [[[[2]]]]);
    await expectClose(double.forward(tensor([[[1, 2, 3]]])), [[[2, 4, 6]]]);
    const mix = withKernel(new Conv2d(2, 3, 1, { bias: false }), [[[[1]], [[2]]], [[[0]], [[1]]], [[[-1]], [[1]]]]);
    await expectClose(mix.forward(tensor([[[1, 2]], [[10, 20]]])), [[[21, 42]], [[10, 20]], [[9, 18]]]);
  });

  test('a transposed convolution adds a kernel for every input place', async () => {
    const layer = withKernel(new ConvTranspose2d(1, 1, 3, { stride: 2, bias: false }), [[[[1, 0, -1], [2, 1, 0], [0, 1, 2]]]]);
    await expectClose(layer.forward(tensor([[[1, 2], [3, 4]]])), [
      [[1, 0, 1, 0, -2], [2, 1, 4, 2, 0], [3, 1, 3, 2, 0], [6, 3, 8, 4, 0], [0, 3, 6, 4, 8]],
    ]);
  });

  test('a transposed convolution is the adjoint of the convolution with the same kernel', async () => {
    const forward = new Conv2d(2, 3, 3, { stride: 2, padding: 1, bias: false });
    const back = new ConvTranspose2d(3, 2, 3, { stride: 2, padding: 1, bias: false });
    back.loadStateDict(forward.stateDict());
    const x = tensor(Array.from({ length: 50 }, (_, i) => Math.sin(i)), { shape: [1, 2, 5, 5] });
    const y = tensor(Array.from({ length: 27 }, (_, i) => Math.cos(3 * i)), { shape: [1, 3, 3, 3] });
    await expectClose(forward.forward(x).mul(y).sum(), await x.mul(back.forward(y)).sum().item());
  });

  test('pooling a 4 x 4 image', async () => {
    const x = tensor([[[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]]]);
    await expectClose(new MaxPool2d(2).forward(x), [[[9, 2], [6, 3]]]);
    await expectClose(new AvgPool2d(2).forward(x), [[[3.75, 1.25], [3.75, 2]]]);
  });
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
