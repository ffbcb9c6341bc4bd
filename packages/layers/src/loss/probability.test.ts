import { cpu } from '@cotangent/backend-cpu';
import { logSoftmax, sigmoid, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BCELoss, BCEWithLogitsLoss, binaryCrossEntropy, binaryCrossEntropyWithLogits, crossEntropy, FocalLoss, focalLoss, gaussianKl,
  GaussianNLLLoss, gaussianNllLoss, klDiv, KLDivLoss, nllLoss, PoissonNLLLoss, poissonNllLoss, reconstructionLoss, SigmoidFocalLoss,
  sigmoidFocalLoss,
} from '../index';
import { expectClose, ints } from '../testing/expect';
import { expectGradients, gradient } from '../testing/losses';

beforeAll(async () => {
  await use(cpu());
});

const logits = [2.2, -1.4, 0.4, -2.2];
const y = [1, 0, 1, 1];

describe('binary cross-entropy', () => {
  test('has the minus sign, and the gradient a - y for a sigmoid [S02 E01 E02]', async () => {
    const p = [0.9, 0.2, 0.6, 0.1];
    await expectClose(binaryCrossEntropy(tensor(p), tensor(y)), 0.7854786959);
    const z = p.map((v) => Math.log(v / (1 - v)));
    const ofLogits = (x: Tensor): Tensor => binaryCrossEntropyWithLogits(x, tensor(y), { reduction: 'sum' });
    await expectClose(gradient(ofLogits, z), [-0.1, 0.2, -0.4, -0.9]);
    await expectClose(gradient((x) => binaryCrossEntropy(sigmoid(x), tensor(y), { reduction: 'sum' }), z), [-0.1, 0.2, -0.4, -0.9]);
    // dL/da = -y/a + (1-y)/(1-a)
    const slopes = p.map((a, i) => -y[i]! / a + (1 - y[i]!) / (1 - a));
    await expectClose(gradient((x) => binaryCrossEntropy(x, tensor(y), { reduction: 'sum' }), p), slopes);
  });

  test('is the negative log-likelihood of y^y (1-y)^(1-y), and of two classes [S17]', async () => {
    const p = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const likelihood = p.reduce((product, a, i) => product * a ** y[i]! * (1 - a) ** (1 - y[i]!), 1);
    await expectClose(binaryCrossEntropy(tensor(p), tensor(y), { reduction: 'sum' }), -Math.log(likelihood));
    const twoClasses = tensor(p.map((a) => [Math.log(1 - a), Math.log(a)]));
    await expectClose(nllLoss(twoClasses, ints(y), { reduction: 'sum' }), -Math.log(likelihood));
  });

  test('is finite at p = 0 and p = 1, with finite gradients [S02]', async () => {
    const ends = (x: Tensor): Tensor => binaryCrossEntropy(x, tensor([0, 1, 1, 0]), { reduction: 'none' });
    await expectClose(ends(tensor([0, 1, 0, 1])), [0, 0, 100, 100]);
    await expectClose(gradient((x) => ends(x).sum(), [0, 1, 0, 1]), [0, 0, -1e12, 1e12]);
    await expectClose(binaryCrossEntropy(tensor([1.5, -0.1]), tensor([1, 0]), { reduction: 'none' }), [NaN, NaN]);
  });

  test('is exact for logits of +-1000 [S02]', async () => {
    const large = tensor([1000, -1000, 1000, -1000]);
    await expectClose(binaryCrossEntropyWithLogits(large, tensor([1, 0, 0, 1]), { reduction: 'none' }), [0, 0, 1000, 1000]);
    const slopes = gradient((x) => binaryCrossEntropyWithLogits(x, tensor([1, 0, 0, 1]), { reduction: 'sum' }), [1000, -1000, 1000, -1000]);
    await expectClose(slopes, [0, 0, 1, -1]);
  });

  test('weights elements, and positives by posWeight', async () => {
    const p = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const terms = p.map((a, i) => -(3 * y[i]! * Math.log(a) + (1 - y[i]!) * Math.log(1 - a)) * [1, 2, 0, 4][i]!);
    const weight = tensor([1, 2, 0, 4]);
    const options = { weight, posWeight: tensor(3) };
    const mean = terms.reduce((a, b) => a + b) / 4;
    await expectClose(binaryCrossEntropyWithLogits(tensor(logits), tensor(y), { ...options, reduction: 'none' }), terms);
    await expectClose(new BCEWithLogitsLoss(options).forward(tensor(logits), tensor(y)), mean);
    const plain = await binaryCrossEntropyWithLogits(tensor(logits), tensor(y), { weight }).item();
    await expectClose(new BCELoss({ weight }).forward(tensor(p), tensor(y)), plain);
  });

  test('has the gradients of finite differences, also for the target and of second order', async () => {
    await expectGradients((x, t) => binaryCrossEntropy(x, t), [0.3, 0.9, 0.5], [0.2, 1, 0.5]);
    await expectGradients((x, t) => binaryCrossEntropyWithLogits(x, t, { posWeight: tensor([2], { dtype: 'float64' }) }), logits, y);
  });

  test('refuses targets that cannot be right', () => {
    expect(() => binaryCrossEntropy(tensor([0.5]), tensor([255]))).toThrow(
      'binaryCrossEntropy: the target has an element 255; expected probabilities from 0 to 1.',
    );
    expect(() => binaryCrossEntropyWithLogits(tensor([0.5]), tensor([-1]))).toThrow('the target has an element -1');
    expect(() => binaryCrossEntropyWithLogits(zeros([2, 1]), zeros([2]))).toThrow('they must be equal');
    expect(() => crossEntropy(zeros([1, 2]), tensor([[1.5, -0.5]]))).toThrow('the target has an element 1.5');
    expect(() => binaryCrossEntropy(zeros([2]), zeros([2]), { weight: zeros([3, 2]) })).toThrow(
      'binaryCrossEntropy: weight has shape [3, 2]; expected one that broadcasts to [2].',
    );
    expect(() => binaryCrossEntropyWithLogits(zeros([2]), zeros([2]), { posWeight: ints([1]) })).toThrow(
      'posWeight is int32; expected float32',
    );
  });
});

