import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import { concat, DTypeError, fromHalf, full, gather, ones, tensor, toHalf, use, where, zeros, type Tensor } from './index';

beforeAll(async () => {
  await use(cpu());
});

const bytes = (...data: number[]): Tensor => tensor(data, { dtype: 'uint8' });
const words = (...data: number[]): Tensor => tensor(data, { dtype: 'uint32' });
const halves = (...data: number[]): Tensor => tensor(data, { dtype: 'float16' });

describe('float16', () => {
  it('converts all 65,536 values there and back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalf(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(fromHalf(toHalf(value)))).toBe(true);
      else expect(toHalf(value)).toBe(bits);
    }
  });

  it('rounds to nearest, ties to even, and overflows to infinity at 65,520', () => {
    expect(fromHalf(toHalf(2049))).toBe(2048);
    expect(fromHalf(toHalf(2051))).toBe(2052);
    expect(fromHalf(toHalf(65519))).toBe(65504);
    expect(fromHalf(toHalf(65520))).toBe(Infinity);
    expect(fromHalf(toHalf(2 ** -25))).toBe(0);
    expect(fromHalf(toHalf(2 ** -25 * 1.5))).toBe(2 ** -24);
    expect(Object.is(fromHalf(toHalf(-0)), -0)).toBe(true);
  });

  it('is stored in two bytes, computed in float32 and rounded after every operation', async () => {
    const x = halves(0.1, 65504, 2048);
    expect(x.dtype).toBe('float16');
    expect(await x.data()).toEqual(Float32Array.of(0.0999755859375, 65504, 2048));
    expect(await x.add(halves(0, 65504, 1)).array()).toEqual([0.0999755859375, Infinity, 2048]);
    expect(await halves(60000).add(60000).sub(60000).item()).toBe(Infinity); // the sum overflows before 60,000 is taken away
    expect(await x.cast('float32').mul(2).array()).toEqual([0.199951171875, 131008, 4096]);
  });

  it('reads through movement, gathers and sums', async () => {
    const x = tensor([[1, 2], [3, 4]], { dtype: 'float16' });
    expect(await x.transpose().array()).toEqual([[1, 3], [2, 4]]);
    expect(await concat([x, x]).sum({ dim: 0 }).array()).toEqual([8, 12]);
    expect(await gather(x, 1, tensor([[1], [0]], { dtype: 'int32' })).array()).toEqual([[2], [3]]);
    expect(await x.matmul(x).array()).toEqual([[7, 10], [15, 22]]);
    expect(await ones([4096], { dtype: 'float16' }).sum().item()).toBe(4096); // partial sums are not rounded to float16
  });
});

describe('uint8', () => {
  it('wraps around in arithmetic', async () => {
    expect(await bytes(250, 3).add(bytes(10, 1)).array()).toEqual([4, 4]);
    expect(await bytes(3).sub(bytes(5)).array()).toEqual([254]);
    expect(await bytes(200).mul(2).array()).toEqual([144]);
  });

  it('is summed and multiplied out as int32', async () => {
    const total = bytes(200, 100).sum();
    expect(total.dtype).toBe('int32');
    expect(await total.item()).toBe(300);
    expect(await bytes(200, 100).reshape(1, 2).matmul(bytes(2, 3).reshape(2, 1)).array()).toEqual([[700]]);
  });

  it('takes only whole numbers from 0 to 255 beside it', () => {
    expect(() => bytes(1).add(256)).toThrow(/256 does not fit the uint8/);
    expect(() => bytes(1).mul(0.5)).toThrow(DTypeError);
    expect(() => bytes(1).sub(-1)).toThrow(DTypeError);
  });

  it('keeps the low 8 bits when numbers are converted', async () => {
    expect(await tensor([300, -5, 1.9, NaN]).cast('uint8').array()).toEqual([44, 251, 1, 0]);
    expect(await tensor([300, -5]).clamp({ min: 0, max: 255 }).cast('uint8').array()).toEqual([255, 0]);
  });
});

describe('bool', () => {
  it('compares, counts and chooses', async () => {
    const mask = tensor([1, 5, 3]).gt(2);
    expect(mask.dtype).toBe('bool');
    expect(await mask.array()).toEqual([0, 1, 1]);
    const count = mask.sum();
    expect(count.dtype).toBe('int32');
    expect(await count.item()).toBe(2);
    expect(await mask.cast('float32').mean().item()).toBeCloseTo(2 / 3, 6);
    expect(await where(mask, tensor([1, 2, 3]), 0).array()).toEqual([0, 2, 3]);
    expect(await tensor([0, -2, NaN]).cast('bool').array()).toEqual([0, 1, 1]);
  });
});

describe('int32 and uint32', () => {
  it('wrap at 32 bits', async () => {
    expect(await tensor([2147483647], { dtype: 'int32' }).add(1).item()).toBe(-2147483648);
    expect(await words(0xffffffff).add(2).item()).toBe(1);
    expect(await words(0).sub(1).item()).toBe(0xffffffff);
    expect(await tensor([65537], { dtype: 'int32' }).mul(65537).item()).toBe(131073);
    expect(await words(0xffffffff).mul(0xffffffff).item()).toBe(1);
  });

  it('compare as signed and unsigned', async () => {
    expect(await tensor([-1], { dtype: 'int32' }).lt(1).item()).toBe(1);
    expect(await words(0xffffffff).lt(1).item()).toBe(0);
    expect(await words(0xfffffff0, 5).amax().item()).toBe(0xfffffff0);
    expect(await words(0xfffffff0, 5).argmax().item()).toBe(0);
  });

  it('saturate when floats are converted', async () => {
    expect(await tensor([1.9, -1.9, 1e20, -1e20, NaN]).cast('int32').array()).toEqual([1, -1, 2147483647, -2147483648, 0]);
    expect(await tensor([-1, 1e20]).cast('uint32').array()).toEqual([0, 4294967295]);
  });

  it('convert to each other', async () => {
    expect(await words(7).cast('int32').data()).toEqual(Int32Array.of(7));
    expect(await words(3000000000).cast('float32').item()).toBe(3000000000);
    expect(await bytes(255).cast('int32').item()).toBe(255);
  });
});

describe('float64', () => {
  it('is computed in double precision', async () => {
    const x = tensor([0.1, 0.2], { dtype: 'float64' });
    expect(await x.sum().item()).toBe(0.1 + 0.2);
    expect(await x.exp().array()).toEqual([Math.exp(0.1), Math.exp(0.2)]);
    expect(await full([1], Math.PI, { dtype: 'float64' }).item()).toBe(Math.PI);
    expect(await tensor([0.1]).cast('float64').item()).toBe(Math.fround(0.1));
    expect(await zeros([2], { dtype: 'float64' }).add(1e-300).array()).toEqual([1e-300, 1e-300]);
  });
});
