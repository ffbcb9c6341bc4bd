/**
 * Worked examples from lecture notes and articles on deep learning, as far as tensors alone can express them. Where a
 * printed number was wrong, the test holds the right one and the comment says what was printed.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  arange, avgPool2d, conv2d, convTranspose2d, cos, cosineSimilarity, embedding, exp, linear, logSoftmax, maximum, maxPool2d,
  maxPool2dWithIndices, oneHot, ones, rand, relu, reshape, sigmoid, silu, sin, softmax, softplus, stack, sub, tensor, transpose,
  use, where, windowedSize, zeros, type ConvOptions, type Tensor,
} from './index';
import { expectClose } from './testing/close';

beforeAll(async () => {
  await use(cpu());
});

/** A single-channel picture under a single filter. */
function filtered(x: number[][], kernel: number[][], options: ConvOptions = {}): Tensor {
  return conv2d(tensor([[x]]), tensor([[kernel]]), undefined, options).squeeze([0, 1]);
}

const X66 = [
  [3, 0, 1, 2, 7, 4],
  [1, 5, 8, 9, 3, 1],
  [2, 7, 2, 5, 1, 3],
  [0, 1, 3, 1, 7, 8],
  [4, 2, 1, 6, 2, 8],
  [2, 4, 5, 2, 3, 9],
];
const VERTICAL = [[1, 0, -1], [1, 0, -1], [1, 0, -1]];

describe('broadcasting', () => {
  const calories = tensor([[1, 4, 7], [2, 5, 8], [3, 6, 9]]);

  it('sums along axis 0 [T03]', async () => {
    expect(await calories.sum({ dim: 0 }).array()).toEqual([6, 15, 24]);
  });

  it('shares per column in percent', async () => {
    const share = calories.mul(100).div(calories.sum({ dim: 0 }).reshape(1, 3));
    await expectClose(share, [[16.66666667, 26.66666667, 29.16666667], [33.33333333, 33.33333333, 33.33333333], [50, 40, 37.5]]);
  });

  it('adds a number to a column, a row to a matrix, a column to a matrix [T02]', async () => {
    const matrix = tensor([[1, 2, 3], [4, 5, 6]]);
    expect(await tensor([[1], [2], [3], [4]]).add(100).array()).toEqual([[101], [102], [103], [104]]);
    expect(await matrix.add(tensor([[100, 200, 300]])).array()).toEqual([[101, 202, 303], [104, 205, 306]]);
    expect(await matrix.add(tensor([[100], [200]])).array()).toEqual([[101, 102, 103], [204, 205, 206]]);
  });

  it('a 64 x 64 picture with 3 channels is a vector of 12,288 [T01]', () => {
    expect(zeros([64, 64, 3]).flatten().shape).toEqual([12288]);
  });
});

