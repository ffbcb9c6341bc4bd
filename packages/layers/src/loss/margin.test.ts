import { cpu } from '@cotangent/backend-cpu';
import { cosineSimilarity, sub, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ContrastiveLoss, contrastiveLoss, CosineEmbeddingLoss, cosineEmbeddingLoss, HingeEmbeddingLoss, hingeEmbeddingLoss, infoNCELoss,
  InfoNCELoss, MarginRankingLoss, marginRankingLoss, MulticlassHingeLoss, multiclassHingeLoss, MultiLabelMarginLoss, multilabelMarginLoss,
  MultiLabelSoftMarginLoss, multilabelSoftMarginLoss, MultiMarginLoss, multiMarginLoss, SoftMarginLoss, softMarginLoss, TripletMarginLoss,
  tripletMarginLoss, TripletMarginWithDistanceLoss, tripletMarginWithDistanceLoss,
} from '../index';
import { expectClose, ints } from '../testing/expect';
import { expectGradients, gradient } from '../testing/losses';

beforeAll(async () => {
  await use(cpu());
});

const none = { reduction: 'none' } as const;

describe('losses of 1 and -1', () => {
  test('hinge embedding: distances shall be small or beyond the margin', async () => {
    const [x, y] = [tensor([0.5, 0.7, 3]), tensor([1, -1, -1])];
    await expectClose(hingeEmbeddingLoss(x, y, none), [0.5, 0.3, 0]);
    await expectClose(new HingeEmbeddingLoss({ margin: 2 }).forward(x, ints([1, -1, -1])), (0.5 + 1.3) / 3);
    await expectGradients((a) => hingeEmbeddingLoss(a, ints([1, -1, -1])), [0.5, 0.7, 3]);
  });

  test('margin ranking: the first shall be larger by the margin, or the second', async () => {
    const [a, b] = [tensor([1, 2, 0]), tensor([2, 1, 0])];
    await expectClose(marginRankingLoss(a, b, tensor([1, 1, -1]), none), [1, 0, 0]);
    await expectClose(new MarginRankingLoss({ margin: 0.5, reduction: 'sum' }).forward(a, b, tensor([1, 1, -1])), 2);
    await expectGradients((x, y) => marginRankingLoss(x, y, ints([1, -1]), { margin: 0.5 }), [1, 2], [2, 1.7]);
  });

  test('soft margin: logistic, also for scores of -1000', async () => {
    await expectClose(
      softMarginLoss(tensor([0, -1000, 1000, 2]), tensor([1, 1, 1, -1]), none),
      [Math.LN2, 1000, 0, Math.log1p(Math.exp(2))],
    );
    await expectClose(new SoftMarginLoss().forward(tensor([0]), tensor([1])), Math.LN2);
    await expectClose(gradient((x) => softMarginLoss(x, tensor([1, 1]), { reduction: 'sum' }), [-1000, 1000]), [-1, 0]);
  });

  test('cosine embedding: angles, of zero vectors too [L70]', async () => {
    const [a, b] = [tensor([[1, 0], [1, 1], [0, 0]]), tensor([[0, 2], [2, 2], [1, 0]])];
    await expectClose(cosineEmbeddingLoss(a, b, ints([1, 1, 1]), none), [1, 0, 1]);
    await expectClose(cosineEmbeddingLoss(a, b, ints([-1, -1, -1]), { ...none, margin: 0.4 }), [0, 0.6, 0]);
    await expectClose(new CosineEmbeddingLoss().forward(tensor([1, 1]), tensor([1, 0]), ints(-1)), Math.SQRT1_2);
    await expectGradients((x, y) => cosineEmbeddingLoss(x, y, ints([1, -1]), { margin: -1 }), [[1, 0.3], [1, 1]], [[0.2, 2], [2, 3]]);
    expect(() => cosineEmbeddingLoss(zeros([1, 2, 3]), zeros([1, 2, 3]), ints([[1, 1]]))).toThrow(
      'expected [batch, features] or [features]',
    );
  });

  test('refuse other targets', () => {
    expect(() => softMarginLoss(zeros([2]), tensor([0, 1]))).toThrow(
      'softMarginLoss: the target has an element 0; expected 1 or -1. From 0 and 1: target.mul(2).sub(1).',
    );
    expect(() => hingeEmbeddingLoss(zeros([2]), tensor([1]))).toThrow('the target has shape [1]; expected [2], 1 or -1 for each sample.');
    expect(() => marginRankingLoss(zeros([2]), zeros([1]), tensor([1, 1]))).toThrow('the second input [1]; they must be equal');
  });
});

