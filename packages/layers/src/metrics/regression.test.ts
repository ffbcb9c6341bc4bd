import { cpu } from '@cotangent/backend-cpu';
import { tensor, use } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  dcgScore, explainedVariance, maxError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredError, meanSquaredLogError,
  medianAbsoluteError, ndcgScore, r2Score, rootMeanSquaredError,
} from '../index';
import { expectNear } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

// Expected numbers are those of scikit-learn 1.9.
const actual = [3, -0.5, 2, 7];
const predicted = [2.5, 0, 2, 8];
const sampleWeight = [1, 2, 1, 0.5];

test('errors of regression, with and without weights', async () => {
  const both = async (of: typeof meanSquaredError): Promise<number[]> => [
    await of(predicted, actual),
    await of(tensor(predicted), tensor(actual), { sampleWeight }),
  ];
  expectNear(await both(meanSquaredError), [0.375, 0.2777777777777778]);
  expectNear(await both(rootMeanSquaredError), [0.6123724356957945, 0.5270462766947299]);
  expectNear(await both(meanAbsoluteError), [0.5, 0.4444444444444444]);
  expectNear(await both(medianAbsoluteError), [0.5, 0.5]);
  expectNear(await both(meanAbsolutePercentageError), [0.3273809523809524, 0.4973544973544974]);
  expectNear(await both(r2Score), [0.9486081370449679, 0.9509803921568627]);
  expectNear(await both(explainedVariance), [0.9571734475374732, 0.9596949891067538]);
  expectNear(await maxError(predicted, actual), 1);
  expectNear(await meanSquaredLogError([2.5, 5, 4, 8], [3, 5, 2.5, 7]), 0.03973012298459379);
});

test('several outputs: the mean of their figures, or each', async () => {
  const [p, t] = [[[0, 2], [-1, 2], [8, -5]], [[0.5, 1], [-1, 1], [7, -6]]];
  expectNear(await meanSquaredError(p, t), 0.7083333333333334);
  expectNear(await meanSquaredError(p, t, { outputs: 'each' }), [0.4166666666666667, 1]);
  expectNear(await rootMeanSquaredError(p, t), 0.8227486121839513);
  expectNear(await r2Score(p, t, { outputs: 'each' }), [0.9654377880184332, 0.9081632653061225]);
});

test('constant targets, single samples, zeros', async () => {
  expect(await r2Score([2, 2], [2, 2])).toBe(1);
  expect(await r2Score([2, 3], [2, 2])).toBe(0);
  expect(await r2Score([2], [2])).toBeNaN();
  expect(await explainedVariance([3, 3], [2, 2])).toBe(1);
  expect(await meanAbsolutePercentageError([1], [0])).toBeGreaterThan(1e15);
  expect(await medianAbsoluteError([1, 2, 3], [0, 0, 0], { sampleWeight: [0, 0, 5] })).toBe(3);
  expect(await medianAbsoluteError([1, 2, 9], [0, 0, 0], { sampleWeight: [1, 1, 2] })).toBe(5.5);
});

test('what does not fit is refused', async () => {
  await expect(meanSquaredError([1, 2], [1])).rejects.toThrow(
    'meanSquaredError: the input has shape [2] and the target [1]; they must be equal.',
  );
  await expect(meanSquaredError([[1, 2], [3]], [[1, 2], [3, 4]])).rejects.toThrow('rows of the input have 2 and 1 numbers');
  await expect(meanSquaredLogError([-1], [0])).rejects.toThrow('there is an element -1; expected numbers above -1.');
  await expect(meanSquaredError([], [])).rejects.toThrow('there are no samples');
});

test('discounted gain of an order: equal scores share their gain unless ties are ignored', async () => {
  const [score, relevance] = [[[0.9, 0.5, 0.5, 0.1], [0.1, 0.2, 0.3, 0.3]], [[3, 2, 0, 1], [0, 0, 1, 2]]];
  expectNear(await dcgScore(score, relevance), 3.504000471001018);
  expectNear(await ndcgScore(score, relevance), 0.9439028896076982);
  expectNear(await ndcgScore(score, relevance, { k: 2 }), 0.8909091972215829);
  expect(await ndcgScore(score, relevance, { ignoreTies: true })).toBeGreaterThan(0.9);
  expectNear(await dcgScore([3, 2, 1], [1, 0, 0], { logBase: 4 }), 2);
  expect(await ndcgScore([1, 2], [0, 0])).toBe(0);
  await expect(ndcgScore([1, 2], [0, -1])).rejects.toThrow('the relevance has an element -1');
});
