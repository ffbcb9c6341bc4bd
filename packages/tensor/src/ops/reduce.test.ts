import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  all, amax, amin, any, arange, argmax, argmin, ArgumentError, countNonzero, DTypeError, IndexError, logSumExp, max, mean, median,
  min, nanSum, norm, ones, prod, quantile, reshape, ShapeError, std, sum, tensor, use, variance, zeros,
} from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const x = tensor([[1, 5, 3], [7, 2, 6]]);

describe('sum, mean and prod', () => {
  it('fold one axis, several or all [T03]', async () => {
    expect(await sum(x).item()).toBe(24);
    expect(await sum(x, { dim: 0 }).array()).toEqual([8, 7, 9]);
    expect(await sum(x, { dim: [0, 1], keepdim: true }).array()).toEqual([[24]]);
    expect(await sum(x, { dim: [] }).array()).toEqual([[1, 5, 3], [7, 2, 6]]);
    expect(await x.sum({ dim: null }).item()).toBe(24);
    expect(await mean(x, { dim: 1 }).array()).toEqual([3, 5]);
    expect(await prod(x, { dim: -1 }).array()).toEqual([15, 84]);
    const t = reshape(arange(24), [2, 3, 4]);
    expect(await sum(t, { dim: [0, 2] }).array()).toEqual([60, 92, 124]);
    expect(await sum(t.permute(2, 0, 1), { dim: 1 }).array()).toEqual([[12, 20, 28], [14, 22, 30], [16, 24, 32], [18, 26, 34]]);
  });

  it('keepdim keeps (n, 1), not (n,) [T03 T04]', () => {
    expect(sum(x, { dim: 1, keepdim: true }).shape).toEqual([2, 1]);
    expect(sum(x, { dim: 1 }).shape).toEqual([2]);
    expect(mean(x, { keepdim: true }).shape).toEqual([1, 1]);
  });

  it('of nothing are 0, NaN and 1', async () => {
    const empty = zeros([0, 3]);
    expect(await sum(empty).item()).toBe(0);
    expect(await sum(empty, { dim: 0 }).array()).toEqual([0, 0, 0]);
    expect(sum(empty, { dim: 1 }).shape).toEqual([0]);
    expect(await mean(empty).item()).toBeNaN();
    expect(await prod(empty, { dim: 0 }).array()).toEqual([1, 1, 1]);
    expect(await countNonzero(empty).item()).toBe(0);
    expect(await any(empty).item()).toBe(0);
    expect(await all(empty).item()).toBe(1);
  });

  it('of a scalar are the scalar', async () => {
    expect(await sum(tensor(3)).item()).toBe(3);
    expect(await sum(tensor(3), { dim: 0 }).item()).toBe(3);
    expect(await mean(tensor(3), { dim: -1, keepdim: true }).item()).toBe(3);
    expect(await argmax(tensor(3), { dim: 0 }).item()).toBe(0);
    expect(await max(tensor(3), { dim: 0 }).values.item()).toBe(3);
  });

  it('carry NaN and infinities', async () => {
    expect(await sum(tensor([1, NaN])).item()).toBeNaN();
    expect(await sum(tensor([Infinity, -Infinity])).item()).toBeNaN();
    expect(await nanSum(tensor([1, NaN, 2])).item()).toBe(3);
  });

  it('of integers stay integers; the mean needs floats', async () => {
    const n = arange(5);
    expect((await sum(n).data())).toEqual(Int32Array.of(10));
    expect(await prod(tensor([2, 3], { dtype: 'uint8' })).data()).toEqual(Int32Array.of(6));
    expect(() => mean(n)).toThrow(/mean: got int32.*cast\('float32'\)/);
    expect(() => variance(n)).toThrow(DTypeError);
  });

  it('add up a million numbers without losing digits', async () => {
    const tenth = Math.fround(0.1);
    expect(Math.abs((await ones([1000, 1000]).mul(0.1).sum().item()) / (tenth * 1e6) - 1)).toBeLessThan(1e-6);
  });
});

