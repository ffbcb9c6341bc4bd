import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, ones, sub, tensor, use, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { Bilinear, CosineSimilarity, Embedding, EmbeddingBag, PairwiseDistance } from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

const TABLE = [[1, -1], [2, 5], [4, 3], [0, 9]];

describe('EmbeddingBag', () => {
  test('is an embedding and a reduction over bags', async () => {
    for (const mode of ['sum', 'mean'] as const) {
      const bags = EmbeddingBag.fromPretrained(tensor(TABLE), { mode });
      const rows = Embedding.fromPretrained(tensor(TABLE)).forward(ints([[0, 1, 1], [3, 2, 0]]));
      await expectClose(bags.forward(ints([[0, 1, 1], [3, 2, 0]])), await rows[mode]({ dim: 1 }).array());
    }
    const largest = EmbeddingBag.fromPretrained(tensor(TABLE), { mode: 'max' });
    await expectClose(largest.forward(ints([0, 1, 3]), { offsets: ints([0, 2]) }), [[2, 5], [0, 9]]);
  });

  test('takes weights of samples, and leaves padding out', async () => {
    const layer = EmbeddingBag.fromPretrained(tensor(TABLE), { mode: 'sum', paddingIdx: -1, includeLastOffset: true });
    const y = layer.forward(ints([1, 3, 2]), { offsets: ints([0, 2, 3]), perSampleWeights: tensor([10, 1, 2]) });
    await expectClose(y, [[20, 50], [8, 6]]);
    expect(String(layer)).toBe('EmbeddingBag(4, 2, paddingIdx=3, mode=sum)');
  });

  test('refuses other modes and indices', () => {
    expect(() => new EmbeddingBag(2, 2, { mode: 'min' as 'max' })).toThrow("EmbeddingBag: mode is 'min'; expected sum, mean or max.");
    expect(() => new EmbeddingBag(2, 2).forward(ones([1, 2]))).toThrow('EmbeddingBag: the indices are float32; expected int32');
  });
});

describe('options of Embedding', () => {
  test('maxNorm shortens the rows that are used, for good', async () => {
    const layer = new Embedding(3, 2, { weight: tensor([[3, 4], [0.3, 0.4], [30, 40]]), maxNorm: 1 });
    await expectClose(layer.forward(ints([[0, 1, 0]])), [[[0.6, 0.8], [0.3, 0.4], [0.6, 0.8]]]);
    await expectClose(layer.weight, [[0.6, 0.8], [0.3, 0.4], [30, 40]]);
    const sums = new Embedding(1, 2, { weight: tensor([[3, 5]]), maxNorm: 4, normType: 1 });
    await expectClose(sums.forward(ints([0])), [[1.5, 2.5]]);
    expect(() => new Embedding(1, 2, { maxNorm: 0 })).toThrow('Embedding: maxNorm is 0; expected a finite number > 0.');
  });

  test('steps start from the shortened rows, under compile too', async () => {
    for (const wrap of [(f: (x: Tensor) => Tensor) => f, (f: (x: Tensor) => Tensor) => compile(f)]) {
      const layer = new Embedding(2, 2, { weight: tensor([[3, 4], [30, 40]]), maxNorm: 1 });
      const step = wrap((index) => {
        const loss = layer.forward(index).sum();
        layer.weight.assign(sub(layer.weight, backward(loss).get(layer.weight) as Tensor));
        return loss;
      });
      await expectClose(step(ints([0])), 1.4);
      await expectClose(layer.weight, [[-0.4, -0.2], [30, 40]]);
    }
  });

  test('scaleGradByFreq shares the gradient of a row among its uses [L37]', async () => {
    const layer = new Embedding(3, 1, { scaleGradByFreq: true });
    const slope = backward(layer.forward(ints([2, 0, 2])).mul(tensor([[1], [3], [5]])).sum()).get(layer.weight) as Tensor;
    await expectClose(slope, [[3], [0], [3]]);
  });
});

describe('layers of two inputs', () => {
  test('Bilinear multiplies both with a matrix for each output', async () => {
    const layer = new Bilinear(2, 3, 1);
    layer.loadStateDict({ weight: tensor([[[1, 2, 3], [4, 5, 6]]]), bias: tensor([100]) });
    await expectClose(layer.forward(tensor([[1, 10]]), tensor([[1, 0, -1]])), [[100 - 2 - 20]]);
    expect(Object.keys(new Bilinear(2, 3, 1, { bias: false }).stateDict())).toEqual(['weight']);
    const values = [...(await new Bilinear(4, 8, 64).weight.data())].map(Math.abs);
    expect(Math.max(...values)).toBeLessThanOrEqual(0.5);
    expect(() => layer.forward(ones([1, 3]), ones([1, 3]))).toThrow(
      'Bilinear(2, 3, 1): the inputs have shapes [1, 3] and [1, 3]; expected [..., 2] and [..., 3].',
    );
  });

  test('CosineSimilarity and PairwiseDistance compare vectors', async () => {
    const [a, b] = [tensor([[3, 4], [0, 0]]), tensor([[4, 3], [1, 0]])];
    await expectClose(new CosineSimilarity().forward(a, b), [0.96, 0]);
    await expectClose(new CosineSimilarity({ dim: 0 }).forward(a, b), [12 / (3 * Math.sqrt(17)), 1]);
    await expectClose(new PairwiseDistance({ eps: 0 }).forward(a, b), [Math.SQRT2, 1]);
    await expectClose(new PairwiseDistance({ p: 1, eps: 0, keepdim: true }).forward(a, b), [[2], [1]]);
    expect([new CosineSimilarity(), new PairwiseDistance()].map(String)).toEqual([
      'CosineSimilarity(dim=1, eps=1e-8)', 'PairwiseDistance(p=2, eps=0.000001)',
    ]);
  });
});
