import { backward, RowsGradient } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { Generator, manualSeed, ones, tensor, use, zeros, type Tensor } from '@cotangent/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { Dropout, dropout, Embedding, Flatten, Identity } from '../index';
import { expectClose, ints } from '../testing/expect';

beforeAll(async () => {
  await use(cpu());
});

describe('Dropout', () => {
  test('divides what it keeps by the probability of keeping it', async () => {
    // Seed 9 drops the second of five.
    const layer = new Dropout(0.2, { generator: new Generator(9) });
    await expectClose(layer.forward(tensor([1, 2, 3, 4, 5])), [1.25, 0, 3.75, 5, 6.25]);
  });

  test('keeps the expectation and drops the given share', async () => {
    const y = [...(await dropout(ones([200, 200]), { p: 0.3, generator: new Generator(5) }).data())];
    const dropped = y.filter((v) => v === 0).length / y.length;
    expect(dropped).toBeGreaterThan(0.29);
    expect(dropped).toBeLessThan(0.31);
    expect(y.reduce((a, b) => a + b) / y.length).toBeCloseTo(1, 1);
  });

  test('is the identity in evaluation and with p = 0, and all zeros with p = 1', async () => {
    const x = ones([3]);
    expect(new Dropout(0.5).eval().forward(x)).toBe(x);
    expect(new Dropout(0).forward(x)).toBe(x);
    expect(await new Dropout(1).forward(x).array()).toEqual([0, 0, 0]);
  });

  test('the same seed drops the same elements, and the next call others', async () => {
    const layer = new Dropout(0.5);
    manualSeed(7);
    const [a, b] = [await layer.forward(ones([64])).array(), await layer.forward(ones([64])).array()];
    manualSeed(7);
    expect(await layer.forward(ones([64])).array()).toEqual(a);
    expect(a).not.toEqual(b);
  });

  test('refuses impossible probabilities', () => {
    expect(() => new Dropout(1.5)).toThrow('Dropout: p is 1.5; expected a number from 0 to 1.');
    expect(() => dropout(ones([1]), { p: NaN })).toThrow('dropout: p is NaN');
    expect(() => new Dropout().forward(ints([1]))).toThrow('expected a floating-point tensor');
  });
});

describe('Embedding', () => {
  test('looks rows up, with the shape of the indices before that of a row [L37]', async () => {
    const layer = Embedding.fromPretrained(tensor([[0, 1], [10, 11], [20, 21]]));
    await expectClose(layer.forward(ints([[2, 0]])), [[[20, 21], [0, 1]]]);
    expect(new Embedding(10000, 300).forward(ints(17)).shape).toEqual([300]);
  });

  test('equals the product with one-hot vectors, and its gradient reaches used rows only [L37]', async () => {
    const layer = new Embedding(4, 2);
    const gradient = backward(layer.forward(ints([1, 3, 1])).sum()).get(layer.weight) as Tensor;
    expect(await gradient.array()).toEqual([[0, 0], [2, 2], [0, 0], [1, 1]]);
  });

  test('a sparse gradient consists of the rows looked up', async () => {
    const layer = new Embedding(1000, 2, { sparse: true });
    const gradient = backward(layer.forward(ints([7, 7])).sum()).get(layer.weight);
    expect(gradient).toBeInstanceOf(RowsGradient);
    expect(await (gradient as RowsGradient).indices.array()).toEqual([7, 7]);
  });

  test('the padding row starts as zeros and stays without gradient', async () => {
    const layer = new Embedding(3, 2, { paddingIdx: -1 });
    expect(layer.paddingIdx).toBe(2);
    const rows = (await layer.weight.array()) as number[][];
    expect(rows[2]).toEqual([0, 0]);
    expect(rows[0]).not.toEqual([0, 0]);
    const gradient = backward(layer.forward(ints([0, 2])).sum()).get(layer.weight) as Tensor;
    expect(await gradient.array()).toEqual([[1, 1], [0, 0], [0, 0]]);
  });

  test('a pretrained table is frozen unless asked otherwise [L37]', () => {
    const table = tensor([[1, 2]]);
    expect(Embedding.fromPretrained(table).weight.requiresGrad).toBe(false);
    expect(Embedding.fromPretrained(table, { freeze: false }).weight.requiresGrad).toBe(true);
  });

  test('refuses indices that are none', async () => {
    const layer = new Embedding(3, 2);
    expect(() => layer.forward(zeros([1]))).toThrow("Embedding: the indices are float32; expected int32. Convert them: .cast('int32').");
    await expect((async () => layer.forward(ints([3])).array())()).rejects.toThrow('index 3 is out of range');
    expect(() => new Embedding(3, 2, { paddingIdx: 3 })).toThrow('Embedding: paddingIdx is 3; expected a whole number from -3 to 2.');
    expect(() => Embedding.fromPretrained(tensor([1]))).toThrow('the table has shape [1]; expected [count, features]');
    expect(() => new Embedding(3, 2, { weight: zeros([2, 3]) })).toThrow('the weight has shape [2, 3]');
  });
});

describe('Flatten and Identity', () => {
  test('merge all axes but the first, or those asked for', () => {
    expect(new Flatten().forward(ones([5, 40, 7, 7])).shape).toEqual([5, 1960]);
    expect(new Flatten({ startDim: 2, endDim: 3 }).forward(ones([5, 4, 3, 2, 1])).shape).toEqual([5, 4, 6, 1]);
    expect(() => new Flatten().forward(ones([5]))).toThrow('out of range');
  });

  test('pass a tensor on', () => {
    const x = ones([2]);
    expect(new Identity().forward(x)).toBe(x);
  });
});
