import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { cummax, cumprod, cumsum, IndexError, logCumSumExp, ones, tensor, use, zeros } from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

describe('scans', () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);

  it('run along any axis [B03]', async () => {
    expect(await cumsum(x, 1).array()).toEqual([[1, 3, 6], [4, 9, 15]]);
    expect(await cumsum(x, 0).array()).toEqual([[1, 2, 3], [5, 7, 9]]);
    expect(await cumsum(x.transpose(), -2).array()).toEqual([[1, 4], [3, 9], [6, 15]]);
    expect(await cumprod(x, -1).array()).toEqual([[1, 2, 6], [4, 20, 120]]);
  });

  it('of small integers are int32, and of nothing nothing', async () => {
    expect(await cumsum(tensor([200, 100], { dtype: 'uint8' }), 0).data()).toEqual(Int32Array.of(200, 300));
    expect(await cumsum(tensor([true, true]), 0).data()).toEqual(Int32Array.of(1, 2));
    expect(await cumsum(zeros([0]), 0).array()).toEqual([]);
    expect(await cumsum(tensor(5), 0).item()).toBe(5);
  });

  it('cummax gives the latest of equal maxima and holds on to NaN', async () => {
    const { values, indices } = cummax(tensor([1, 3, 2, 3, NaN, 5]), 0);
    expect(await values.array()).toEqual([1, 3, 3, 3, NaN, NaN]);
    expect(await indices.array()).toEqual([0, 1, 1, 3, 4, 4]);
    expect(await cummax(x, 0).indices.array()).toEqual([[0, 0, 0], [1, 1, 1]]);
    expect(await cummax(tensor(5), 0).indices.item()).toBe(0);
  });

  it('logCumSumExp does not overflow', async () => {
    await expectClose(logCumSumExp(tensor([0, 0, 0]), 0), [0, Math.log(2), Math.log(3)]);
    await expectClose(logCumSumExp(tensor([1000, 1000]), 0), [1000, 1000 + Math.LN2]);
    expect(await logCumSumExp(tensor([-Infinity, 1]), 0).array()).toEqual([-Infinity, 1]);
    await expectClose(logCumSumExp(x, 1), [[1, 2.313261688, 3.407605964], [4, 5.313261688, 6.407605964]]);
    expect(() => logCumSumExp(ones([2], { dtype: 'int32' }), 0)).toThrow(/int32/);
  });

  it('name an axis that does not exist', () => {
    expect(() => cumsum(x, 2)).toThrow(IndexError);
  });
});
