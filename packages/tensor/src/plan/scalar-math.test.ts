import { describe, expect, it } from 'vitest';
import { mod, pow, powInt, roundHalfEven, sign, toInt32Sat, toUint32Sat } from './scalar-math';
import { erf, erfc, erfinv, lgamma, polygamma } from './special-math';

/** Values computed to 40 digits (mpmath) and rounded to 17. */
const REFERENCE: readonly [string, (x: number) => number, readonly (readonly [number, number])[]][] = [
  ['erf', erf, [
    [0.001, 0.0011283787909692364],
    [0.3, 0.32862675945912742],
    [0.75, 0.71115563365351513],
    [1, 0.84270079294971487],
    [1.25, 0.92290012825645823],
    [2, 0.99532226501895273],
    [3.5, 0.99999925690162766],
    [5.5, 0.99999999999999264],
  ]],
  ['erfc', erfc, [
    [0.5, 0.47950012218695346],
    [1, 0.15729920705028513],
    [1.5, 0.033894853524689273],
    [4, 1.5417257900280019e-8],
    [10, 2.0884875837625448e-45],
    [25, 8.3001725711965228e-274],
  ]],
  ['erfinv', erfinv, [
    [1e-12, 8.86226925452758e-13],
    [0.1, 0.088855990494257692],
    [0.5, 0.47693627620446987],
    [0.9, 1.1630871536766742],
    [0.999, 2.3267537655135245],
    [0.9999999999, 4.5728249585449249],
  ]],
  ['lgamma', lgamma, [
    [1e-20, 46.051701859880914],
    [0.1, 2.2527126517342059],
    [0.5, 0.57236494292470009],
    [1.001, -0.00057639359828330615],
    [1.9990234375, -0.0004125677359714894],
    [2.25, 0.12487171489239659],
    [3, 0.69314718055994531],
    [11.5, 16.292000476567241],
    [50, 144.56574394634489],
    [1e10, 220258509288.81058],
    [-0.5, 1.2655121234846454],
    [-2.25, 0.55550154502064747],
    [-7.75, -8.5818477635518667],
  ]],
];

/** [order, x, value], computed in the same way. */
const POLYGAMMA: readonly (readonly [number, number, number])[] = [
  [0, 1e-05, -100000.57719921567],
  [0, 0.25, -4.2274535333762654],
  [0, 1, -0.57721566490153286],
  [0, 1.4609375, -0.0006724023902428804],
  [0, 10, 2.2517525890667211],
  [0, 1e6, 13.815510057964191],
  [0, -0.75, -2.8941202000429321],
  [0, -12.5, 2.565195651274912],
  [1, 0.125, 65.388133444988034],
  [1, 1, 1.6449340668482264],
  [1, 20, 0.05127082293520312],
  [1, -1.25, 19.181879647671606],
  [2, 0.5, -16.82879664423432],
  [2, 3, -0.15411380631918857],
  [2, -0.5, -0.82879664423432],
  [3, 1, 6.4939394022668291],
  [3, -2.25, 1558.4550231887143],
  [6, 4.5, -0.026451382582425739],
  [11, 0.75, 1260193709.2519691],
  [11, -3.375, 5172790930632.4116],
];

function expectClose(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE)).toBeLessThan(tolerance);
}

