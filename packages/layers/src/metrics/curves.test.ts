import { cpu } from '@cotangent/backend-cpu';
import { tensor, use } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  areaUnderCurve, averagePrecision, calibrationCurve, expectedCalibrationError, precisionRecallCurve, rocAuc, rocCurve,
} from '../index';
import { expectNear, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

// Expected numbers are those of scikit-learn 1.9, unless they follow from a definition. Two scores are equal.
const target = [0, 1, 1, 0, 1, 0, 1, 0];
const score = [0.2, 0.8, 0.5, 0.5, 0.9, 0.1, 0.4, 0.6];
const sampleWeight = [1, 2, 1, 1, 0.5, 1, 1, 3];

describe('ROC', () => {
  test('the curve, with and without points on straight lines [R40]', async () => {
    expectNear(await rocCurve(score, target, { dropIntermediate: false }), {
      falsePositiveRate: [0, 0, 0, 0.25, 0.5, 0.5, 0.75, 1],
      truePositiveRate: [0, 0.25, 0.5, 0.5, 0.75, 1, 1, 1],
      thresholds: [Infinity, 0.9, 0.8, 0.6, 0.5, 0.4, 0.2, 0.1],
    });
    const { falsePositiveRate, truePositiveRate } = await rocCurve(tensor(score), ints(target));
    expectNear(falsePositiveRate, [0, 0, 0, 0.25, 0.5, 0.5, 1]);
    expectNear(truePositiveRate, [0, 0.25, 0.5, 0.5, 0.75, 1, 1]);
  });

  test('the area below it counts equal scores half; of a part; with weights [R40]', async () => {
    expectNear(await rocAuc(score, target), 0.78125);
    expectNear(await rocAuc([0.5, 0.5], [0, 1]), 0.5);
    expectNear(await rocAuc(score, target, { sampleWeight }), 0.7222222222222223);
    expectNear(await rocAuc(score, target, { maxFalsePositiveRate: 0.3 }), 0.7083333333333333);
    expectNear(await rocAuc(score, target, { posLabel: 0 }), 1 - 0.78125);
    expectNear(areaUnderCurve([1, 0.5, 0], [1, 1, 0]), 0.75);
    expect(() => areaUnderCurve([0, 1, 0.5], [0, 0, 0])).toThrow('x rises and falls; expected one direction. Sort the points.');
  });

  test('of one class only there is none', async () => {
    expect(await rocAuc([0.1, 0.2], [1, 1])).toBeNaN();
    expect((await rocCurve([0.1, 0.2], [1, 1])).falsePositiveRate).toEqual([NaN, NaN, NaN]);
  });

  const labels = [0, 1, 2, 2, 1, 0, 2, 1, 1, 0];
  const p = [
    [0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3],
    [0.4, 0.4, 0.2], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4], [0.6, 0.3, 0.1], [0.5, 0.1, 0.4],
  ];

  test('of several classes: each against the rest, or pairs; macro, weighted, micro [R40]', async () => {
    expectNear(await rocAuc(p, labels), 0.8571428571428572);
    expectNear(await rocAuc(p, labels, { average: 'weighted' }), 0.8547619047619047);
    expectNear(await rocAuc(p, labels, { average: 'micro' }), 0.8525);
    expectNear(await rocAuc(p, labels, { multiClass: 'ovo' }), 0.8634259259259259);
    expectNear(await rocAuc(p, labels, { multiClass: 'ovo', average: 'weighted' }), 0.859375);
    expectNear(await averagePrecision(p, labels), 0.8161375661375662);
    expectNear(await averagePrecision(p, labels, { average: 'weighted' }), 0.8178571428571428);
    expectNear(await averagePrecision(p, labels, { average: 'micro' }), 0.7438837478311161);
    const sets = labels.map((label) => [0, 1, 2].map((c) => Number(c === label)));
    expectNear(await rocAuc(p, sets), 0.8571428571428572);
    await expect(rocAuc(p, labels.map((c) => Math.min(c, 1)))).rejects.toThrow('the classes are [0, 1], but the score has 3 columns');
  });

  test('what does not fit is refused', async () => {
    await expect(rocCurve(score, [0, 1, 2, 0, 1, 0, 1, 0])).rejects.toThrow(
      'the target has the classes 0, 1, 2; expected two, 1 (posLabel)',
    );
    await expect(rocAuc([NaN, 1], [0, 1])).rejects.toThrow('rocAuc: score 0 is NaN; expected numbers.');
    await expect(rocAuc(score, target, { maxFalsePositiveRate: 0 })).rejects.toThrow('maxFalsePositiveRate is 0');
    await expect(rocCurve([], [])).rejects.toThrow('expected [samples], at least one');
  });
});

describe('precision and recall', () => {
  test('the curve ends at precision 1 and recall 0 [R40]', async () => {
    expectNear(await precisionRecallCurve(score, target), {
      precision: [0.5, 4 / 7, 2 / 3, 0.6, 2 / 3, 1, 1, 1],
      recall: [1, 1, 1, 0.75, 0.5, 0.5, 0.25, 0],
      thresholds: [0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9],
    });
    expectNear((await precisionRecallCurve(score, target, { dropIntermediate: true })).thresholds, [0.1, 0.4, 0.5, 0.6, 0.8, 0.9]);
    expect((await precisionRecallCurve([0.1, 0.2], [0, 0])).recall).toEqual([1, 1, 0]);
  });

  test('average precision; 0 without positives [R40]', async () => {
    expectNear(await averagePrecision(score, target), 0.8166666666666667);
    expectNear(await averagePrecision(score, target, { sampleWeight }), 0.7769063180827886);
    expect(await averagePrecision([0.1, 0.2], [0, 0])).toBe(0);
  });
});

describe('calibration', () => {
  test('the reliability curve over bins of equal width or size [R40]', async () => {
    expectNear(
      await calibrationCurve(score, target, { bins: 3 }), { trueShare: [0, 0.5, 1], predicted: [0.15, 0.5, 0.85], counts: [2, 4,
      2] },
    );
    const { trueShare, predicted } = await calibrationCurve(score, target, { bins: 3, strategy: 'quantile' });
    expectNear(trueShare, [1 / 3, 0.5, 2 / 3]);
    expectNear(predicted, [0.7 / 3, 0.5, 2.3 / 3]);
  });

  test('the expected error averages how far confidence is from being right [R40]', async () => {
    expectNear(await expectedCalibrationError([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]], [0, 1, 1]), (2 * Math.abs(0.5 - 0.9) + 0.4) / 3);
    expectNear(await expectedCalibrationError(score, target, { bins: 3 }), (2 * 0.15 + 0 + 2 * 0.15) / 8);
    await expect(calibrationCurve([1.2], [1])).rejects.toThrow('calibrationCurve: the input has an element 1.2; expected probabilities');
    await expect(calibrationCurve([0.2], [3])).rejects.toThrow('the target has an element 3; expected 0 or 1.');
  });
});