describe('focal losses', () => {
  test('are cross-entropy with gamma 0 and leave out what is easy [L70]', async () => {
    const plain = await binaryCrossEntropyWithLogits(tensor(logits), tensor(y)).item();
    await expectClose(sigmoidFocalLoss(tensor(logits), tensor(y), { gamma: 0, alpha: -1 }), plain);
    const p = logits.map((x) => 1 / (1 + Math.exp(-x))).map((a, i) => (y[i] ? a : 1 - a));
    const expected = p.map((pt, i) => -(y[i] ? 0.3 : 0.7) * (1 - pt) ** 1.5 * Math.log(pt));
    await expectClose(sigmoidFocalLoss(tensor(logits), tensor(y), { alpha: 0.3, gamma: 1.5, reduction: 'none' }), expected);
    await expectClose(
      new SigmoidFocalLoss({ alpha: 0.3, gamma: 1.5, reduction: 'sum' }).forward(tensor(logits), tensor(y)),
      sumOf(expected),
    );
  });

  test('over classes are weighted and ignore as crossEntropy', async () => {
    const scores = tensor([[1, 2, 0], [0, 3, -1], [1, 1, 1]]);
    const options = { weight: tensor([1, 2, 3]), ignoreIndex: 0 };
    const plain = await crossEntropy(scores, ints([2, 1, 0]), options).item();
    await expectClose(focalLoss(scores, ints([2, 1, 0]), { ...options, gamma: 0 }), plain);
    await expectClose(new FocalLoss({ gamma: 3 }).forward(zeros([1, 2]), ints([0])), Math.LN2 / 8);
  });

  test.each([0, 0.5, 1, 2])('with gamma %f are finite for logits of +-1000', async (gamma) => {
    const losses = sigmoidFocalLoss(tensor([1000, -1000, 1000]), tensor([1, 1, 0]), { gamma, alpha: -1, reduction: 'none' });
    await expectClose(losses, [0, 1000, 1000]);
    const slopes = gradient((x) => sigmoidFocalLoss(x, tensor([1, 1, 0]), { gamma, alpha: -1, reduction: 'sum' }), [1000, -1000, 1000]);
    await expectClose(slopes, [0, -1, 1]);
    await expectClose(focalLoss(tensor([[1000, -1000]]), ints([0]), { gamma }), 0);
    await expectClose(gradient((x) => focalLoss(x, ints([0]), { gamma }), [[1000, -1000]]), [[0, 0]]);
  });

  test('have the gradients of finite differences', async () => {
    await expectGradients((x, t) => sigmoidFocalLoss(x, t, { gamma: 1.5 }), logits, y);
    await expectGradients((x) => focalLoss(x, ints([2, 0]), { gamma: 2.5 }), [[1, 2, 0], [0, 3, -1]]);
    expect(() => sigmoidFocalLoss(zeros([1]), zeros([1]), { gamma: -1 })).toThrow('sigmoidFocalLoss: gamma is -1');
    expect(() => sigmoidFocalLoss(zeros([1]), zeros([1]), { alpha: 2 })).toThrow('alpha is 2; expected a number from 0 to 1');
  });
});