describe('convolution', () => {
  it('finds vertical edges [T17]', async () => {
    expect(await filtered(X66, VERTICAL).array()).toEqual([[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]);
  });

  it('with other edge filters', async () => {
    const horizontal = filtered(X66, [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]);
    expect(await horizontal.array()).toEqual([[-7, -11, 2, 4], [10, 17, 9, -3], [4, 5, -1, -7], [-7, -6, 1, 2]]);
    const sobel = filtered(X66, [[1, 0, -1], [2, 0, -2], [1, 0, -1]]);
    expect(await sobel.array()).toEqual([[-12, -8, 5, 16], [-10, 0, 3, 5], [-3, -2, -8, -14], [0, -6, -4, -18]]);
    // The Scharr filter, which some notes print with rows of zeros.
    expect(await filtered(X66, [[3, 0, -3], [10, 0, -10], [3, 0, -3]]).array()).toEqual([
      [-64, -40, 35, 80], [-30, 8, 13, 23], [-21, -6, -40, -70], [12, -34, -16, -62],
    ]);
    expect(await filtered(X66, VERTICAL, { padding: 1 }).array()).toEqual([
      [-5, -5, -6, -1, 6, 10],
      [-12, -5, -4, 0, 8, 11],
      [-13, -10, -2, 2, 3, 11],
      [-10, 0, -2, -4, -7, 10],
      [-7, -3, -2, -3, -16, 12],
      [-6, 0, -2, 1, -9, 5],
    ]);
  });

  it('of a step edge with the Sobel filter, scaled to 0-255', async () => {
    const step = Array.from({ length: 6 }, () => [0, 0, 0, 1, 1, 1]);
    // The last row of the filter is [1, 0, -1]; a print has 2 0 -1.
    const y = filtered(step, [[1, 0, -1], [2, 0, -2], [1, 0, -1]]);
    expect(await y.array()).toEqual(Array.from({ length: 4 }, () => [0, -4, -4, 0]));
    const scaled = y.sub(y.amin()).div(y.amax().sub(y.amin())).mul(255);
    expect(await scaled.array()).toEqual(Array.from({ length: 4 }, () => [255, 0, 0, 255]));
  });

  it('with stride 2 [T17 E31]', async () => {
    const x = [
      [2, 3, 7, 4, 6, 2, 9],
      [6, 6, 9, 8, 7, 4, 3],
      [3, 4, 8, 3, 8, 9, 7],
      [7, 8, 3, 6, 6, 3, 4],
      [4, 2, 1, 8, 3, 4, 6],
      [3, 2, 4, 1, 9, 8, 3],
      [0, 1, 3, 9, 2, 1, 4],
    ];
    // Printed 83 and 127 in the last column: 62 + 13 + 13 = 88 and 88 + 14 + 15 = 117.
    const y = filtered(x, [[3, 4, 4], [1, 0, 2], [-1, 0, 3]], { stride: 2 });
    expect(await y.array()).toEqual([[91, 100, 88], [69, 91, 117], [44, 72, 74]]);
  });

  it('as mathematics defines it flips the kernel along both axes [T18]', async () => {
    // A single 1 under a flipped kernel gives the kernel back; cross-correlation gives the flipped kernel
    // [[3, 0, -1], [2, 0, 1], [4, 4, 3]] (printed as [[7, 2, 5], [9, 0, 4], [-1, 1, 3]], which is no flip of it).
    const kernel = [[3, 4, 4], [1, 0, 2], [-1, 0, 3]];
    const impulse = [[0, 0, 0], [0, 1, 0], [0, 0, 0]];
    expect(await filtered(impulse, kernel, { padding: 1 }).array()).toEqual([[3, 0, -1], [2, 0, 1], [4, 4, 3]]);
    expect(await filtered(impulse, kernel, { padding: 1, flipKernel: true }).array()).toEqual(kernel);
  });

  it('has floor((n + 2 p - f) / s) + 1 places [L27]', () => {
    expect([[6, 3, 1, 0], [6, 3, 1, 1], [7, 3, 2, 0]].map(([n, f, s, p]) => windowedSize(n!, f!, s!, p!, 1))).toEqual([4, 6, 3]);
    // A 3 x 3 filter over 7 places: stride 3 does not fit, (7 - 3) / 3 + 1 = 2.33 is rounded down.
    expect([1, 2, 3].map((s) => conv2d(ones([1, 1, 7, 7]), ones([1, 1, 3, 3]), undefined, { stride: s }).shape[2])).toEqual([5, 3, 2]);
  });

  it("needs n = 6 + 3 - 1 = 8 places for 6 outputs (printed 6 + 3 + 1), or one place of padding ('same') [L27 E10]", () => {
    const kernel = ones([1, 1, 3, 3]);
    const size = (n: number, options: ConvOptions = {}): number => conv2d(ones([1, 1, n, n]), kernel, undefined, options).shape[3]!;
    expect(size(6)).toBe(4);
    expect(size(8)).toBe(6);
    expect(size(6, { padding: 1 })).toBe(6);
    expect(size(6, { padding: 'same' })).toBe(6);
  });

  it('39 x 39 x 3 through three layers is a vector of 1,960 [L27]', () => {
    let x = zeros([1, 3, 39, 39]);
    const spatial: number[] = [];
    for (const [f, s, filters] of [[3, 1, 10], [5, 2, 20], [5, 2, 40]] as const) {
      x = conv2d(x, zeros([filters, x.shape[1]!, f, f]), undefined, { stride: s });
      spatial.push(x.shape[2]!);
    }
    expect(spatial).toEqual([37, 17, 7]);
    expect(x.flatten(1).shape).toEqual([1, 1960]);
  });

  it('1 x 1 multiplies every place [L29]', async () => {
    expect(await filtered([[1, 2, 3]], [[2]]).array()).toEqual([[2, 4, 6]]);
  });

  it('slides a whole network over a larger picture: the 2 x 2 map equals four separate runs', async () => {
    const w = [[16, 3, 5, 5], [400, 16, 5, 5], [400, 400, 1, 1], [4, 400, 1, 1]].map((shape) => rand(shape).sub(0.5).mul(0.1));
    const network = (x: Tensor): Tensor => {
      const features = maxPool2d(relu(conv2d(x, w[0]!)), 2);
      return conv2d(relu(conv2d(relu(conv2d(features, w[1]!)), w[2]!)), w[3]!);
    };
    const image = rand([1, 3, 16, 16]);
    const map = network(image);
    expect(map.shape).toEqual([1, 4, 2, 2]);
    const crops = [0, 2].flatMap((y) => [0, 2].map((x) => network(image.index(null, null, [y, y + 14], [x, x + 14])).reshape(4)));
    await expectClose(stack(crops, 1).reshape(4, 2, 2), (await map.squeeze(0).array()), 1e-5);
  });

  it('transposed spreads 2 x 2 places over 5 x 5 with stride 2 [L34]', async () => {
    const kernel = tensor([[[[1, 0, -1], [2, 1, 0], [0, 1, 2]]]]);
    const y = convTranspose2d(tensor([[[[1, 2], [3, 4]]]]), kernel, undefined, { stride: 2 });
    expect(await y.squeeze([0, 1]).array()).toEqual([[1, 0, 1, 0, -2], [2, 1, 4, 2, 0], [3, 1, 3, 2, 0], [6, 3, 8, 4, 0], [0, 3, 6, 4, 8]]);
  });
});

describe('pooling', () => {
  const x = tensor([[[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]]]);

  it('takes maxima (the upper right one is 2; printed as 6 and described as 3) [L31 E32]', async () => {
    expect(await maxPool2d(x, 2).array()).toEqual([[[9, 2], [6, 3]]]);
    expect(await maxPool2dWithIndices(x, 2).indices.array()).toEqual([[[5, 2], [13, 11]]]);
  });

  it('takes means [L32]', async () => {
    expect(await avgPool2d(x, 2).array()).toEqual([[[3.75, 1.25], [3.75, 2]]]);
  });
});

describe('activations', () => {
  it('at seven places', async () => {
    const x = tensor([-3, -1, -0.5, 0, 0.5, 1, 3, 7]);
    await expectClose(sigmoid(x), [0.04742587318, 0.2689414214, 0.3775406688, 0.5, 0.6224593312, 0.7310585786, 0.9525741268, 0.9990889488]);
    await expectClose(x.tanh(), [-0.9950547537, -0.761594156, -0.4621171573, 0, 0.4621171573, 0.761594156, 0.9950547537, 0.9999983369]);
    await expectClose(relu(x), [0, 0, 0, 0, 0.5, 1, 3, 7]);
    await expectClose(relu(x).clamp({ max: 6 }), [0, 0, 0, 0, 0.5, 1, 3, 6]);
    await expectClose(where(x.lt(0), x.mul(0.01), x), [-0.03, -0.01, -0.005, 0, 0.5, 1, 3, 7]);
    await expectClose(where(x.lt(0), exp(x).sub(1), x), [-0.9502129316, -0.6321205588, -0.3934693403, 0, 0.5, 1, 3, 7]);
    await expectClose(silu(x), [-0.1422776195, -0.2689414214, -0.1887703344, 0, 0.3112296656, 0.7310585786, 2.85772238, 6.993622642]);
    await expectClose(
      softplus(x),
      [0.04858735157, 0.3132616875, 0.4740769842, 0.6931471806, 0.9740769842, 1.313261688, 3.048587352, 7.000911466],
    );
    expect(await x.ge(0).array()).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it('sigmoid of +-1000 is 1 and 0; e^-100 is 3.72e-44 (printed 2.6e-41) [L04 E51]', async () => {
    expect(await sigmoid(tensor([-1000, 1000])).array()).toEqual([0, 1]);
    const e = await exp(tensor([-100, -1000], { dtype: 'float64' })).data();
    expect(e[0]! / 3.720075976e-44).toBeCloseTo(1, 8);
    expect(e[1]).toBe(0);
    expect(await exp(tensor([-100])).item()).toBeGreaterThan(0); // still a float32, though a subnormal one
  });

  it('softmax of [5, 2, -1, 3] [L14]', async () => {
    const z = tensor([5, 2, -1, 3]);
    await expectClose(exp(z), [148.4131591, 7.389056099, 0.3678794412, 20.08553692]);
    await expectClose(exp(z).sum(), 176.2556316);
    await expectClose(softmax(z, { dim: 0 }), [0.8420335724, 0.04192238304, 0.00208719255, 0.113956852]);
  });

  it('of softmax for scores of a cat, and the loss in natural logarithms [S03]', async () => {
    const scores = tensor([3.2, 5.1, -1.7]);
    await expectClose(softmax(scores, { dim: 0 }), [0.129982539, 0.8690495352, 0.0009679257746]);
    await expectClose(logSoftmax(scores, { dim: 0 }).index(0).neg(), 2.040355153);
  });

  it('maxout takes the larger of two linear maps [L15]', async () => {
    const x = tensor([1, 2]);
    const first = linear(x, tensor([[1, -1], [0.5, 0.5]]), tensor([0, 1]));
    const second = linear(x, tensor([[-1, 1], [1, 0]]), tensor([0.5, 0]));
    await expectClose(maximum(first, second), [1.5, 2.5]);
  });
});

describe('losses by plain operations', () => {
  it('multiclass hinge with margin 1 [S04]', async () => {
    const scores = tensor([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]]);
    const right = oneHot(tensor([0, 1, 2], { dtype: 'int32' }), 3);
    const own = scores.mul(right).sum({ dim: 1, keepdim: true });
    const losses = relu(scores.sub(own).add(1)).mul(sub(1, right)).sum({ dim: 1 });
    await expectClose(losses, [2.9, 0, 12.9], 1e-5);
    await expectClose(losses.mean(), 5.266666667);
  });

  it('squared, absolute and logarithmic errors', async () => {
    const y = tensor([1, 0, 1, 1]);
    const p = tensor([0.9, 0.2, 0.6, 0.1]);
    const bce = y.mul(p.log()).add(sub(1, y).mul(sub(1, p).log())).mean().neg(); // with the minus sign that one print lacks
    await expectClose(bce, 0.7854786959);
    await expectClose(p.sub(y).square().mean(), 0.255);
    await expectClose(p.sub(y).abs().mean(), 0.4);
    await expectClose(p.sub(y).square().mean().sqrt(), 0.5049752469);
  });

  it('triplets', async () => {
    const [a, p, n] = [tensor([1, 0]), tensor([0.8, 0.1]), tensor([0.5, 0.5])];
    const near = a.sub(p).square().sum();
    const far = a.sub(n).square().sum();
    await expectClose(near, 0.05);
    await expectClose(far, 0.5);
    await expectClose(relu(near.sub(far).add(tensor([0.2, 0.5]))), [0, 0.05]);
  });

  it('style transfer: content, Gram matrices and style', async () => {
    const content = tensor([[[1.6829, 1.8186, 0.2822], [-1.5136, -1.9178, -0.5588]], [[1.314, 1.9787, 0.8242], [-1.088, -2.0, -1.0731]]]);
    const made = tensor([[[-1.9761, -0.8081, 1.1029], [1.9998, 1.0582, -0.8564]], [[-1.9836, -1.2871, 0.5927], [1.9276, 1.4902, -0.3172]]]);
    const squares = content.sub(made).square().sum();
    await expectClose(squares.div(2), 42.84521778);
    await expectClose(squares.div(4 * 2 * 2 * 3), 1.785217408);
    const gram = (x: Tensor): Tensor => {
      const a = x.reshape(4, 3);
      return transpose(a).matmul(a);
    };
    await expectClose(
      gram(content),
      [[8.03347737, 10.73931582, 3.57124566], [10.73931582, 14.90051649, 5.3619201], [3.57124566, 5.3619201, 2.22274353]],
      1e-5,
    );
    await expectClose(gram(content).sub(gram(made)).square().sum().div((2 * 2 * 2 * 3) ** 2), 0.797540247, 1e-5);
  });
});

describe('sequences', () => {
  it('attention weights are a softmax over the inputs (not a sigmoid), the context their weighted sum', async () => {
    const e = tensor([[1, 2, 0], [0.5, 0.5, 3]]);
    const h = tensor([[1, 0], [0, 1], [2, 2]]);
    const alpha = softmax(e, { dim: 1 });
    await expectClose(alpha, [[0.2447284711, 0.6652409558, 0.09003057317], [0.07050946066, 0.07050946066, 0.8589810787]]);
    await expectClose(alpha.sum({ dim: 1 }), [1, 1]);
    await expectClose(alpha.matmul(h), [[0.4247896174, 0.8453021021], [1.788471618, 1.788471618]]);
  });

  it('scaled dot-product attention, with and without a mask', async () => {
    const q = tensor([[0.2822, -1.5136, -1.9178, -0.5588], [1.314, 1.9787, 0.8242, -1.088]]);
    const k = tensor([[1.8259, 1.6733, -0.0177, -1.6924], [-1.8112, -0.2647, 1.5251, 1.9128], [0.5418, -1.3273, -1.9761, -0.8081]]);
    const v = tensor([[-0.5247, 1.3405], [1.9733, 0.7919], [-1.1176, -1.9995]]);
    const scores = q.matmul(k.transpose()).div(Math.sqrt(4));
    await expectClose(softmax(scores, { dim: -1 }).matmul(v), [[-1.087952449, -1.906737406], [-0.519421347, 1.318395106]], 2e-6);
    const mask = tensor([[true, true, false], [true, true, true]]);
    const masked = where(mask, scores, -Infinity);
    await expectClose(softmax(masked, { dim: -1 }).matmul(v), [[-0.08124020368, 1.24310927], [-0.519421347, 1.318395106]], 2e-6);
  });

  it('positional encoding', async () => {
    const position = arange(3).cast('float32').unsqueeze(1);
    const rate = exp(arange(0, 4, 2).cast('float32').mul(-Math.log(10000) / 4));
    const angle = position.mul(rate);
    const pe = reshape(stack([sin(angle), cos(angle)], -1), [3, 4]);
    await expectClose(
      pe,
      [[0, 1, 0, 1], [0.8414709848, 0.5403023059, 0.009999833334, 0.99995], [0.9092974268, -0.4161468365, 0.01999866669, 0.9998000067]],
    );
  });

  it('looks embeddings up: E (300 x 10,000) times a one-hot column is one column [T10 L37]', () => {
    const table = zeros([300, 10000]);
    const word = oneHot(tensor([6257], { dtype: 'int32' }), 10000).transpose();
    expect(table.matmul(word).shape).toEqual([300, 1]);
    expect(embedding(tensor([6257], { dtype: 'int32' }), table.transpose()).shape).toEqual([1, 300]);
  });

  it('man is to woman as king to queen, the three words themselves left out', async () => {
    const words = ['man', 'woman', 'king', 'queen', 'apple'];
    const vectors = tensor([[1, 0, 0.2], [-1, 0, 0.2], [1, 1, 0.3], [-1, 1, 0.3], [0, 0.1, 1]]);
    const query = vectors.index(2).sub(vectors.index(0)).add(vectors.index(1));
    await expectClose(query, [-1, 1, 0.3]);
    const similarity = cosineSimilarity(vectors, query.unsqueeze(0));
    await expectClose(similarity, [-0.6375849262, 0.7189787465, 0.04306220096, 1, 0.2753126466]);
    const asked = tensor([true, true, true, false, false]);
    expect(words[await where(asked, -Infinity, similarity).argmax().item()]).toBe('queen');
  });
});
