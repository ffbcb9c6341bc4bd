import { beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '@cotangent/backend-cpu';
import {
  acos, acosh, addcdiv, addcmul, asin, asinh, atan, atan2, atanh, cos, cosh, deg2rad, digamma, erf, erfc, erfinv, exp2, expm1, frac,
  hypot, lerp, lgamma, log10, log1p, log2, logAddExp, logit, ones, polygamma, sin, sinc, sinh, squaredDifference, tan, tanh, tensor,
  use, type Tensor,
} from '../index';
import { expectClose } from '../testing/close';

beforeAll(async () => {
  await use(cpu());
});

const X = [-2.5, -0.5, 0, 0.3, 1, 4];

/** Function, arguments, values (10 digits, from the C library by way of Python). */
const VALUES: readonly (readonly [string, (x: Tensor) => Tensor, readonly number[], number[]])[] = [
  ['sinh', sinh, X, [-6.050204481, -0.5210953055, 0, 0.3045202934, 1.175201194, 27.2899172]],
  ['cosh', cosh, X, [6.13228948, 1.127625965, 1, 1.045338514, 1.543080635, 27.30823284]],
  ['tanh', tanh, X, [-0.9866142982, -0.4621171573, 0, 0.2913126125, 0.761594156, 0.9993292997]],
  ['asinh', asinh, X, [-1.647231146, -0.4812118251, 0, 0.2956730476, 0.881373587, 2.094712547]],
  ['acosh', acosh, [1, 1.5, 10, 0.5], [0, 0.9624236501, 2.993222846, NaN]],
  ['atanh', atanh, [-0.9, 0, 0.5, 1, -1, 2], [-1.47221949, 0, 0.5493061443, Infinity, -Infinity, NaN]],
  ['exp2', exp2, X, [0.1767766953, 0.7071067812, 1, 1.231144413, 2, 16]],
  ['log2', log2, [8, 1, 0.5], [3, 0, -1]],
  ['log10', log10, [100, 1, 0.001], [2, 0, -3]],
  ['expm1', expm1, X, [-0.9179150014, -0.3934693403, 0, 0.3498588076, 1.718281828, 53.59815003]],
  ['log1p', log1p, [0, 1, -1, -2], [0, 0.6931471806, -Infinity, NaN]],
  ['erf', erf, X, [-0.999593048, -0.5204998778, 0, 0.3286267595, 0.8427007929, 0.9999999846]],
  ['erfc', erfc, [-2.5, -0.5, 0, 0.3, 1, 5], [1.999593048, 1.520499878, 1, 0.6713732405, 0.1572992071, 1.5374597944e-12]],
  ['erfinv', erfinv, [0, 0.5204998778, -1, 1, 2], [0, 0.5, -Infinity, Infinity, NaN]],
  ['lgamma', lgamma, [0.5, 1, 2, 3.5, 10, -0.5, 0], [0.5723649429, 0, 0, 1.200973602, 12.80182748, 1.265512123, Infinity]],
  ['digamma', digamma, [1, 0.5], [-0.5772156649, -1.963510026]],
  ['trigamma', (x) => polygamma(1, x), [1, 2], [Math.PI ** 2 / 6, Math.PI ** 2 / 6 - 1]],
  ['sin', sin, [0, Math.PI / 6, -1], [0, 0.5, -0.8414709848]],
  ['cos', cos, [0, Math.PI / 3, -1], [1, 0.5, 0.5403023059]],
  ['tan', tan, [0, 0.3, -0.5], [0, 0.3093362496, -0.5463024898]],
  ['asin', asin, [-1, 0, 0.5, 2], [-1.570796327, 0, 0.5235987756, NaN]],
  ['acos', acos, [-1, 0, 0.5, -2], [3.141592654, 1.570796327, 1.047197551, NaN]],
  ['atan', atan, X, [-1.19028995, -0.463647609, 0, 0.2914567945, 0.7853981634, 1.325817664]],
  ['sinc', sinc, [-2.5, -0.5, 0, 0.3], [0.1273239545, 0.6366197724, 1, 0.8583936913]],
  ['logit', logit, [0.1, 0.5, 0.99, 0, 1], [-2.197224577, 0, 4.59511985, -Infinity, Infinity]],
  ['frac', frac, [1.5, -1.5, 2], [0.5, -0.5, 0]],
  ['deg2rad', deg2rad, [180, -90], [Math.PI, -Math.PI / 2]],
];

describe('special functions', () => {
  it.each(VALUES)('%s in float32 and float64', async (_, fn, x, expected) => {
    await expectClose(fn(tensor([...x])), expected, 1e-6);
    await expectClose(fn(tensor([...x], { dtype: 'float64' })), expected, 1e-9);
  });

  it.each(VALUES)('%s of NaN is NaN', async (_, fn) => {
    expect(await fn(tensor([NaN])).item()).toBeNaN();
  });

  it('keep their digits near 0', async () => {
    for (const fn of [sinh, asinh, atanh, expm1, log1p]) {
      const x = 1e-5;
      expect(Math.abs((await fn(tensor([x])).item()) / x - 1)).toBeLessThan(1e-4);
      expect(await fn(tensor([1e-30])).item()).toBe(Math.fround(1e-30));
    }
  });

  it('do not overflow before the result does', async () => {
    await expectClose(sinh(tensor([89, -89])), [Math.sinh(89), -Math.sinh(89)], 1e-5);
    await expectClose(cosh(tensor([89])), [Math.cosh(89)], 1e-5);
    await expectClose(asinh(tensor([1e30, -1e30])), [Math.asinh(1e30), -Math.asinh(1e30)], 1e-6);
    await expectClose(acosh(tensor([1e30])), [Math.acosh(1e30)], 1e-6);
    await expectClose(hypot(tensor([3e38, 3]), tensor([1e38, 4])), [Math.hypot(3e38, 1e38), 5], 1e-6);
    await expectClose(logAddExp(tensor([1000, -1000]), tensor([1000, -1001])), [1000.6931472, -999.6867383], 1e-6);
    expect(await tanh(tensor([1000, -1000])).array()).toEqual([1, -1]);
    expect(await sinh(tensor([Infinity, -Infinity])).array()).toEqual([Infinity, -Infinity]);
    expect(await asinh(tensor([Infinity, -Infinity])).array()).toEqual([Infinity, -Infinity]);
  });

  it('logAddExp knows infinities', async () => {
    const a = tensor([-Infinity, -Infinity, Infinity, 1]);
    const b = tensor([-Infinity, 2, 1, -Infinity]);
    expect(await logAddExp(a, b).array()).toEqual([-Infinity, 2, Infinity, 1]);
  });

  it('atan2 tells -0 from 0', async () => {
    const angles = await atan2(tensor([0, -0, 0, -0]), tensor([-0, -0, 0, -2])).data();
    expect([...angles]).toEqual([Math.PI, -Math.PI, 0, -Math.PI].map(Math.fround));
  });

  it('atan2 agrees with Math.atan2 in every quadrant and on the axes', async () => {
    const coordinates = [-Infinity, -2, -0, 0, 1, Infinity];
    const pairs = coordinates.flatMap((y) => coordinates.map((x) => [y, x] as const));
    // Signed zeros of the result are not asked for.
    const isUnsigned = ([y, x]: readonly [number, number]): boolean => !(Object.is(y, -0) && !(x > 0));
    const chosen = pairs.filter(isUnsigned).filter(([y, x]) => !(y === 0 && Object.is(x, -0)));
    const got = await atan2(tensor(chosen.map(([y]) => y)), tensor(chosen.map(([, x]) => x))).data();
    chosen.forEach(([y, x], i) => {
      expect(got[i], `atan2(${y}, ${x})`).toBeCloseTo(Math.atan2(y, x), 5);
    });
  });

  it('combinations', async () => {
    await expectClose(lerp(tensor([0, 10]), tensor([10, 20]), 0.3), [3, 13]);
    await expectClose(lerp(tensor([0, 10]), tensor([10, 20]), tensor([0, 1])), [0, 20]);
    expect(await addcmul(tensor([1]), tensor([2]), tensor([3]), { value: 10 }).array()).toEqual([61]);
    expect(await addcdiv(tensor([1]), tensor([6]), tensor([3])).array()).toEqual([3]);
    expect(await squaredDifference(tensor([1]), 4).array()).toEqual([9]);
  });

  it('logit can be kept away from the ends', async () => {
    await expectClose(logit(tensor([0, 1]), { eps: 0.1 }), [-2.197224577, 2.197224577], 1e-6);
  });

  it('refuse integers', () => {
    expect(() => log2(ones([1], { dtype: 'int32' }))).toThrow(/int32/);
    expect(() => sinh(ones([1], { dtype: 'int32' }))).toThrow(/int32/);
  });
});
