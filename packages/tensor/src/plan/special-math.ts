/**
 * The error function and the gamma function with their relatives, in double precision. Ops of these functions bring them along
 * (ops/error-gamma.ts): backends find them in the instruction. "Error" below is the largest relative error found against
 * 50-digit references. Every function is pure and handles NaN, infinities and poles.
 */

/** Chebyshev coefficients of (1 + x) exp(x^2) erfc(x) on x >= 1 in the variable u = 3 / (3 + x), u in (0, 3/4]. */
const ERFC_CHEBYSHEV: readonly number[] = [
  0.687340591644670311, 0.144045309868046223, 0.0227603662479294636, 0.00162143274225140447, -0.000387495345077196496,
  -0.00017424855728376009, -0.0000351027217763768144, -3.77570233803526595e-6, 1.07451300977761284e-9,
  6.67181866749296949e-8, 7.23428202646399156e-9, -6.89440073411668832e-10, -2.09923856909340439e-10,
  2.3631548898980036e-12, 5.19778988948159412e-12, 1.4986187739614737e-13, -1.33695177130994783e-13,
  -6.7931695322301254e-15, 3.78761273772599886e-15, 2.08350035799425977e-16, -1.18957158655083724e-16,
  -4.84703148034110063e-18, 4.04518932665979194e-18,
];

/** zeta(k) - 1 for k = 2, 3, ...: the Taylor coefficients of lgamma at 2 are (-1)^k (zeta(k) - 1) / k. */
const ZETA_MINUS_1: readonly number[] = [
  0.644934066848226436, 0.202056903159594285, 0.0823232337111381915, 0.0369277551433699263, 0.0173430619844491397,
  0.00834927738192282684, 0.00407735619794433938, 0.00200839282608221442, 0.000994575127818085337,
  0.000494188604119464559, 0.000246086553308048299, 0.000122713347578489147, 0.0000612481350587048293,
  0.0000305882363070204936, 0.0000152822594086518717, 7.63719763789976227e-6, 3.81729326499983986e-6,
  1.90821271655393893e-6, 9.53962033872796113e-7, 4.76932986787806463e-7, 2.3845050272773299e-7,
  1.19219925965311073e-7, 5.96081890512594796e-8, 2.98035035146522802e-8, 1.49015548283650412e-8, 7.45071178983542949e-9,
];

/** Bernoulli numbers B2, B4, ..., B20, for the asymptotic series (Abramowitz & Stegun, table 23.2). */
const BERNOULLI: readonly number[] = [
  1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
];

const ONE_MINUS_EULER_GAMMA = 0.42278433509846713939;
const TWO_OVER_SQRT_PI = 1.1283791670955125739;
const HALF_LOG_TWO_PI = 0.91893853320467274178;

/** The error function. Error 3e-16. Maclaurin series for |x| <= 1 (Abramowitz & Stegun 7.1.5), 1 - erfc(x) beyond. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 1) {
    const value = a >= 6 ? 1 : 1 - erfcTail(a);
    return x < 0 ? -value : value;
  }
  const z = x * x;
  if (z === 0) return TWO_OVER_SQRT_PI * x; // keeps -0
  // sum of (-z)^n / (n! (2n + 1)), n = 0..17, innermost term first.
  let sum = 0;
  for (let n = 17; n > 0; n--) sum = (-z / n) * (1 / (2 * n + 1) + sum);
  return TWO_OVER_SQRT_PI * (x + x * sum);
}

/** 1 - erf(x) without cancellation for large x. Error 1e-15; 0 above 27.3. */
export function erfc(x: number): number {
  if (x > 1) return erfcTail(x);
  return 1 - erf(x);
}