describe('divergences', () => {
  const q = [[0.5, 0.25, 0.25], [0.1, 0.6, 0.3]];
  const p = [[0.2, 0.8, 0], [0.3, 0.3, 0.4]];
  const terms = p.map((row, i) => row.map((v, c) => (v === 0 ? 0 : v * Math.log(v / q[i]![c]!))));

  test('of categorical distributions, in every reduction; 0 log 0 is 0 [L70]', async () => {
    const input = tensor(q).log();
    await expectClose(klDiv(input, tensor(p), { reduction: 'none' }), terms);
    await expectClose(klDiv(input, tensor(p), { reduction: 'sum' }), sumOf(terms.flat()));
    await expectClose(klDiv(input, tensor(p)), sumOf(terms.flat()) / 6);
    await expectClose(klDiv(input, tensor(p), { reduction: 'batchmean' }), sumOf(terms.flat()) / 2);
    await expectClose(klDiv(input, tensor([p[1]!, p[1]!]).log(), { logTarget: true, reduction: 'none' }).index(1), terms[1]!);
    await expectClose(new KLDivLoss({ reduction: 'batchmean' }).forward(input, tensor(p)), sumOf(terms.flat()) / 2);
    await expectClose(klDiv(input, tensor(p), { reduction: 'batchmean', sampleWeight: tensor([0, 1]) }), sumOf(terms[1]!));
    await expectGradients((x) => klDiv(logSoftmax(x, { dim: 1 }), tensor(p, { dtype: 'float64' })), [[1, 2, 0], [0, 3, -1]]);
    expect(() => klDiv(zeros([1, 2]), tensor([[-0.5, 1.5]]))).toThrow('klDiv: the target has an element -0.5');
    expect(() => new KLDivLoss({ reduction: 'batch' as 'sum' })).toThrow("KLDivLoss: reduction is 'batch'");
  });

  test('of a normal distribution from N(0, 1): 1/2 sum(s^2 + mu^2 - 1 - log s^2), never negative, 0 only there [S10 E25]', async () => {
    const [mean, logVar] = [tensor([0.5, -1]), tensor([0.2, -0.5])];
    // Printed 1.227933418 (sum(s^2 + mu^2 - log s - 1)), and with the sign turned around.
    await expectClose(gaussianKl(mean, logVar, { reduction: 'sum' }), 0.6889667089);
    await expectClose(gaussianKl(mean.unsqueeze(0), logVar.unsqueeze(0)), 0.6889667089);
    await expectClose(gaussianKl(zeros([3, 2]), zeros([3, 2])), 0);
    const many = gaussianKl(tensor([0, 1e-3, -2, 0, 0]), tensor([1e-3, 0, 3, -9, 9]), { reduction: 'none' });
    for (const value of await many.data()) expect(value).toBeGreaterThan(0);
    const grads = gradient((x) => gaussianKl(x, zeros([1, 2])), [[0.5, -1]]);
    await expectClose(grads, [[0.5, -1]]); // mu
    await expectGradients((m, v) => gaussianKl(m, v, { reduction: 'sum' }), [0.5, -1], [0.2, -0.5]);
    expect(() => gaussianKl(mean, logVar)).toThrow("For a single distribution use { reduction: 'sum' }.");
  });

  test('of a normal distribution from another one', async () => {
    const [m1, v1, m2, v2] = [0.3, 0.8, -0.5, 2];
    const from = { mean: tensor([m2]), logVar: tensor([Math.log(v2)]) };
    const expected = 0.5 * (Math.log(v2 / v1) + (v1 + (m1 - m2) ** 2) / v2 - 1);
    await expectClose(gaussianKl(tensor([m1]), tensor([Math.log(v1)]), { from, reduction: 'sum' }), expected);
    await expectClose(gaussianKl(from.mean, from.logVar, { from, reduction: 'sum' }), 0);
  });
});

