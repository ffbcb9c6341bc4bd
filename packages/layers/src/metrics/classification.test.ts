import { cpu } from '@cotangent/backend-cpu';
import { tensor, use, zeros } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  accuracy, balancedAccuracy, brierScore, cohenKappa, confusionMatrix, f1Score, fbetaScore, jaccardScore, logLoss, matthewsCorrelation,
  perplexity, precision, precisionRecallFscore, recall, topKAccuracy,
} from '../index';
import { expectClose, expectNear, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

// Expected numbers of this file are those of scikit-learn 1.9, unless they follow from a definition.
const target = [0, 1, 2, 2, 1, 0, 2, 1, 1, 0];
const predicted = [0, 2, 2, 2, 1, 0, 1, 1, 0, 1];
const sampleWeight = [1, 2, 1, 0.5, 1, 3, 1, 1, 2, 1];

describe('a classifier with 3 true and 1 false positives, 2 false and 4 true negatives', () => {
  const truth = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];
  const guess = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];

  test('has accuracy 0.7, precision 0.75, recall 0.6 and their harmonic mean F1 = 2/3 [S13]', async () => {
    await expectClose(accuracy(ints(guess), ints(truth)), 0.7);
    expect(await precision(guess, truth)).toBe(0.75);
    expect(await recall(guess, truth)).toBe(0.6);
    expect(await f1Score(guess, truth)).toBeCloseTo(0.6666666667, 10);
    expect(await f1Score(guess, truth)).toBeCloseTo(2 / (1 / 0.75 + 1 / 0.6), 12);
    expect(await fbetaScore(guess, truth, { beta: 2 })).toBeCloseTo((5 * 0.75 * 0.6) / (4 * 0.75 + 0.6), 12);
    expect(await jaccardScore(guess, truth)).toBe(0.5);
    expect(await confusionMatrix(ints(guess), ints(truth), { classes: 2 }).array()).toEqual([[4, 1], [2, 3]]);
  });

  test('0/0 is 0, or what zeroDivision says [S13]', async () => {
    const none = [0, 0, 0];
    expect(await precisionRecallFscore(none, none, {})).toEqual({ precision: 0, recall: 0, fscore: 0, support: 0 });
    expect(await precision(none, [0, 1, 0], { zeroDivision: 1 })).toBe(1);
    expect(await recall(none, [0, 1, 0], { zeroDivision: 1 })).toBe(0);
    expect(await f1Score(none, none, { zeroDivision: NaN })).toBeNaN();
    expect(await f1Score([0, 0], [0, 0], { labels: [0, 1], average: 'macro', zeroDivision: NaN })).toBe(1); // left out of the mean
  });
});

describe('several classes', () => {
  test('every average of precision, recall and F-beta [S13]', async () => {
    const scores = await precisionRecallFscore(predicted, target, { average: 'none', beta: 2 });
    expectNear(scores, { precision: [2 / 3, 0.5, 2 / 3], recall: [2 / 3, 0.5, 2 / 3], fscore: [2 / 3, 0.5, 2 / 3], support: [3, 4, 3] });
    expectNear(await f1Score(predicted, target, { average: 'micro' }), 0.6);
    expectNear(await f1Score(predicted, target, { average: 'macro' }), 0.611111111111111);
    expectNear(await f1Score(predicted, target, { average: 'weighted' }), 0.6);
    const weighted = await precisionRecallFscore(predicted, target, { average: 'macro', sampleWeight });
    expectNear(weighted, { precision: 0.5317460317460317, recall: 0.5777777777777778, fscore: 0.5424242424242425, support: 13.5 });
    const some = await precisionRecallFscore(predicted, target, { average: 'macro', labels: [2, 5] });
    expectNear(some, { precision: 1 / 3, recall: 1 / 3, fscore: 1 / 3, support: 3 });
    expectNear(await jaccardScore(predicted, target, { average: 'none' }), [0.5, 1 / 3, 0.5]);
    expectNear(await jaccardScore(predicted, target, { average: 'micro' }), 0.42857142857142855);
  });

  test('sets of labels, averaged over samples too', async () => {
    const truth = [[1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1]];
    const guess = [[1, 1, 0], [0, 1, 0], [0, 1, 0], [1, 0, 1]];
    const options = { multilabel: true };
    const samples = await precisionRecallFscore(guess, truth, { average: 'samples' });
    expectNear(samples, { precision: 0.625, recall: 0.5416666666666666, fscore: 0.575, support: 6 });
    expectNear(await f1Score(guess, truth, { ...options, average: 'none' }), [1, 0.4, 2 / 3]);
    expectNear(await f1Score(guess, truth, { ...options, average: 'micro' }), 2 / 3);
    expectNear(await precision(guess, truth, { ...options, average: 'macro' }), 7 / 9);
    expectNear(await precision(tensor(guess), tensor(truth), { ...options, average: 'weighted' }), 7 / 9);
  });

  test('figures of the whole matrix: balanced accuracy, kappa, correlation', async () => {
    expectNear(await balancedAccuracy(predicted, target), 0.611111111111111);
    expectNear(await balancedAccuracy(predicted, target, { adjusted: true }), 0.4166666666666666);
    expectNear(await cohenKappa(predicted, target), 0.3939393939393939);
    expectNear(await cohenKappa(predicted, target, { weights: 'linear' }), 0.5238095238095238);
    expectNear(await cohenKappa(predicted, target, { weights: 'quadratic' }), 0.6666666666666667);
    expectNear(await cohenKappa(predicted, target, { sampleWeight }), 0.3221757322175731);
    expectNear(await matthewsCorrelation(predicted, target), 0.3939393939393939);
    expectNear(await matthewsCorrelation(predicted, target, { sampleWeight }), 0.3304994991506578);
    expect(await cohenKappa([1, 1], [1, 1])).toBeNaN();
    expect(await matthewsCorrelation([1, 1], [0, 1])).toBe(0);
  });

  test('the confusion matrix of some labels in an order, and with weights [S13]', async () => {
    const [p, t] = [ints(predicted), ints(target)];
    expect(await confusionMatrix(p, t, { classes: 3 }).array()).toEqual([[2, 1, 0], [1, 2, 1], [0, 1, 2]]);
    expect(await confusionMatrix(p, t, { labels: [2, 0] }).array()).toEqual([[2, 0], [0, 2]]);
    const weighted = confusionMatrix(p, t, { classes: 3, sampleWeight: tensor(sampleWeight) });
    await expectClose(weighted, [[4, 1, 0], [2, 2, 2], [0, 1, 1.5]]);
    const small = confusionMatrix(p, t, { classes: 3, sampleWeight: tensor(sampleWeight).div(100), normalize: 'true' });
    await expectClose(small, [[0.8, 0.2, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0.4, 0.6]]);
    await expectClose(confusionMatrix(p, t, { labels: [0, 7], normalize: 'pred' }), [[1, 0], [0, 0]]);
    await expectClose(accuracy(p, t, { sampleWeight: tensor(sampleWeight) }), 7.5 / 13.5);
    expect(() => accuracy(p, t, { sampleWeight: zeros([3]) })).toThrow('accuracy: sampleWeight has shape [3]; expected [10]');
  });

  test('scores are taken to the best class; of equal ones the first', async () => {
    const scores = [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]];
    expect(await f1Score(scores, [1, 0], { average: 'micro' })).toBe(1);
    expect(await f1Score(tensor(scores), ints([1, 1]), { average: 'micro' })).toBe(0.5);
  });

  test('what does not fit is refused', async () => {
    await expect(f1Score(predicted, target)).rejects.toThrow(
      "f1Score: the classes are 0, 1, 2; average 'binary' expects two, 1 (posLabel) among them. Give average: 'macro'",
    );
    await expect(precision([1, 0], [1])).rejects.toThrow('precision: the input has shape [2] and the target [1]; they must be equal.');
    await expect(recall([], [])).rejects.toThrow('recall: there are no samples');
    await expect(recall(predicted, target, { average: 'mean' as 'macro' })).rejects.toThrow(
      "average is 'mean'; expected 'binary', 'micro'",
    );
    await expect(recall([[2, 0]], [[1, 0]], { average: 'samples' })).rejects.toThrow('an element 2 among sets of labels; expected 0 or 1');
    await expect(precision(predicted, target, { average: 'macro', sampleWeight: [1] })).rejects.toThrow(
      'expected [10], one number for each sample',
    );
    await expect(precision('text' as never, target)).rejects.toThrow(
      'the input is the string "text"; expected a tensor or an array of numbers',
    );
  });
});