/** erfc for x > 1: the Chebyshev series times exp(-x^2) / (1 + x). */
function erfcTail(x: number): number {
  if (x > 28) return 0;
  // Clenshaw's recurrence in y = 2 u / (3/4) - 1 = (5 - x) / (3 + x).
  const y2 = (2 * (5 - x)) / (3 + x);
  let b1 = 0;
  let b2 = 0;
  for (let k = ERFC_CHEBYSHEV.length - 1; k > 0; k--) {
    const b0 = y2 * b1 - b2 + ERFC_CHEBYSHEV[k]!;
    b2 = b1;
    b1 = b0;
  }
  const series = 0.5 * y2 * b1 - b2 + ERFC_CHEBYSHEV[0]!;
  // x^2 has a rounding error that exp would magnify: split x so that the larger square is exact.
  const high = Math.fround(x);
  return (Math.exp(-high * high) * Math.exp(-(x - high) * (x + high)) * series) / (1 + x);
}

/**
 * The inverse of erf: +-Infinity at +-1, NaN outside. Error 2e-15. Start value by S. Winitzki's closed form ("A handy
 * approximation for the error function and its inverse", 2008, within 0.2 %), then two Halley steps, each of which
 * triples the number of correct digits; beyond 0.5 on erfc, so that the tail keeps its accuracy.
 */
export function erfinv(x: number): number {
  const a = Math.abs(x);
  if (!(a < 1)) return a === 1 ? x * Infinity : NaN;
  if (a < 1e-9) return x / TWO_OVER_SQRT_PI;
  const l = Math.log((1 - a) * (1 + a));
  const t = 2 / (Math.PI * 0.147) + l / 2;
  let y = Math.sqrt(Math.sqrt(t * t - l / 0.147) - t);
  for (let step = 0; step < 2; step++) {
    const miss = a < 0.5 ? erf(y) - a : 1 - a - erfc(y);
    const u = miss / (TWO_OVER_SQRT_PI * Math.exp(-y * y));
    y -= u / (1 + y * u);
  }
  return x < 0 ? -y : y;
}

/**
 * log |Gamma(x)|. Error 1e-15 for x > 0, also near the zeros 1 and 2; for x < 0 it is 1e-15 relative to max(1, |value|).
 * +Infinity at 0, the negative integers and +-Infinity.
 * Taylor series at 2 (Abramowitz & Stegun 6.1.33), recurrence, Stirling's series (6.1.41) from 12, reflection (6.1.17).
 */
export function lgamma(x: number): number {
  if (x !== x) return NaN;
  if (x <= 0) {
    if (Number.isInteger(x) || x === -Infinity) return Infinity;
    if (x > -1e-16) return -Math.log(-x);
    return Math.log(Math.PI / (-x * Math.abs(sinPi(x)))) - lgamma(-x);
  }
  if (x < 1e-16) return -Math.log(x);
  if (x < 0.5) return lgammaAt2Plus(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return lgammaAt2Plus(x - 1) - Math.log(x);
  if (x <= 2.5) return lgammaAt2Plus(x - 2);
  if (x < 12) {
    let product = 1;
    while (x > 2.5) {
      x -= 1;
      product *= x;
    }
    return Math.log(product) + lgammaAt2Plus(x - 2);
  }
  if (x === Infinity) return Infinity;
  const inverse = 1 / x;
  const square = inverse * inverse;
  let series = 0;
  for (let k = 7; k >= 1; k--) series = series * square + BERNOULLI[k - 1]! / (2 * k * (2 * k - 1));
  return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TWO_PI - 0.5 + series * inverse);
}

/** lgamma(2 + z) for |z| <= 0.5: z (1 - gamma) + sum of (-1)^k (zeta(k) - 1) z^k / k. */
function lgammaAt2Plus(z: number): number {
  let sum = 0;
  for (let k = ZETA_MINUS_1.length + 1; k >= 2; k--) sum = ZETA_MINUS_1[k - 2]! / k - z * sum;
  return z * (ONE_MINUS_EULER_GAMMA + z * sum);
}

/**
 * The derivative of order `order + 1` of lgamma: digamma for 0, trigamma for 1, ... Error 1e-15 (5e-15 for
 * x < 0) relative to max(1, |value|), tried for orders up to 20; `order` is a whole number >= 0.
 * Poles (x = 0, -1, -2, ...) as PyTorch gives them: digamma is -Infinity at 0, +Infinity at -0 and NaN at the negative
 * integers; odd orders give +Infinity, even orders from 2 give -Infinity.
 */