describe('extremes', () => {
  it('amax and amin along axes', async () => {
    expect(await amax(x).item()).toBe(7);
    expect(await amin(x, { dim: 0 }).array()).toEqual([1, 2, 3]);
    expect(await amax(x, { dim: 1, keepdim: true }).array()).toEqual([[5], [7]]);
    expect(await amax(tensor([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(await amin(tensor([true, false])).array()).toBe(0);
  });

  it('positions: the first of equal ones, NaN before everything [T11]', async () => {
    expect(await argmax(tensor([1, 5, 5])).item()).toBe(1);
    expect(await argmin(tensor([3, 1, 1])).item()).toBe(1);
    expect(await argmax(x).item()).toBe(3);
    expect(await argmax(x, { dim: 0 }).array()).toEqual([1, 0, 1]);
    expect(await argmax(x, { dim: 1, keepdim: true }).array()).toEqual([[1], [0]]);
    expect(await argmax(tensor([1, NaN, 9, NaN])).item()).toBe(1);
    expect(await argmin(tensor([1, NaN, -9])).item()).toBe(1);
    expect(await amax(tensor([1, NaN, 9])).item()).toBeNaN();
    expect(await argmax(zeros([3])).item()).toBe(0);
    expect(argmax(x).dtype).toBe('int32');
    expect(await argmax(x.transpose()).item()).toBe(1);
  });

  it('max and min give values with positions', async () => {
    const largest = max(x, { dim: 1 });
    expect(await largest.values.array()).toEqual([5, 7]);
    expect(await largest.indices.array()).toEqual([1, 0]);
    const smallest = min(x, { dim: 0, keepdim: true });
    expect(await smallest.values.array()).toEqual([[1, 2, 3]]);
    expect(await smallest.indices.array()).toEqual([[0, 1, 0]]);
    expect(await max(tensor([1, NaN]), { dim: 0 }).values.item()).toBeNaN();
  });

  it('a hard maximum is 1 at the first largest [T11]', async () => {
    const z = tensor([[5, 2, -1, 3], [1, 4, 4, 0]]);
    const hard = z.argmax({ dim: 1, keepdim: true }).eq(arange(4)).cast('float32');
    expect(await hard.array()).toEqual([[1, 0, 0, 0], [0, 1, 0, 0]]);
  });

  it('of nothing are an error', () => {
    expect(() => amax(zeros([0]))).toThrow(/shape \[0\] has no elements along the reduced axes/);
    expect(() => argmax(zeros([2, 0]), { dim: 1 })).toThrow(ShapeError);
    expect(() => median(zeros([0]))).toThrow(/median/);
    expect(() => quantile(zeros([0]), 0.5)).toThrow(/quantile/);
    expect(amax(zeros([0, 3]), { dim: 1 }).shape).toEqual([0]);
    expect(() => max(x, { dim: 2 })).toThrow(IndexError);
  });
});

describe('statistics', () => {
  it('variance and standard deviation, unbiased unless told otherwise', async () => {
    expect(await variance(tensor([1, 2, 3])).item()).toBe(1);
    await expectClose(variance(tensor([1, 2, 3]), { correction: 0 }), 2 / 3);
    await expectClose(std(x, { dim: 1 }), [2, Math.sqrt(7)]);
    expect(variance(x, { dim: 0, keepdim: true }).shape).toEqual([1, 3]);
    expect(await variance(tensor([5])).item()).toBeNaN();
  });

  it('do not cancel for numbers far from 0', async () => {
    await expectClose(variance(tensor([10000, 10001, 10002])), 1, 1e-6);
  });

  it('median takes the lower middle, and NaN when there is one', async () => {
    expect(await median(tensor([3, 1, 2, 4])).values.item()).toBe(2);
    expect(await median(x, { dim: 1 }).values.array()).toEqual([3, 6]);
    expect(await median(x, { dim: 1, keepdim: true }).indices.array()).toEqual([[2], [2]]);
    expect(await median(tensor([1, NaN, 3])).values.item()).toBeNaN();
    expect(await median(tensor([3, 1, 2], { dtype: 'int32' })).values.item()).toBe(2);
  });

  it('quantile interpolates; several q add an axis in front', async () => {
    expect(await quantile(tensor([0, 10]), 0.25).item()).toBe(2.5);
    expect(await quantile(x, [0, 0.5, 1], { dim: 1 }).array()).toEqual([[1, 2], [3, 6], [5, 7]]);
    expect(quantile(x, 0.5, { dim: 1, keepdim: true }).shape).toEqual([2, 1]);
    expect(quantile(x, 0.5, { keepdim: true }).shape).toEqual([1, 1]);
    expect(await quantile(tensor([1, NaN]), 0.5).item()).toBeNaN();
    expect(() => quantile(x, 1.5)).toThrow(ArgumentError);
    expect(() => quantile(arange(3), 0.5)).toThrow(/quantile: got int32/);
  });

  it('norms of every order', async () => {
    const v = tensor([3, -4, 0]);
    expect(await norm(v).item()).toBe(5);
    expect(await norm(v, { p: 1 }).item()).toBe(7);
    expect(await norm(v, { p: Infinity }).item()).toBe(4);
    expect(await norm(v, { p: -Infinity }).item()).toBe(0);
    expect(await norm(v, { p: 0 }).item()).toBe(2);
    await expectClose(norm(v, { p: 3 }), 91 ** (1 / 3));
    await expectClose(norm(x, { dim: 1 }), [Math.sqrt(35), Math.sqrt(89)]);
    expect(await norm(zeros([3])).item()).toBe(0);
  });

  it('logSumExp neither overflows nor loses infinities', async () => {
    await expectClose(logSumExp(tensor([1000, 1000])), 1000 + Math.LN2);
    expect(await logSumExp(tensor([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(await logSumExp(tensor([Infinity, 1])).item()).toBe(Infinity);
    await expectClose(logSumExp(x, { dim: 1 }), [5.142931628, 7.318175429]);
    expect(await logSumExp(zeros([0])).item()).toBe(-Infinity);
  });

  it('any, all and countNonzero', async () => {
    const t = tensor([[0, 2], [0, NaN]]);
    expect(await any(t, { dim: 0 }).array()).toEqual([0, 1]);
    expect(await all(t, { dim: 0 }).array()).toEqual([0, 1]);
    expect(any(t).dtype).toBe('bool');
    expect(await countNonzero(t, { dim: 1, keepdim: true }).array()).toEqual([[1], [1]]);
    expect(await all(tensor([true, true])).item()).toBe(1);
  });
});
