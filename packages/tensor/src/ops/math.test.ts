import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  abs, add, ArgumentError, bitcast, ceil, clamp, div, DTypeError, exp, floor, floorDivide, fmod, log, maximum, minimum, mul,
  nanToNum, neg, ones, polygamma, pow, reciprocal, remainder, round, rsqrt, shiftLeft, shiftRight, sign, sqrt, square, sub, tensor,
  trunc, truncDivide, use, zeros, type Tensor,
} from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const int = (...data: number[]): Tensor => tensor(data, { dtype: 'int32' });

describe('arithmetic', () => {
  it('takes numbers on either side', async () => {
    const x = tensor([1, 2]);
    expect(await add(x, 10).array()).toEqual([11, 12]);
    expect(await sub(10, x).array()).toEqual([9, 8]);
    expect(await div(2, x).array()).toEqual([2, 1]);
    expect(await mul(x, x).array()).toEqual([1, 4]);
    expect(await pow(2, x).array()).toEqual([2, 4]);
    expect(() => add(1, 2)).toThrow(/at least one must be a tensor/);
    expect(() => add([1, 2] as never, x)).toThrow(/add: expected a tensor but got an array/);
    expect(() => add(x, undefined as never)).toThrow(ArgumentError);
    expect(() => x.mul('2' as never)).toThrow(/string 2/);
  });

  it('refuses mixed dtypes and names both; only bool joins any [T01 B01]', async () => {
    expect(() => ones([2]).add(int(1, 2))).toThrow(DTypeError);
    expect(() => ones([2]).add(int(1, 2))).toThrow(/add: the operands are float32 and int32.*\.cast\('float32'\)/);
    expect(() => ones([2]).mul(ones([2], { dtype: 'float64' }))).toThrow(DTypeError);
    expect(await tensor([1.5, 2]).mul(tensor([true, false])).array()).toEqual([1.5, 0]);
    expect(await int(3, 4).add(tensor([true, false])).array()).toEqual([4, 4]);
    expect(() => tensor([true]).add(tensor([true]))).toThrow(/both operands are bool.*logicalAnd/);
    expect(() => neg(tensor([true]))).toThrow(/cast\('int32'\)/);
  });

  it('follows IEEE 754 for zeros, infinities, NaN and subnormals [T06]', async () => {
    expect(await div(tensor([1, -1, 0]), 0).array()).toEqual([Infinity, -Infinity, NaN]);
    expect(await tensor([Infinity]).sub(Infinity).array()).toEqual([NaN]);
    expect(await mul(tensor([-1]), 0).array()).toEqual([-0]);
    expect(await tensor([3e38]).mul(10).array()).toEqual([Infinity]);
    expect(await tensor([1e-40]).mul(0.5).item()).toBe(Math.fround(Math.fround(1e-40) * 0.5));
    expect(await exp(tensor([-100])).item()).toBe(Math.fround(Math.exp(-100))); // a subnormal float32
    expect(await log(tensor([0, -1])).array()).toEqual([-Infinity, NaN]);
    expect(await sqrt(tensor([-1, Infinity])).array()).toEqual([NaN, Infinity]);
    expect(await rsqrt(tensor([0, 4])).array()).toEqual([Infinity, 0.5]);
    expect(await reciprocal(tensor([-0, 4])).array()).toEqual([-Infinity, 0.25]);
  });

  it('rounds every float32 result once [T06]', async () => {
    expect(await tensor([0.1]).add(tensor([0.2])).item()).toBe(Math.fround(Math.fround(0.1) + Math.fround(0.2)));
    expect(await tensor([16777216]).add(1).sub(16777216).item()).toBe(0);
  });

  it('squares and powers with C rules', async () => {
    expect(await square(tensor([-3])).item()).toBe(9);
    expect(await pow(tensor([2, 3, -2]), 3).array()).toEqual([8, 27, -8]);
    expect(await pow(tensor([NaN, 2]), 0).array()).toEqual([1, 1]);
    expect(await pow(tensor([1, 1]), tensor([NaN, Infinity])).array()).toEqual([1, 1]);
    expect(await pow(tensor([-8]), 1 / 3).item()).toBeNaN();
    expect(await pow(tensor([4, 0, -Infinity]), 0.5).array()).toEqual([2, 0, Infinity]);
    expect(await pow(tensor([4, -2]), -1).array()).toEqual([0.25, -0.5]);
    expect(await pow(int(3, -2), 4).array()).toEqual([81, 16]);
    expect(await pow(int(2, 3), int(3, 2)).array()).toEqual([8, 9]);
    await expectClose(pow(tensor([2, 9]), 2.5), [5.656854249, 243]);
  });

  it('max and min propagate NaN [T06]', async () => {
    expect(await maximum(tensor([1, NaN, 3]), tensor([2, 1, NaN])).array()).toEqual([2, NaN, NaN]);
    expect(await minimum(tensor([1, NaN]), 0).array()).toEqual([0, NaN]);
    expect(await maximum(int(-3, 5), 0).array()).toEqual([0, 5]);
  });

  it('clamp limits one end or both, keeps NaN, and lets max win', async () => {
    const x = tensor([-2, 0.5, 2, NaN]);
    expect(await clamp(x, { min: -1, max: 1 }).array()).toEqual([-1, 0.5, 1, NaN]);
    expect(await x.clamp({ min: 0 }).array()).toEqual([0, 0.5, 2, NaN]);
    expect(await clamp(x, { max: tensor([0, 0, 1, 1]) }).array()).toEqual([-2, 0, 1, NaN]);
    expect(await clamp(tensor([0]), { min: 2, max: 1 }).array()).toEqual([1]);
    expect(await clamp(int(-5, 5), { min: 0 }).array()).toEqual([0, 5]);
    expect(() => clamp(x, {})).toThrow(ArgumentError);
  });
});

