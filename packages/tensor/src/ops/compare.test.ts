import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  ArgumentError, bitwiseAnd, bitwiseOr, bitwiseXor, DTypeError, eq, ge, gt, isFinite, isInf, isNaN, le, logicalAnd, logicalNot, logicalOr,
  logicalXor, lt, maskedFill, ne, ones, rand, tensor, use, where, type Tensor,
} from '../index';

beforeAll(async () => {
  await use(cpu());
});

const a = tensor([1, 2, 3, NaN]);
const int = (...data: number[]): Tensor => tensor(data, { dtype: 'int32' });

describe('comparisons', () => {
  it('give bool; NaN equals nothing and is in no order', async () => {
    expect(await eq(a, 2).array()).toEqual([0, 1, 0, 0]);
    expect(await ne(a, 2).array()).toEqual([1, 0, 1, 1]);
    expect(await lt(a, 2).array()).toEqual([1, 0, 0, 0]);
    expect(await le(a, 2).array()).toEqual([1, 1, 0, 0]);
    expect(await gt(a, 2).array()).toEqual([0, 0, 1, 0]);
    expect(await ge(a, 2).array()).toEqual([0, 1, 1, 0]);
    expect(await gt(2, a).array()).toEqual([1, 0, 0, 0]);
    expect(await eq(a, a).array()).toEqual([1, 1, 1, 0]);
    expect(await tensor([0]).eq(tensor([-0])).item()).toBe(1);
    expect(a.gt(0).dtype).toBe('bool');
  });

  it('report the operands in the order they were given', () => {
    expect(() => gt(ones([2]), ones([3]))).toThrow(/gt: shapes \[2\] and \[3\]/);
    expect(() => ge(ones([2]), int(1, 2))).toThrow(/ge: the operands are float32 and int32/);
  });

  it('make a mask whose mean is the probability', async () => {
    const keep = rand([10000]).lt(0.8);
    expect(Math.abs((await keep.cast('float32').mean().item()) - 0.8)).toBeLessThan(0.02);
  });
});

describe('logic', () => {
  it('counts numbers as true when not 0', async () => {
    const x = tensor([0, 0, 2, 2]);
    const y = tensor([0, 3, 0, 3]);
    expect(await logicalAnd(x, y).array()).toEqual([0, 0, 0, 1]);
    expect(await logicalOr(x, y).array()).toEqual([0, 1, 1, 1]);
    expect(await logicalXor(x, y).array()).toEqual([0, 1, 1, 0]);
    expect(await logicalNot(x).array()).toEqual([1, 1, 0, 0]);
  });

  it('works on bits of integers', async () => {
    expect(await bitwiseAnd(int(6), 5).array()).toEqual([4]);
    expect(await bitwiseOr(int(6), 5).array()).toEqual([7]);
    expect(await bitwiseXor(int(6), 5).array()).toEqual([3]);
    expect(() => bitwiseAnd(ones([1]), 1)).toThrow(DTypeError);
  });

  it('tells finite numbers from the others', async () => {
    const x = tensor([1, NaN, Infinity, -Infinity]);
    expect(await isNaN(x).array()).toEqual([0, 1, 0, 0]);
    expect(await isInf(x).array()).toEqual([0, 0, 1, 1]);
    expect(await isFinite(x).array()).toEqual([1, 0, 0, 0]);
    expect(await isInf(int(1)).array()).toEqual([0]);
    expect(await isFinite(int(1)).array()).toEqual([1]);
  });
});

describe('choice', () => {
  it('where takes from one or the other, and leaks nothing of the branch not taken', async () => {
    expect(await where(tensor([true, false]), tensor([1, 2]), 0).array()).toEqual([1, 0]);
    expect(await where(tensor([true, false]), 5, tensor([1, NaN])).array()).toEqual([5, NaN]);
    expect(await where(tensor([[true], [false]]), tensor([1, 2]), tensor([8, 9])).array()).toEqual([[1, 2], [8, 9]]);
    expect(() => where(tensor([1]), ones([1]), 0)).toThrow(/the condition is float32; expected bool, for example x\.gt\(0\)/);
    expect(() => where(tensor([true]), 1, 2)).toThrow(ArgumentError);
    expect(() => where(tensor([true]), ones([1]), int(1))).toThrow(DTypeError);
  });

  it('maskedFill writes a number where the mask is true', async () => {
    expect(await maskedFill(tensor([[1, 2], [3, 4]]), tensor([true, false]), -Infinity).array()).toEqual([[-Infinity, 2], [-Infinity, 4]]);
  });
});
