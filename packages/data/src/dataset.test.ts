import { describe, expect, it } from 'vitest';
import { ArgumentError, IndexError, ShapeError, tensor } from '@cotangent/tensor';
import { arrayDataset, collect, stack, subset, tensorDataset, type Dataset } from './dataset';
import type { NdArray } from './ndarray';

const pairs = arrayDataset({
  x: { data: Float32Array.of(0, 1, 2, 3, 4, 5), shape: [3, 2] },
  y: { data: Int32Array.of(7, 8, 9), shape: [3] },
});

describe('arrayDataset', () => {
  it('has a row of every array as sample', () => {
    expect(pairs.length).toBe(3);
    expect(pairs.get(1)).toEqual({
      x: { data: Float32Array.of(2, 3), shape: [2] },
      y: { data: Int32Array.of(8), shape: [] },
    });
  });

  it('keeps an explicit dtype', () => {
    const flags = arrayDataset({ m: { data: Uint8Array.of(0, 1), shape: [2], dtype: 'bool' } });
    expect(flags.get(1).m.dtype).toBe('bool');
  });

  it('names the arrays whose numbers of samples differ', () => {
    const fields = { x: { data: new Float32Array(4), shape: [2, 2] }, y: { data: new Int32Array(3), shape: [3] } };
    expect(() => arrayDataset(fields)).toThrow(ShapeError);
    expect(() => arrayDataset(fields)).toThrow(/x 2, y 3/);
  });

  it('refuses wrong sizes, scalars, missing arrays, plain lists and dtypes that do not fit', () => {
    expect(() => arrayDataset({ x: { data: new Float32Array(5), shape: [2, 3] } })).toThrow(/5 elements, but shape \[2, 3\] has 6/);
    expect(() => arrayDataset({ x: { data: new Float32Array(1), shape: [] } })).toThrow(/scalar/);
    expect(() => arrayDataset({})).toThrow(/at least one/);
    expect(() => arrayDataset({ x: { data: [1, 2] as unknown as Float32Array, shape: [2] } })).toThrow(ArgumentError);
    expect(() => arrayDataset({ x: 3 as unknown as NdArray })).toThrow(/number 3/);
    expect(() => arrayDataset({ x: { data: new Float32Array(2), shape: [-2] } })).toThrow(ShapeError);
    expect(() => arrayDataset({ x: { data: new Float32Array(2), shape: [2], dtype: 'bool' } })).toThrow(/dtype is bool/);
  });

  it('refuses an index outside the data', () => {
    for (const index of [-1, 3, 0.5]) expect(() => pairs.get(index)).toThrow(IndexError);
  });
});

describe('tensorDataset', () => {
  it('reads the tensors once', async () => {
    const data = await tensorDataset({ x: tensor(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }) });
    expect([...data.get(1).x.data]).toEqual([3, 4]);
  });

  it('keeps bool and int32, and makes float32 of float16', async () => {
    const data = await tensorDataset({
      h: tensor([0.5, 2], { dtype: 'float16' }),
      m: tensor([true, false]),
      y: tensor([1, 2], { dtype: 'int32' }),
    });
    const { h, m, y } = data.get(0);
    expect([h.dtype, m.dtype, y.dtype]).toEqual(['float32', 'bool', 'int32']);
    expect([...h.data, ...m.data, ...y.data]).toEqual([0.5, 1, 1]);
  });
});

describe('subset', () => {
  it('reorders and repeats samples', async () => {
    const some = subset(pairs, [2, 0, 2]);
    expect([...(await collect(some)).y.data]).toEqual([9, 7, 9]);
  });

  it('refuses an index outside the data when it is made', () => {
    expect(() => subset(pairs, [0, 3])).toThrow(IndexError);
    expect(() => subset(pairs, [0]).get(1)).toThrow(IndexError);
  });
});

describe('stack', () => {
  it('adds a first axis and keeps the element types', () => {
    const { x, y } = stack([pairs.get(0), pairs.get(2)]);
    expect(x).toEqual({ data: Float32Array.of(0, 1, 4, 5), shape: [2, 2] });
    expect(y).toEqual({ data: Int32Array.of(7, 9), shape: [2] });
  });

  it('names field, sample and shapes when samples differ', () => {
    const sample = (length: number): { x: NdArray } => ({ x: { data: new Float32Array(length), shape: [length] } });
    expect(() => stack([sample(2), sample(3)])).toThrow(/field x has shape \[2\] in sample 0 and \[3\] in sample 1/);
    expect(() => stack([sample(2), {} as { x: NdArray }])).toThrow(/field x of sample 1: got undefined/);
    expect(() => stack([sample(1), { x: { data: new Int32Array(1), shape: [1] } }])).toThrow(/float32 in sample 0 and int32/);
    expect(() => stack([])).toThrow(ArgumentError);
  });

  it('collects data sets that answer later', async () => {
    const slow: Dataset<{ x: NdArray }> = {
      length: 2,
      get: (i) => Promise.resolve({ x: { data: Float32Array.of(i), shape: [] } }),
    };
    expect(await collect(slow)).toEqual({ x: { data: Float32Array.of(0, 1), shape: [2] } });
  });
});
