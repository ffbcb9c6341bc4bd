import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { maskedRows, maskedSelect, nonzero, ShapeError, tensor, unique, use, zeros } from '../index';

beforeAll(async () => {
  await use(cpu());
});

describe('results whose shape depends on data', () => {
  const x = tensor([[0, 2], [3, 0]]);

  it('nonzero lists coordinates', async () => {
    expect(await (await nonzero(x)).array()).toEqual([[0, 1], [1, 0]]);
    expect((await nonzero(zeros([3]))).shape).toEqual([0, 1]);
    expect((await nonzero(tensor(5))).shape).toEqual([1, 0]);
  });

  it('maskedSelect and maskedRows pick by a mask', async () => {
    expect(await (await maskedSelect(x, x.gt(1))).array()).toEqual([2, 3]);
    expect(await (await maskedSelect(tensor([1, 2]), tensor([[true], [false]]))).array()).toEqual([1, 2]);
    expect((await maskedSelect(x, x.gt(9))).shape).toEqual([0]);
    expect(await (await maskedRows(x, tensor([false, true]))).array()).toEqual([[3, 0]]);
    await expect(maskedRows(x, tensor([true]))).rejects.toThrow(ShapeError);
  });

  it('unique sorts, counts and says where every element went', async () => {
    const { values, inverse, counts } = await unique(tensor([[3, 1], [3, 2]]));
    expect(await values.array()).toEqual([1, 2, 3]);
    expect(await inverse.array()).toEqual([[2, 0], [2, 1]]);
    expect(await counts.array()).toEqual([1, 1, 2]);
    expect(await (await unique(tensor([NaN, 1, NaN]))).values.array()).toEqual([1, NaN]);
  });
});