describe('likelihoods', () => {
  test('of Poisson distributions, with and without Stirling [L70]', async () => {
    const [x, t] = [tensor([0.5, 1]), tensor([1, 4])];
    await expectClose(poissonNllLoss(x, t, { reduction: 'none' }), [Math.exp(0.5) - 0.5, Math.E - 4]);
    const stirling = 4 * Math.log(4) - 4 + 0.5 * Math.log(8 * Math.PI);
    await expectClose(poissonNllLoss(x, t, { logInput: false, full: true, reduction: 'none' }), [0.5 - Math.log(0.5), 1 + stirling]);
    await expectClose(new PoissonNLLLoss({ reduction: 'sum' }).forward(x, t), Math.exp(0.5) - 0.5 + Math.E - 4);
    await expectGradients((a) => poissonNllLoss(a, tensor([1, 0, 4], { dtype: 'float64' }), { full: true }), [0.5, 1, 2]);
    expect(() => poissonNllLoss(x, tensor([1, -2]))).toThrow('the target has an element -2; expected counts >= 0.');
  });

  test('of normal distributions, one variance for an element or a row, at least eps', async () => {
    const [x, t] = [tensor([[1, 2], [3, 5]]), tensor([[1, 4], [3, 1]])];
    const expected = [[0, 2], [Math.log(4) / 2, Math.log(4) / 2 + 2]];
    for (const variance of [tensor([[1, 1], [4, 4]]), tensor([[1], [4]]), tensor([1, 4])]) {
      await expectClose(gaussianNllLoss(x, t, variance, { reduction: 'none' }), expected);
    }
    await expectClose(new GaussianNLLLoss({ full: true }).forward(x, t, tensor([1, 4])), sumOf(expected.flat()) / 4 + 0.9189385332);
    await expectClose(gaussianNllLoss(tensor([1]), tensor([1]), tensor([0]), { eps: 0.01 }), Math.log(0.01) / 2);
    // The slope of a raised variance is that at eps: PyTorch lets it through.
    await expectClose(gradient((v) => gaussianNllLoss(tensor([1]), tensor([1]), v, { eps: 0.01 }), [0]), [50]);
    await expectGradients((a, b, v) => gaussianNllLoss(a, b, v), [1, 2], [1, 4], [0.5, 3]);
    expect(() => gaussianNllLoss(x, t, zeros([3]))).toThrow('the variance has shape [3]; expected [2, 2], [2, 1] or [2] for an input');
    expect(() => gaussianNllLoss(x, t, tensor([1, -1]))).toThrow('the variance has an element -1; expected numbers >= 0.');
  });

  test('a reconstruction is compared by what the data are: squared error, or cross-entropy for binary data [S09]', async () => {
    const x = tensor([[1, 2], [0, -1]]);
    await expectClose(reconstructionLoss(x, tensor([[1, 4], [0, 0]])), (4 + 1) / 2);
    const bits = tensor([[1, 0], [0, 1]]);
    const binary = await binaryCrossEntropyWithLogits(x, bits, { reduction: 'sum' }).item();
    await expectClose(reconstructionLoss(x, bits, { data: 'binary' }), binary / 2);
    await expectClose(reconstructionLoss(x, tensor([[true, false], [false, true]])), binary / 2);
    expect(() => reconstructionLoss(x, tensor([[1, 4], [0, 0]]), { data: 'binary' })).toThrow('the target has an element 4');
    expect(() => reconstructionLoss(x, x, { data: 'text' as 'binary' })).toThrow("data is 'text'; expected 'continuous' or 'binary'.");
  });
});

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
