import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { inspect } from 'node:util';
import { arange, format, reshape, tensor, use, zeros } from './index';

beforeAll(async () => {
  await use(cpu());
});

describe('format', () => {
  it('aligns columns and separates matrices by empty lines', () => {
    expect(format(Float32Array.of(1, -2.5, 30, 4), [2, 2], 'float32')).toBe('[[ 1.0000, -2.5000],\n [30.0000,  4.0000]]');
    expect(format(Int32Array.of(1, 2, 3, 4), [2, 1, 2], 'int32')).toBe('[[[1, 2]],\n\n [[3, 4]]]');
    expect(format(Uint8Array.of(1, 0), [2], 'bool')).toBe('[ true, false]');
    expect(format(Float32Array.of(2), [], 'float32')).toBe('2.0000');
    expect(format(new Float32Array(0), [0], 'float32')).toBe('[]');
    expect(format(new Float32Array(0), [2, 0], 'float32')).toBe('[[],\n []]');
  });

  it('writes NaN, infinities, and numbers of very different size', () => {
    expect(format(Float32Array.of(NaN, Infinity, 1), [3], 'float32')).toBe('[     NaN, Infinity,   1.0000]');
    expect(format(Float64Array.of(1e10, 1), [2], 'float64')).toBe('[1.0000e+10,  1.0000e+0]');
    expect(format(Float64Array.of(1e-7), [1], 'float64', { precision: 2 })).toBe('[1.00e-7]');
  });

  it('abbreviates long axes in the middle', () => {
    const text = format(Int32Array.from({ length: 2000 }, (_, i) => i), [2000], 'int32');
    expect(text).toBe('[   0,    1,    2, ..., 1997, 1998, 1999]');
    const square = format(Int32Array.from({ length: 10_000 }, (_, i) => i), [100, 100], 'int32', { edge: 1 });
    expect(square).toBe('[[   0, ...,   99],\n ...,\n [9900, ..., 9999]]');
  });
});

describe('tensors as text', () => {
  it('show their elements when these are known, and compute nothing', async () => {
    const x = tensor([[1, 2]]);
    expect(String(x)).toBe('Tensor(shape: [1, 2], dtype: float32)\n[[1.0000, 2.0000]]');
    const y = x.mul(2);
    const before = (await use(cpu())).stats().plans;
    expect(inspect(y)).toBe('Tensor(shape: [1, 2], dtype: float32, not computed)');
    expect(String(y)).toContain('not computed');
    expect((await use(cpu())).stats().plans).toBe(before);
    await y.data();
    expect(inspect(y)).toContain('[[2.0000, 4.0000]]');
    expect(inspect(reshape(arange(2), [2]).cast('bool'))).toContain('bool');
    expect(String(tensor([1], { dtype: 'float16' }))).toContain('[1.0000]');
    expect(String(zeros([2]))).toContain('not computed');
  });
});