describe('hinges over classes', () => {
  const scores = [[3.2, 5.1, -1.7], [1.3, 4.9, 2], [2.2, 2.5, -3.1]];

  test('the multiclass SVM loss with margin 1, summed over the other classes [S04]', async () => {
    await expectClose(multiclassHingeLoss(tensor(scores), ints([0, 1, 2]), none), [2.9, 0, 12.9]);
    await expectClose(multiclassHingeLoss(tensor(scores), ints([0, 1, 2])), 5.266666667);
    await expectClose(
      new MulticlassHingeLoss({ p: 2, reduction: 'sum' }).forward(tensor(scores), ints([0, 1, 2])),
      2.9 ** 2 + 6.3 ** 2 + 6.6 ** 2,
    );
  });

  test('does not change when the right score doubles, where cross-entropy does [S04]', async () => {
    await expectClose(multiclassHingeLoss(tensor([[10, -2, 3], [20, -2, 3]]), ints([0, 0]), none), [0, 0]);
  });

  test('multiMarginLoss divides by the number of classes; weights are those of the right class', async () => {
    await expectClose(multiMarginLoss(tensor(scores), ints([0, 1, 2]), none), [2.9 / 3, 0, 4.3]);
    const weight = tensor([2, 1, 0.5]);
    await expectClose(multiMarginLoss(tensor(scores), ints([0, 1, 2]), { ...none, weight, margin: 0, p: 2 }), [
      (2 * 1.9 ** 2) / 3, 0, (0.5 * (5.3 ** 2 + 5.6 ** 2)) / 3,
    ]);
    await expectClose(new MultiMarginLoss({ weight }).forward(tensor(scores), ints([0, 1, 2])), (2 * 2.9 + 0.5 * 12.9) / 9);
    await expectClose(multiMarginLoss(tensor([1, 2]), ints(0)), 1);
    await expectGradients((x) => multiMarginLoss(x, ints([0, 1, 2]), { p: 2, weight: tensor([2, 1, 0.5], { dtype: 'float64' }) }), scores);
  });

  test('refuse what does not fit', () => {
    expect(() => multiMarginLoss(tensor(scores), ints([0, 1, 3]))).toThrow(
      'multiMarginLoss: the target 3 is out of range; expected a class from 0 to 2, as there are 3 scores.',
    );
    expect(() => multiMarginLoss(tensor(scores), ints([0, 1, 2]), { p: 3 as 2 })).toThrow('p is 3; expected 1 or 2.');
    expect(() => multiclassHingeLoss(zeros([1, 2, 3]), ints([[0, 1, 2]]))).toThrow('expected [batch, classes] or [classes]');
  });

  test('several classes at once, listed up to a -1', async () => {
    const x = [0.1, 0.2, 0.4, 0.8];
    // Of classes 3 and 0 against 1 and 2; what follows the -1 does not count.
    const hinge = (j: number, i: number): number => Math.max(0, 1 - (x[j]! - x[i]!));
    const expected = (hinge(3, 1) + hinge(3, 2) + hinge(0, 1) + hinge(0, 2)) / 4;
    await expectClose(multilabelMarginLoss(tensor([x, x]), ints([[3, 0, -1, 1], [-1, 0, 1, 2]]), none), [expected, 0]);
    await expectClose(new MultiLabelMarginLoss().forward(tensor(x), ints([3, 0, -1, 1])), expected);
    await expectGradients((a) => multilabelMarginLoss(a, ints([[3, 0, -1, 1], [2, -1, -1, 0]])), [x, [0.3, 0.9, 0.2, -1]]);
    expect(() => multilabelMarginLoss(tensor([x]), ints([[4, -1, 0, 0]]))).toThrow(
      'the target 4 is out of range; expected classes from 0 to 3',
    );
    expect(() => multilabelMarginLoss(tensor([x]), tensor([x]))).toThrow('the target is float32; expected lists of class indices as int32');
  });

  test('several classes at once, each yes or no', async () => {
    const [x, y] = [[0.5, -2, 1000], [1, 0, 1]];
    const expected = (Math.log1p(Math.exp(-0.5)) + 3 * Math.log1p(Math.exp(-2))) / 3;
    const weight = tensor([1, 3, 1]);
    await expectClose(multilabelSoftMarginLoss(tensor([x]), tensor([y]), { weight, reduction: 'none' }), [expected]);
    await expectClose(new MultiLabelSoftMarginLoss().forward(tensor([[0, 0]]), tensor([[1, 0]])), Math.LN2);
    await expectGradients((a, t) => multilabelSoftMarginLoss(a, t), [[0.5, -2, 1]], [y]);
  });
});