describe('rounding and signs', () => {
  it('round goes to even, the others where their names say', async () => {
    const x = tensor([0.5, 1.5, 2.5, -0.5, -1.5, 2.4]);
    expect(await round(x).array()).toEqual([0, 2, 2, -0, -2, 2]);
    expect(await floor(x).array()).toEqual([0, 1, 2, -1, -2, 2]);
    expect(await ceil(x).array()).toEqual([1, 2, 3, -0, -1, 3]);
    expect(await trunc(x).array()).toEqual([0, 1, 2, -0, -1, 2]);
    expect(await floor(int(3)).array()).toEqual([3]);
  });

  it('abs and sign', async () => {
    expect(await abs(tensor([-2, 3, -0, NaN])).array()).toEqual([2, 3, 0, NaN]);
    expect(await sign(tensor([-2, 3, 0])).array()).toEqual([-1, 1, 0]);
    expect(await abs(int(-7)).array()).toEqual([7]);
    expect(await sign(int(-7, 0, 7)).array()).toEqual([-1, 0, 1]);
  });

  it('nanToNum replaces what is not finite', async () => {
    const largest = 3.4028234663852886e38;
    expect(await nanToNum(tensor([NaN, Infinity, -Infinity, 1])).array()).toEqual([0, largest, -largest, 1]);
    expect(await nanToNum(tensor([NaN, Infinity, -Infinity]), { nan: 9, posinf: 8, neginf: 7 }).array()).toEqual([9, 8, 7]);
  });
});

describe('division', () => {
  it('of integers gives float32', async () => {
    const q = div(int(3, 4), int(2, 2));
    expect(q.dtype).toBe('float32');
    expect(await q.array()).toEqual([1.5, 2]);
  });

  it('remainder follows the divisor, fmod the dividend', async () => {
    expect(await remainder(tensor([-5, 5, -5, 5]), tensor([3, 3, -3, -3])).array()).toEqual([1, 2, -2, -1]);
    expect(await fmod(tensor([-5, 5, -5, 5]), tensor([3, 3, -3, -3])).array()).toEqual([-2, 2, -2, 2]);
    expect(await remainder(int(-5, 5, -6), 3).array()).toEqual([1, 2, 0]);
    expect(await remainder(-5, int(3, -3)).array()).toEqual([1, -2]);
    expect(await remainder(tensor([7], { dtype: 'uint8' }), 4).array()).toEqual([3]);
    expect(await remainder(tensor([5.5, -5.5]), 2).array()).toEqual([1.5, 0.5]);
  });

  it('floorDivide goes down, truncDivide towards 0', async () => {
    expect(await floorDivide(tensor([-5, 5]), 3).array()).toEqual([-2, 1]);
    expect(await floorDivide(tensor([1, -1, 6, 2.5]), tensor([0.1, 0.1, 0.1, 0])).array()).toEqual([9, -10, 59, Infinity]);
    expect(await floorDivide(tensor([1, 5]), -Infinity).array()).toEqual([-1, -1]);
    expect(await floorDivide(tensor([1, 0, Infinity]), 0).array()).toEqual([Infinity, NaN, Infinity]);
    expect(await floorDivide(int(-5, 5, -6), 3).data()).toEqual(Int32Array.of(-2, 1, -2));
    expect(await truncDivide(int(-5, 5), 3).data()).toEqual(Int32Array.of(-1, 1));
    expect(await truncDivide(tensor([-5.5]), 2).array()).toEqual([-2]);
  });
});

describe('bits', () => {
  it('shift, and read the same bits as another type', async () => {
    expect(await shiftLeft(int(1, 3), 2).array()).toEqual([4, 12]);
    expect(await shiftRight(int(-8), 1).array()).toEqual([-4]);
    expect(await shiftRight(tensor([0x80000000], { dtype: 'uint32' }), 31).array()).toEqual([1]);
    expect(await bitcast(tensor([1]), 'int32').array()).toEqual([0x3f800000]);
    expect(await bitcast(bitcast(tensor([-0.1]), 'uint32'), 'float32').item()).toBe(Math.fround(-0.1));
    expect(() => bitcast(tensor([1]), 'uint8')).toThrow(/cannot reinterpret float32 as uint8/);
  });
});

describe('functions of floating-point numbers', () => {
  it('refuse integers and say how to convert', () => {
    expect(() => exp(int(1))).toThrow(/exp: got int32.*\.cast\('float32'\)/);
    expect(() => int(1).tanh()).toThrow(DTypeError);
    expect(() => reciprocal(int(1))).toThrow(/reciprocal: got int32/);
    expect(() => polygamma(-1, ones([1]))).toThrow(ArgumentError);
  });

  it('keep the shape of empty and 0-d tensors', async () => {
    expect(await exp(zeros([0, 2])).array()).toEqual([]);
    expect(await exp(tensor(0)).item()).toBe(1);
  });
});
