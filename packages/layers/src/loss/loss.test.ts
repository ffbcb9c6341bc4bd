import { backward, gradCheck } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { logSoftmax, parameter, tensor, use, zeros, type NestedArray, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { crossEntropy, CrossEntropyLoss, MSELoss, mseLoss, nllLoss, NLLLoss } from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

async function gradient(loss: (x: Tensor) => Tensor, at: NestedArray): Promise<Tensor> {
  const x = parameter(tensor(at));
  return backward(loss(x)).get(x) as Tensor;
}

describe('crossEntropy', () => {
  test('of one sample is -log of the probability of its class', async () => {
    await expectClose(crossEntropy(tensor([[3.2, 5.1, -1.7]]), ints([0])), 2.040355153);
    await expectClose(crossEntropy(tensor([-2.85, 0.86, 0.28]), ints(2)), 1.040190569);
  });

  test('of equal scores is ln C', async () => {
    for (const classes of [2, 10, 1000]) await expectClose(crossEntropy(zeros([1, classes]), ints([1])), Math.log(classes));
  });

  test('against a one-hot target, and its gradient p - y', async () => {
    const p = [0.3, 0.2, 0.1, 0.4];
    const scores = p.map(Math.log);
    const y = tensor([[0, 1, 0, 0]]);
    await expectClose(crossEntropy(tensor([scores]), y), 1.609437912);
    await expectClose(await gradient((x) => crossEntropy(x, y), [scores]), [[0.3, -0.8, 0.1, 0.4]]);
    await expectClose(await gradient((x) => crossEntropy(x, ints([1])), [scores]), [[0.3, -0.8, 0.1, 0.4]]);
  });

  test('stays exact for large scores', async () => {
    const scores = [[10000, -10000, 0], [88, 89, 90], [-10000, -10000, -10000]];
    await expectClose(crossEntropy(tensor(scores), ints([1, 2, 0]), { reduction: 'none' }), [20000, 0.40760595, 1.0986123]);
  });

  const scores = [
    [0.5173257, -2.7697964, -0.82163954, 1.2015378],
    [-0.30800766, -1.3957359, 1.7228228, 4.285294],
    [0.49217898, -0.6844638, 0.49216914, 0.9135775],
    [-0.5135967, -1.8195744, -0.7500889, -0.51370674],
    [-0.61251783, 0.28615937, 2.3335342, -2.8415787],
  ];
  const weight = [1.7747105, 1.0555472, 0.39993656, 0.56258607];
  const classes = [3, 3, 2, 1, 0];

  /** Cross-entropy by its definition, in doubles: the loss of each sample and the weight of its target. */
  function byDefinition(smoothing: number, ignore: number, w: readonly number[]): { losses: number[]; total: number } {
    let total = 0;
    const losses = classes.map((target, i) => {
      if (target === ignore) return 0;
      total += w[target]!;
      const log = scores[i]!.map((s) => s - Math.log(scores[i]!.reduce((sum, v) => sum + Math.exp(v), 0)));
      return -log.reduce((sum, l, c) => sum + w[c]! * l * (smoothing / 4 + (c === target ? 1 - smoothing : 0)), 0);
    });
    return { losses, total };
  }

  test.each([
    [0, -100, false], [0, 1, true], [0.1, -100, false], [0.1, 1, true], [0.3, 3, false],
  ])('smoothing %f, ignoring %i, weighted %s: every reduction', async (labelSmoothing, ignoreIndex, weighted) => {
    const { losses, total } = byDefinition(labelSmoothing, ignoreIndex, weighted ? weight : [1, 1, 1, 1]);
    const sum = losses.reduce((a, b) => a + b);
    const options = { labelSmoothing, ignoreIndex, weight: weighted ? tensor(weight) : undefined };
    await expectClose(crossEntropy(tensor(scores), ints(classes), { ...options, reduction: 'none' }), losses);
    await expectClose(crossEntropy(tensor(scores), ints(classes), { ...options, reduction: 'sum' }), sum);
    await expectClose(crossEntropy(tensor(scores), ints(classes), options), sum / total);
    await expectClose(new CrossEntropyLoss(options).forward(tensor(scores), ints(classes)), sum / total);
  });

  test('agrees with PyTorch where everything comes together', async () => {
    const options = { weight: tensor(weight), ignoreIndex: 1, labelSmoothing: 0.1 };
    await expectClose(crossEntropy(tensor(scores), ints(classes), options), 2.0545278);
    const g = (await (await gradient((x) => crossEntropy(x, ints(classes), options), scores)).array()) as number[][];
    expect(g[3]).toEqual([0, 0, 0, 0]);
    expect(g[4]![0]! * 0.744).toBeCloseTo(-0.35324344, 5);
  });

  test('probabilities divide by the number of samples, also with weights', async () => {
    const target = scores.map((_, i) => [0.1 * i, 0.2, 0.5 - 0.1 * i, 0.3]);
    const log = (await logSoftmax(tensor(scores), { dim: 1 }).array()) as number[][];
    const loss = (smoothing: number): number => {
      const terms = log.flatMap((row, i) => row.map((l, c) => -l * weight[c]! * (target[i]![c]! * (1 - smoothing) + smoothing / 4)));
      return terms.reduce((a, b) => a + b) / 5;
    };
    await expectClose(crossEntropy(tensor(scores), tensor(target), { weight: tensor(weight) }), loss(0));
    await expectClose(crossEntropy(tensor(scores), tensor(target), { weight: tensor(weight), labelSmoothing: 0.2 }), loss(0.2));
  });

  test('the class axis is 1 however many follow', async () => {
    const image = tensor(scores).transpose().reshape(1, 4, 5);
    const target = ints([classes]);
    const flat = await crossEntropy(tensor(scores), ints(classes), { reduction: 'none' }).array();
    await expectClose(crossEntropy(image, target, { reduction: 'none' }), [flat]);
    await expectClose(
      crossEntropy(image, target, { weight: tensor(weight), labelSmoothing: 0.1 }),
      await crossEntropy(tensor(scores), ints(classes), { weight: tensor(weight), labelSmoothing: 0.1 }).item(),
    );
  });

  test('ignored targets are never looked up; the mean of none is NaN, the sum 0, the gradient 0', async () => {
    const none = ints([-100, -100]);
    await expectClose(crossEntropy(zeros([2, 3]), none), NaN);
    await expectClose(crossEntropy(zeros([2, 3]), none, { reduction: 'sum' }), 0);
    await expectClose(await gradient((x) => crossEntropy(x, none, { reduction: 'sum' }), [[1, 2], [3, 4]]), [[0, 0], [0, 0]]);
    await expectClose(crossEntropy(tensor([[Infinity, 0], [0, 0]]), ints([255, 0]), { ignoreIndex: 255 }), Math.LN2);
  });

  test('has the gradients of finite differences', async () => {
    const d = { dtype: 'float64' } as const;
    const w = tensor(weight, d);
    for (const labelSmoothing of [0, 0.2]) {
      const f = (x: Tensor): Tensor => crossEntropy(x, ints(classes), { weight: w, ignoreIndex: 2, labelSmoothing });
      const report = await gradCheck(f, [tensor(scores, d)]);
      expect(report.passed, JSON.stringify(report)).toBe(true);
    }
  });

  test('refuses what does not fit', async () => {
    const x = tensor(scores);
    expect(() => crossEntropy(x, ints([1, 2]))).toThrow(
      'crossEntropy: the input has shape [5, 4] and the target [2]; expected [5], one class index for each list of 4 scores (axis 1).',
    );
    expect(() => crossEntropy(x, tensor([0, 1, 2, 3, 0]))).toThrow("they must be equal. Class indices must be int32: .cast('int32').");
    expect(() => crossEntropy(x, tensor([true, false, true, true, true]))).toThrow('the target is bool; expected class indices as int32');
    expect(() => crossEntropy(x, ints(classes), { weight: tensor([1, 2]) })).toThrow('the weight has shape [2]; expected [4]');
    expect(() => crossEntropy(x, ints(classes), { labelSmoothing: 2 })).toThrow('labelSmoothing is 2');
    expect(() => crossEntropy(x, ints(classes), { reduction: 'avg' as 'mean' })).toThrow(
      "reduction is 'avg'; expected 'mean', 'sum' or 'none'",
    );
    expect(() => crossEntropy(tensor(1), ints([]))).toThrow('the input is a scalar');
    expect(() => crossEntropy(x, ints([0, 1, 2, 3, 4]))).toThrow(
      'crossEntropy: the target 4 is out of range; expected a class from 0 to 3',
    );
    const computed = ints([0, 1, 2, 3, 3]).add(ints([0, 0, 0, 0, 1]));
    await expect((async () => crossEntropy(x, computed).item())()).rejects.toThrow('index 4 is out of range');
  });
});

describe('nllLoss', () => {
  test('on log-probabilities is the cross-entropy of the scores', async () => {
    const scores = tensor([[1, 2, 0], [0, 3, -1]]);
    const options = { weight: tensor([1, 2, 3]), ignoreIndex: 0 };
    const target = ints([2, 1]);
    const expected = await crossEntropy(scores, target, options).item();
    await expectClose(nllLoss(logSoftmax(scores, { dim: 1 }), target, options), expected);
    await expectClose(new NLLLoss(options).forward(logSoftmax(scores, { dim: 1 }), target), expected);
  });

  test('the mean divides by the weights of the targets that count', async () => {
    const input = tensor([[-1, -2], [-3, -4], [-5, -6]]);
    const options = { weight: tensor([1, 3]), ignoreIndex: -1 };
    await expectClose(nllLoss(input, ints([1, 0, -1]), options), (3 * 2 + 1 * 3) / 4);
    await expectClose(nllLoss(input, ints([1, 0, -1]), { ...options, reduction: 'none' }), [6, 3, 0]);
  });

  test('uint8 labels are accepted', async () => {
    await expectClose(nllLoss(tensor([[-1, -2]]), tensor(new Uint8Array([1]))), 2);
  });
});

describe('mseLoss', () => {
  const y = [1, 0, 1, 1];
  const p = [0.9, 0.2, 0.6, 0.1];

  test('of a worked example, with both factors', async () => {
    await expectClose(mseLoss(tensor(p), tensor(y)), 0.255);
    await expectClose(mseLoss(tensor(p), tensor(y), { factor: 0.5 }), 0.1275);
    await expectClose(mseLoss(tensor(p), tensor(y)).sqrt(), 0.5049752469);
    await expectClose(mseLoss(tensor(p), tensor(y), { reduction: 'none' }), [0.01, 0.04, 0.16, 0.81]);
    await expectClose(new MSELoss({ reduction: 'sum' }).forward(tensor(p), tensor(y)), 1.02);
    await expectClose(await gradient((x) => mseLoss(x, tensor(y), { reduction: 'sum', factor: 0.5 }), p), [-0.1, 0.2, -0.4, -0.9]);
  });

  test('refuses to broadcast', () => {
    expect(() => mseLoss(zeros([3, 1]), zeros([3]))).toThrow('mseLoss: the input has shape [3, 1] and the target [3]; they must be equal.');
    expect(() => mseLoss(zeros([3]), ints([1, 2, 3]))).toThrow('mseLoss (target): the input is int32; expected float32');
  });
});