describe('special functions', () => {
  for (const [name, f, rows] of REFERENCE) {
    it(`${name} agrees with 40-digit references to 2e-15`, () => {
      for (const [x, expected] of rows) expectClose(f(x), expected, 2e-15);
    });
  }

  it('polygamma agrees with 40-digit references to 5e-15', () => {
    // Close to the zero at 1.4616 only the absolute error is small: an x one unit in the last place away has another value.
    for (const [order, x, expected] of POLYGAMMA) expectClose(polygamma(order, x), expected, x === 1.4609375 ? 5e-13 : 5e-15);
  });

  it('erf and erfinv are odd, inverse to each other and keep -0', () => {
    for (const x of [1e-200, 1e-10, 0.2, 0.7, 1, 1.7, 3]) {
      expect(erf(-x)).toBe(-erf(x));
      expectClose(erfinv(erf(x)), x, x > 2 ? 1e-11 : 1e-14);
    }
    expect(erf(-0)).toBe(-0);
    expect(erfinv(-0)).toBe(-0);
  });

  it('erf and erfc reach their limits', () => {
    expect([erf(Infinity), erf(-Infinity), erf(40), erf(NaN)]).toEqual([1, -1, 1, NaN]);
    expect([erfc(Infinity), erfc(-Infinity), erfc(30), erfc(NaN), erfc(0)]).toEqual([0, 2, 0, NaN, 1]);
  });

  it('erfinv is infinite at +-1 and NaN outside', () => {
    expect([erfinv(1), erfinv(-1), erfinv(1.5), erfinv(-2), erfinv(NaN)]).toEqual([Infinity, -Infinity, NaN, NaN, NaN]);
  });

  it('lgamma has its zeros at 1 and 2 and is +Infinity at the poles and at infinity', () => {
    expect([lgamma(1), lgamma(2)]).toEqual([0, 0]);
    for (const x of [0, -0, -1, -7, Infinity, -Infinity]) expect(lgamma(x)).toBe(Infinity);
    expect(lgamma(NaN)).toBe(NaN);
    expectClose(lgamma(-1e-300), 300 * Math.LN10, 1e-15);
  });

  it('polygamma has the poles that PyTorch gives', () => {
    expect([polygamma(0, 0), polygamma(0, -0), polygamma(0, -3), polygamma(0, Infinity)]).toEqual([-Infinity, Infinity, NaN, Infinity]);
    for (const x of [0, -0, -1, -6]) {
      expect(polygamma(1, x)).toBe(Infinity);
      expect(polygamma(2, x)).toBe(-Infinity);
      expect(polygamma(3, x)).toBe(Infinity);
    }
    expect(Math.abs(polygamma(1, Infinity))).toBe(0);
    expect([polygamma(0, NaN), polygamma(2, NaN)]).toEqual([NaN, NaN]);
  });
});

describe('arithmetic with C semantics', () => {
  it('pow differs from ** only where C does', () => {
    for (const y of [NaN, Infinity, -Infinity, 0, 2.5]) expect(pow(1, y)).toBe(1);
    for (const x of [NaN, Infinity, 0, -2]) expect(pow(x, 0)).toBe(1);
    expect([pow(-1, Infinity), pow(-1, -Infinity), pow(-1, NaN), pow(-2, 0.5), pow(-2, 3)]).toEqual([1, 1, NaN, NaN, -8]);
    expect([pow(0, -1), pow(-0, -1), pow(0.5, Infinity)]).toEqual([Infinity, -Infinity, 0]);
  });

  it('powInt wraps to 32 bits and truncates negative powers', () => {
    expect([powInt(3, 0), powInt(3, 5), powInt(-3, 3), powInt(10, 10), powInt(0, 0)]).toEqual([1, 243, -27, 1410065408, 1]);
    expect([powInt(2, -1), powInt(1, -9), powInt(-1, -3), powInt(-1, -4), powInt(0, -2)]).toEqual([0, 1, -1, 1, 0]);
    expect(powInt(4294967295, 4294967295) >>> 0).toBe(4294967295);
  });

  it('mod has the sign of the dividend', () => {
    expect([mod(5.5, 2), mod(-5.5, 2), mod(5.5, -2), mod(-4, 2)]).toEqual([1.5, -1.5, 1.5, -0]);
    expect([mod(1, 0), mod(Infinity, 2), mod(3, Infinity)]).toEqual([NaN, NaN, 3]);
  });

  it('roundHalfEven rounds halves to even and keeps -0 and what is already whole', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5].map(roundHalfEven)).toEqual([0, 2, 2, -0, -2, -2]);
    expect([0.49999999999999994, -0.3, -0, 2 ** 53 + 2].map(roundHalfEven)).toEqual([0, -0, -0, 2 ** 53 + 2]);
    expect([-Infinity, NaN].map(roundHalfEven)).toEqual([-Infinity, NaN]);
  });

  it('sign gives +0 for both zeros', () => {
    expect([3, -2, 0, -0, Infinity, -Infinity, NaN].map(sign)).toEqual([1, -1, 0, 0, 1, -1, NaN]);
  });

  it('casts to 32-bit integers truncate and saturate', () => {
    expect([1.9, -1.9, 2147483646.5, 3e9, -3e9, Infinity, -Infinity, NaN].map(toInt32Sat)).toEqual([
      1, -1, 2147483646, 2147483647, -2147483648, 2147483647, -2147483648, 0,
    ]);
    expect([1.9, -1.9, 3e9, 5e9, Infinity, -Infinity, NaN].map(toUint32Sat)).toEqual([1, 0, 3e9, 4294967295, 4294967295, 0, 0]);
  });
});