describe('distances', () => {
  const [anchor, positive, negative] = [tensor([[1, 0]]), tensor([[0.8, 0.1]]), tensor([[0.5, 0.5]])];
  const squared = (a: Tensor, b: Tensor): Tensor => a.sub(b).square().sum({ dim: -1 });

  test('triplets: max(d(a, p) - d(a, n) + margin, 0) with squared distances [L71 E42]', async () => {
    const loss = (margin: number): Tensor => tripletMarginWithDistanceLoss(anchor, positive, negative, { distance: squared, margin });
    await expectClose(squared(anchor, positive), [0.05]);
    await expectClose(squared(anchor, negative), [0.5]);
    await expectClose(loss(0.2), 0); // the margin is added, not subtracted, and the result cut at 0
    await expectClose(loss(0.5), 0.05);
  });

  test('triplets of order p, with swap, with eps [L71]', async () => {
    const options = { margin: 2, eps: 0 };
    const [a, p, n] = [tensor([[0, 0]]), tensor([[0, 3]]), tensor([[4, 0]])];
    await expectClose(tripletMarginLoss(a, p, n, options), 1);
    await expectClose(tripletMarginLoss(a, p, n, { ...options, p: 1 }), 1);
    await expectClose(tripletMarginLoss(tensor([[0, 0]]), tensor([[1, -5]]), tensor([[4, 3]]), { ...options, p: Infinity }), 5 - 4 + 2);
    await expectClose(tripletMarginLoss(a, p, tensor([[0, 4]]), { ...options, swap: true }), 3 - 1 + 2);
    await expectClose(new TripletMarginLoss(options).forward(a.index(0), p.index(0), n.index(0)), 1);
    const cosine = new TripletMarginWithDistanceLoss({ distance: (x, y) => sub(1, cosineSimilarity(x, y)), reduction: 'sum' });
    await expectClose(cosine.forward(tensor([[1, 0]]), tensor([[0, 1]]), tensor([[1, 0]])), 2);
    await expectClose(tripletMarginWithDistanceLoss(a, p, n), await tripletMarginLoss(a, p, n).item());
    await expectGradients((x, y, z) => tripletMarginLoss(x, y, z, { swap: true, p: 3 }), [[1, 0.2]], [[0.8, 0.1]], [[0.5, 0.5]]);
    await expectClose(gradient((x) => tripletMarginLoss(x, x, x, { margin: 1, eps: 0 }), [[1, 2]]), [[0, 0]]);
  });

  test('triplets refuse what does not fit', () => {
    expect(() => tripletMarginLoss(anchor, positive, zeros([2]))).toThrow(
      'the input has shape [1, 2] and the negative [2]; they must be equal',
    );
    expect(() => new TripletMarginLoss({ margin: -1 })).toThrow('TripletMarginLoss: margin is -1; expected a finite number >= 0.');
    const perElement = { distance: (a: Tensor, b: Tensor) => a.sub(b) };
    expect(() => tripletMarginWithDistanceLoss(anchor, positive, negative, perElement)).toThrow(
      'expected a number per sample. Sum over dim -1.',
    );
  });

  test('contrastive: matching pairs together, others beyond the margin [L71]', async () => {
    const [a, b] = [tensor([[0, 0], [0, 0], [0, 0]]), tensor([[3, 4], [0, 0.2], [2, 0]])];
    await expectClose(contrastiveLoss(a, b, tensor([1, 0, 0]), none), [25, 0.64, 0]);
    await expectClose(new ContrastiveLoss({ factor: 0.5, margin: 3 }).forward(a, b, ints([0, 0, 0])), (0.5 * (2.8 ** 2 + 1)) / 3);
    await expectGradients((x, y) => contrastiveLoss(x, y, ints([1, 0])), [[0.1, 0.2], [0.3, 0]], [[0.5, 0], [0, 0.2]]);
    // Equal vectors have no direction to be pushed in.
    await expectClose(gradient((x) => contrastiveLoss(x, tensor([[1, 2]]), tensor([0])), [[1, 2]]), [[0, 0]]);
    expect(() => contrastiveLoss(a, b, tensor([1]))).toThrow('the target [1]; expected [batch, features] and [batch].');
    expect(() => contrastiveLoss(a, b, tensor([1, -1, 1]))).toThrow('the target has an element -1');
  });

  test('InfoNCE finds the matching row by cosine similarity [L71]', async () => {
    const a = tensor([[1, 0], [0, 2]]);
    await expectClose(infoNCELoss(a, tensor([[3, 0], [0, 1]]), { temperature: 1 }), Math.log1p(Math.exp(-1)));
    await expectClose(infoNCELoss(a, tensor([[3, 0], [3, 0]]), { temperature: 0.5, reduction: 'none' }), [Math.LN2, Math.LN2]);
    const both = infoNCELoss(a, tensor([[3, 0], [3, 0]]), { temperature: 1, symmetric: true, reduction: 'none' });
    const [right, wrong] = [Math.log1p(Math.exp(-1)), Math.log1p(Math.exp(1))];
    await expectClose(both, [(Math.LN2 + right) / 2, (Math.LN2 + wrong) / 2]);
    const more = tensor([[3, 0], [0, 1], [-1, 0]]);
    await expectClose(
      infoNCELoss(a, more, { temperature: 1, ...none }),
      [Math.log(1 + Math.exp(-1) + Math.exp(-2)), Math.log(1 + 2 * Math.exp(-1))],
    );
    await expectClose(new InfoNCELoss({ temperature: 1 }).forward(a, a), right);
    await expectGradients((x, y) => infoNCELoss(x, y, { temperature: 0.3, symmetric: true }), [[1, 0.2], [0.3, 2]], [[0.5, 1], [1, -1]]);
    expect(() => infoNCELoss(a, zeros([1, 2]))).toThrow(
      'the inputs have shapes [2, 2] and [1, 2]; expected [batch, features] and [batch or more',
    );
    expect(() => new InfoNCELoss({ temperature: 0 })).toThrow('temperature is 0');
  });
});
