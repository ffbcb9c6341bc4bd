import { cpu } from '@cotangent/backend-cpu';
import { argmax, tensor, topk, use, where, zeros } from '@cotangent/tensor';
import { beforeAll, expect, test } from 'vitest';
import {
  adjustedRand, calinskiHarabasz, daviesBouldin, distances, homogeneityCompleteness, mutualInformation, normalizedMutualInformation,
  silhouetteScore,
} from '../index';
import { expectClose, expectNear } from '../testing/expect';
import { expectGradients } from '../testing/losses';

beforeAll(async () => {
  await use(cpu());
});

// Expected numbers are those of scikit-learn 1.9.
const labels = [0, 0, 1, 1, 2, 2, 2];
const truth = [0, 0, 0, 1, 1, 2, 2];
const points = [[0, 0], [1, 0], [5, 5], [6, 5], [0, 9], [1, 8], [0, 8]];

test('clusters beside true classes, whatever their names', async () => {
  expectNear(await adjustedRand(labels, truth), 0.2125);
  expectNear(await adjustedRand([5, 5, 3, 3], [0, 0, 1, 1]), 1);
  expectNear(await mutualInformation(labels, truth), 0.6081583698769646);
  expectNear(await normalizedMutualInformation(labels, truth), 0.5636355530993447);
  expectNear(
    await normalizedMutualInformation([0, 0, 1], [0, 1, 1], { mean: 'max' }), await normalizedMutualInformation([0, 0, 1], [0, 1,
    1]),
  );
  const all = 0.5636355530993447;
  expectNear(await homogeneityCompleteness(labels, truth), { homogeneity: all, completeness: all, vMeasure: all });
  expectNear(await homogeneityCompleteness([0, 1, 2, 2], [0, 0, 1, 1]), { homogeneity: 1, completeness: 2 / 3, vMeasure: 0.8 });
  expect(await adjustedRand([1, 1], [0, 0])).toBe(1);
  expect(await normalizedMutualInformation([1, 1], [0, 0])).toBe(1);
  expect(await normalizedMutualInformation([1, 1, 1], [0, 1, 2])).toBe(0);
});

test('clusters by themselves', async () => {
  expectNear(await silhouetteScore(points, labels), 0.8330672654031227);
  expectNear(await daviesBouldin(tensor(points), labels), 0.1722675443620254);
  expectNear(await calinskiHarabasz(points, labels), 103.30612244897961);
  await expect(silhouetteScore(points, [0, 0, 0, 0, 0, 0, 0])).rejects.toThrow('there are 1 clusters of 7 points; expected 2 to 6.');
  await expect(silhouetteScore(points, [0, 1])).rejects.toThrow('the points have shape [7, 2] and the labels [2]');
});

test('nearest neighbours by Manhattan and Euclidean distance [S18]', async () => {
  const x = tensor([[0, 0], [1, 1], [4, 4], [5, 3], [2, 4]]);
  const query = tensor([[2, 2]]);
  await expectClose(distances(query, x, 'l1'), [[4, 2, 4, 4, 2]]);
  const euclidean = distances(query, x);
  await expectClose(euclidean, [[2.828427125, 1.414213562, 2.828427125, 3.16227766, 2]]);
  const y = [0, 0, 1, 1, 1];
  const vote = async (k: number): Promise<number> => {
    const nearest = await topk(euclidean.index(0), k, { largest: false }).indices.data();
    return Math.round([...nearest].reduce((sum, i) => sum + y[i]!, 0) / k);
  };
  expect(await vote(1)).toBe(0);
  expect(await vote(3)).toBe(0); // 1, then 4, then 0 before 2: equal distances in the order of the points
});

test('man is to woman as king to queen, by cosine distance, the words of the question left out [S18 E61]', async () => {
  const words = ['man', 'woman', 'king', 'queen', 'apple'];
  const vectors = tensor([[1, 0, 0.2], [-1, 0, 0.2], [1, 1, 0.3], [-1, 1, 0.3], [0, 0.1, 1]]);
  const query = vectors.index(2).sub(vectors.index(0)).add(vectors.index(1));
  await expectClose(query, [-1, 1, 0.3]);
  const similarity = distances(query.unsqueeze(0), vectors, 'cosine').index(0).neg().add(1);
  await expectClose(similarity, [-0.6375849262, 0.7189787465, 0.04306220096, 1, 0.2753126466]);
  const asked = tensor([true, true, true, false, false]);
  expect(words[await argmax(where(asked, -Infinity, similarity)).item()]).toBe('queen');
});

test('distances have gradients, and refuse what does not fit', async () => {
  for (const metric of ['l1', 'l2', 'cosine'] as const) {
    await expectGradients((a, b) => distances(a, b, metric), [[1, 0.2], [0.3, -1]], [[0.5, 2], [1.5, 1]]);
  }
  expect(() => distances(zeros([2, 3]), zeros([2]))).toThrow('distances: the inputs have shapes [2, 3] and [2]; expected [m, features]');
  expect(() => distances(zeros([1, 2]), zeros([1, 2]), 'l3' as 'l1')).toThrow("the metric is 'l3'; expected 'l1', 'l2' or 'cosine'.");
});