describe('probabilities', () => {
  const p = [
    [0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3],
    [0.4, 0.4, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4], [0.6, 0.3, 0.1], [0.5, 0.1, 0.4],
  ];

  test('log loss, cut at 2^-52 where a probability is 0', async () => {
    expectNear(await logLoss(p, target), 0.7698294805550733);
    expectNear(await logLoss(p, target, { sampleWeight }), 0.8019266557053301);
    expectNear(await logLoss([0.9, 0.2], [1, 0]), -(Math.log(0.9) + Math.log(0.8)) / 2);
    expectNear(await logLoss([0, 1], [1, 1]), (52 * Math.LN2) / 2);
    expectNear(await logLoss(p, target.map((c) => c + 5)), 0.7698294805550733); // the classes that occur, ascending
    expectNear(await logLoss([[0.5, 0.25, 0.25]], [0]), Math.LN2); // not all classes occur: columns stand for 0, 1, ...
    await expect(logLoss(p, target.map((c) => c + 5), { labels: [1, 2, 3] })).rejects.toThrow(
      'class 5, which is not among labels [1, 2, 3]',
    );
    await expect(logLoss([[1.5, -0.5]], [0])).rejects.toThrow('logLoss: the input has an element 1.5; expected probabilities from 0 to 1.');
  });

  test('top-k accuracy; of equal scores those of later classes come first', async () => {
    expect(await topKAccuracy(p, target, { k: 1 })).toBe(0.6);
    expect(await topKAccuracy(p, target)).toBe(1);
    expect(await topKAccuracy([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2]], [0, 1], { k: 1, labels: [0, 1, 2] })).toBe(0.5);
    expect(await topKAccuracy([0.5, 0.6], [1, 1], { k: 1, labels: [0, 1] })).toBe(0.5);
    await expect(topKAccuracy(p, target, { k: 0 })).rejects.toThrow('k is 0; expected a whole number >= 1');
  });

  test('Brier score of one column, and of one for each class', async () => {
    expectNear(await brierScore([0.9, 0.2], [1, 0]), 0.025);
    expectNear(await brierScore([0.9, 0.2], [1, 0], { sampleWeight: [3, 1] }), 0.0175);
    expectNear(await brierScore([0.9, 0.2], [1, 0], { posLabel: 0 }), (0.81 + 0.64) / 2);
    expectNear(await brierScore([[0.7, 0.2, 0.1]], [0]), 0.09 + 0.04 + 0.01);
  });

  test('perplexity is e to the cross-entropy: the number of classes for one that knows nothing', async () => {
    await expectClose(perplexity(zeros([2, 27]), ints([3, 4])), 27);
    await expectClose(perplexity(tensor([[0, 0], [5, 0]]), ints([0, -100])), 2);
  });
});