export function polygamma(order: number, x: number): number {
  if (x !== x) return NaN;
  return order === 0 ? digamma(x) : polygammaFrom1(order, x);
}

/** Recurrence, then the asymptotic series (Abramowitz & Stegun 6.3.18); near its zero the Taylor series at 2. */
function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) return Number.isInteger(x) || x === -Infinity ? NaN : digamma(1 - x) - Math.PI * cotPi(x);
  if (x === Infinity) return Infinity;
  let shift = 0;
  if (x >= 0.5 && x <= 2.5) {
    if (x < 1.5) {
      shift = -1 / x;
      x += 1;
    }
    const z = x - 2;
    let sum = 0;
    for (let k = ZETA_MINUS_1.length - 1; k >= 0; k--) sum = ZETA_MINUS_1[k]! - z * sum;
    return ONE_MINUS_EULER_GAMMA + z * sum + shift;
  }
  for (; x < 12; x++) shift -= 1 / x;
  const square = 1 / (x * x);
  let series = 0;
  for (let k = 7; k >= 1; k--) series = square * (series + BERNOULLI[k - 1]! / (2 * k));
  return Math.log(x) - 0.5 / x - series + shift;
}

/** n! times the Hurwitz zeta function at n + 1 (6.4.10), summed by Euler-Maclaurin; x < 0 by reflection (6.4.7). */
function polygammaFrom1(n: number, x: number): number {
  const sign = n % 2 === 1 ? 1 : -1;
  if (x <= 0) {
    if (Number.isInteger(x)) return sign * Infinity;
    if (x === -Infinity) return NaN;
    return -sign * polygammaFrom1(n, 1 - x) - Math.PI ** (n + 1) * cotangentDerivative(n, cotPi(x));
  }
  const s = n + 1;
  let sum = 0;
  for (; x < n + 14; x++) sum += x ** -s;
  const power = x ** -n;
  let tail = power / n + power / (2 * x);
  // Term k is B2k / (2k)! * s (s + 1) ... (s + 2k - 2) * x^(1 - s - 2k).
  let term = (power * s) / (2 * x * x);
  for (let k = 1; k <= BERNOULLI.length; k++) {
    tail += term * BERNOULLI[k - 1]!;
    term *= ((s + 2 * k - 1) * (s + 2 * k)) / ((2 * k + 1) * (2 * k + 2) * x * x);
  }
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return x === Infinity ? sign * 0 : sign * factorial * (sum + tail);
}

/** The n-th derivative of cot(t) as a polynomial in c = cot(t): P0 = c, P(k+1) = -(1 + c^2) P(k)'. */
function cotangentDerivative(n: number, c: number): number {
  let coefficients = [0, 1];
  for (let step = 0; step < n; step++) {
    const next: number[] = new Array<number>(coefficients.length + 1).fill(0);
    for (let power = 1; power < coefficients.length; power++) {
      const slope = power * coefficients[power]!;
      next[power - 1]! -= slope;
      next[power + 1]! -= slope;
    }
    coefficients = next;
  }
  let value = 0;
  for (let power = coefficients.length - 1; power >= 0; power--) value = value * c + coefficients[power]!;
  return value;
}

/** sin(pi x), exact at integers. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  return Math.sin(Math.PI * (Math.abs(r) <= 0.5 ? r : Math.sign(r) - r));
}

/** 1 / tan(pi x), accurate near its zeros too. */
function cotPi(x: number): number {
  const r = x - Math.round(x);
  return Math.abs(r) <= 0.25 ? 1 / Math.tan(Math.PI * r) : Math.sign(r) * Math.tan(Math.PI * (0.5 - Math.abs(r)));
}

/** All of them, for tests of backends. An object, because a namespace would keep them in bundles that use none. */
export const specialMath = { erf, erfc, erfinv, lgamma, polygamma };
