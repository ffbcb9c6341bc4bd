/**
 * Elementary functions on four float32 lanes, as polynomials found by a weighted minimax fit.
 *
 * Each function takes its argument in a local and leaves the result on the stack. Relative error, tested against
 * float64: exp, expm1, log, log1p, sin and cos below 3e-7, erf and tanh below 4e-7 wherever the result is a normal number, and
 * erf and tanh are never beyond 1. NaN, infinities, signed zeros and subnormals come out as in the C library. No fused multiply-add
 * is used: results are equal on every machine.
 */
import { V128, type Local } from './assembler';
import type { KernelBuilder } from './kernel-module';

/** (e^r - 1 - r) / r^2 on |r| <= ln(2)/2, as exact as e^r needs it and as e^r - 1 needs it. */
const EXP = [0.499992281, 0.166671157, 0.0418905467, 0.00831247866];
const EXPM1 = [0.49999997, 0.166665435, 0.0416672006, 0.00836653728, 0.00138825423];
/** (log(1 + f) - f + f^2/2) / f^3 on sqrt(1/2) - 1 <= f <= sqrt(2) - 1. */
const LOG = [
  0.333333313, -0.250008196, 0.200012267, -0.166233614, 0.142017543, -0.131601408, 0.127615795, -0.0763459727,
];
/** tanh(x)/x as a quotient of polynomials in x^2, |x| <= 8.6; there it is 1 to the last bit. */
const TANH: Quotient = {
  limit: 8.6,
  above: [1.6393124, 0.21978085, 0.005780909, 0.00003462672, 2.3086097e-8],
  below: [1.6393124, 0.7662181, 0.042612255, 0.0005469245, 0.000001323059],
};
/** (sin(x)/x - 1) / x^2 in x^2, |x| <= pi/4. */
const SIN = [-0.166666552, 0.00833217613, -0.000195170069];
/** (cos(x) - 1 + x^2/2) / x^4 in x^2, |x| <= pi/4. */
const COS = [0.0416666456, -0.00138873141, 0.0000244328694];
/** erf(x)/x likewise, |x| <= 3.75. */
const ERF: Quotient = {
  limit: 3.75,
  above: [0.6859055, 0.11286474, 0.02962113, 0.0019098071, 0.00008048983, -0.0000012294902, 1.3445584e-8],
  below: [0.6078679, 0.30264583, 0.066349596, 0.00801016, 0.00050642504],
};

/**
 * An odd function that is +-1 from some limit on. The last bits of its coefficients are chosen for float32 arithmetic: at the limit
 * the quotient is 1 to the last bit.
 */
interface Quotient {
  readonly limit: number;
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/** Added to a float of moderate size, it leaves the nearest integer in the low bits. */
const ROUNDER = 1.5 * 2 ** 23;

const LN2_HIGH = 0.693359375; // nine bits, so that its products with an exponent are exact
const LN2_LOW = -2.12194440e-4;
const LOG2_E = 1.4426950408889634;

/** Pushes the polynomial with the given coefficients (constant first) at `x`. */
function horner(f: KernelBuilder, x: Local, coefficients: readonly number[]): void {
  f.f32x4(coefficients.at(-1)!);
  for (let i = coefficients.length - 2; i >= 0; i--) f.get(x).op('f32x4Mul').f32x4(coefficients[i]!).op('f32x4Add');
}

/** Splits x into n ln(2) + r with |r| <= ln(2)/2. Leaves n + bias in the low 9 bits of `n`, and r, which may be x. */
function reduceExponent(f: KernelBuilder, x: Local, n: Local, r: Local, bias: number): void {
  const whole = f.temp(V128);
  f.get(x).f32x4(LOG2_E).op('f32x4Mul').f32x4(ROUNDER + bias).op('f32x4Add').tee(n);
  f.f32x4(ROUNDER + bias).op('f32x4Sub').set(whole);
  f.get(x, whole).f32x4(LN2_HIGH).op('f32x4Mul', 'f32x4Sub');
  f.get(whole).f32x4(LN2_LOW).op('f32x4Mul', 'f32x4Sub').set(r);
  f.release(V128, whole);
}

/** Pushes e^r - 1 for the r of `reduceExponent`. */
function expm1Reduced(f: KernelBuilder, r: Local, coefficients: readonly number[]): void {
  f.get(r, r).op('f32x4Mul');
  horner(f, r, coefficients);
  f.op('f32x4Mul').get(r).op('f32x4Add');
}

/** Pushes e^r for the r of `reduceExponent`. Its parts do not wait for each other: the processor has little else to do meanwhile. */
function expReduced(f: KernelBuilder, r: Local): void {
  const square = f.temp(V128);
  const linear = (i: number): void => void f.get(r).f32x4(EXP[i + 1]!).op('f32x4Mul').f32x4(EXP[i]!).op('f32x4Add');
  f.get(r, r).op('f32x4Mul').set(square);
  linear(2);
  f.get(square).op('f32x4Mul');
  linear(0);
  f.op('f32x4Add').get(square).op('f32x4Mul').get(r).f32x4(1).op('f32x4Add', 'f32x4Add');
  f.release(V128, square);
}

/** Replaces integers n + 127 in the low 9 bits of the lanes on the stack by 2^n, -126 <= n <= 127. */
function powerOfTwo(f: KernelBuilder): void {
  f.i32(23).op('i32x4Shl');
}

export function exp(f: KernelBuilder, x: Local): void {
  const [n, r, half] = f.temps(V128, 3);
  // pmin and pmax keep a NaN that stands first. Beyond these bounds the result is infinite or zero.
  f.get(x).f32x4(89).op('f32x4Pmin').f32x4(-104.5).op('f32x4Pmax').set(r);
  reduceExponent(f, r, n, r, 254);
  expReduced(f, r);
  // 2^n in two factors: n reaches 128 above and -151 below, where one factor does not fit into the exponent field.
  f.get(n).i32(1).op('i32x4ShrS').tee(half);
  powerOfTwo(f);
  f.op('f32x4Mul').get(n, half).op('i32x4Sub');
  powerOfTwo(f);
  f.op('f32x4Mul');
  f.release(V128, n, r, half);
}

/** exp for arguments that are known to be at most 0, or NaN: an exponent that cannot overflow takes less care. */
export function expNegative(f: KernelBuilder, x: Local): void {
  const [n, r] = f.temps(V128, 2);
  f.get(x).f32x4(-104.5).op('f32x4Pmax').set(r);
  reduceExponent(f, r, n, r, 127 + 64);
  expReduced(f, r);
  f.get(n);
  powerOfTwo(f);
  f.op('f32x4Mul').f32x4(2 ** -64).op('f32x4Mul');
  f.release(V128, n, r);
}

export function expm1(f: KernelBuilder, x: Local): void {
  const [n, r, scale] = f.temps(V128, 3);
  f.get(x).f32x4(89).op('f32x4Pmin').f32x4(-30).op('f32x4Pmax').set(r);
  reduceExponent(f, r, n, r, 126);
  // (2^(n-1) (e^r - 1) + (2^(n-1) - 1/2)) * 2; halved inside, because 2^128 is no float.
  f.get(n);
  powerOfTwo(f);
  f.tee(scale);
  expm1Reduced(f, r, EXPM1);
  f.op('f32x4Mul').get(scale).f32x4(0.5).op('f32x4Sub', 'f32x4Add').f32x4(2).op('f32x4Mul');
  // Tiny arguments are their own result; this keeps subnormals and the sign of zero.
  keepTiny(f, x, 2 ** -26);
  f.release(V128, n, r, scale);
}

/** Replaces the result on the stack by `x` itself where |x| is below `limit`. */
function keepTiny(f: KernelBuilder, x: Local, limit: number): void {
  const result = f.temp(V128);
  f.set(result);
  f.get(x, result).get(x).op('f32x4Abs').f32x4(limit).op('f32x4Lt', 'v128Bitselect');
  f.release(V128, result);
}

export function log(f: KernelBuilder, x: Local): void {
  const [y, e, g, tiny] = f.temps(V128, 4);
  // Subnormals are scaled up first.
  f.get(x).f32x4(2 ** -126).op('f32x4Lt').set(tiny);
  f.get(x).f32x4(2 ** 25).op('f32x4Mul').get(x, tiny).op('v128Bitselect').set(y);
  // y = 2^e (1 + g) with 1 + g in [sqrt(1/2), sqrt(2)).
  f.get(y).i32x4(0x3f3504f3).op('i32x4Sub').i32(23).op('i32x4ShrS').set(e);
  f.get(y, e).i32(23).op('i32x4Shl', 'i32x4Sub').f32x4(1).op('f32x4Sub').set(g);
  f.get(e).get(tiny).i32x4(25).op('v128And', 'i32x4Sub', 'f32x4ConvertI32x4S').set(e);
  // e ln2_high + (g + (e ln2_low - g^2/2 + g^3 P(g)))
  f.get(e).f32x4(LN2_HIGH).op('f32x4Mul');
  f.get(g, e).f32x4(LN2_LOW).op('f32x4Mul');
  f.get(g, g).op('f32x4Mul').tee(y).f32x4(0.5).op('f32x4Mul', 'f32x4Sub');
  f.get(y, g).op('f32x4Mul');
  horner(f, g, LOG);
  f.op('f32x4Mul', 'f32x4Add', 'f32x4Add', 'f32x4Add').set(y);
  // log(0) = -inf; negative numbers and NaN give NaN; log(inf) = inf.
  f.get(x).f32x4(Infinity).op('f32x4Eq').set(tiny);
  f.get(x, y, tiny).op('v128Bitselect').set(y);
  f.f32x4(-Infinity).get(y).get(x).f32x4(0).op('f32x4Eq', 'v128Bitselect').set(y);
  f.get(y).f32x4(NaN).get(x).f32x4(0).op('f32x4Ge', 'v128Bitselect');
  f.release(V128, y, e, g, tiny);
}

export function log1p(f: KernelBuilder, x: Local): void {
  const [u, lost] = f.temps(V128, 2);
  f.get(x).f32x4(1).op('f32x4Add').set(u);
  // What the addition lost: x - (u - 1) for x < 1, else 1 - (u - x). Zero where u is 0 or infinite.
  f.get(x, u).f32x4(1).op('f32x4Sub', 'f32x4Sub');
  f.f32x4(1).get(u, x).op('f32x4Sub', 'f32x4Sub');
  f.get(x).f32x4(1).op('f32x4Lt', 'v128Bitselect').get(u).op('f32x4Div');
  f.get(u).f32x4(0).op('f32x4Gt').get(u).f32x4(Infinity).op('f32x4Lt', 'v128And', 'v128And').set(lost);
  log(f, u);
  f.get(lost).op('f32x4Add');
  keepTiny(f, x, 2 ** -26);
  f.release(V128, u, lost);
}

/** x above(x^2) / below(x^2). */
function oddQuotient(f: KernelBuilder, x: Local, { limit, above, below }: Quotient): void {
  const [a, u] = f.temps(V128, 2);
  f.get(x).f32x4(limit).op('f32x4Pmin').f32x4(-limit).op('f32x4Pmax').tee(a).get(a).op('f32x4Mul').set(u);
  horner(f, u, above);
  f.get(a).op('f32x4Mul');
  horner(f, u, below);
  // Rounding must not lead beyond 1: people take logarithms of 1 - tanh(x)^2.
  f.op('f32x4Div').f32x4(1).op('f32x4Pmin').f32x4(-1).op('f32x4Pmax');
  f.release(V128, a, u);
}

export function tanh(f: KernelBuilder, x: Local): void {
  oddQuotient(f, x, TANH);
}

export function erf(f: KernelBuilder, x: Local): void {
  oddQuotient(f, x, ERF);
}

/** The first 33 bits of pi/2, whose product with a quadrant number below 2^20 is exact, and the rest. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = Math.PI / 2 - HALF_PI_HIGH + 6.123233995736766e-17;

/** Beyond this the reduction by multiples of pi/2 would lose digits; such lanes go to JavaScript. */
const TRIG_LIMIT = 2 ** 20;

/** sin and cos. The argument is reduced to |r| <= pi/4 in double precision, so that zeros of the function stay sharp. */
function trigonometric(f: KernelBuilder, x: Local, which: 'sin' | 'cos'): void {
  const [r, quadrant, high, n, u, result] = f.temps(V128, 6);
  const half = (): void => {
    // Argument on the stack as two doubles in `high`; leaves the reduced floats in its low lanes, the quadrant in n.
    f.get(high).f64x2(2 / Math.PI).op('f64x2Mul', 'f64x2Nearest').set(n);
    f.get(high, n).f64x2(HALF_PI_HIGH).op('f64x2Mul', 'f64x2Sub').get(n).f64x2(HALF_PI_LOW).op('f64x2Mul', 'f64x2Sub');
    f.op('f32x4DemoteF64x2Zero').get(n).op('i32x4TruncSatF64x2SZero').set(n);
  };
  f.get(x).op('f64x2PromoteLowF32x4').set(high);
  half();
  f.set(r).get(n).set(quadrant);
  f.get(x, x).shuffle(2, 3, 2, 3).op('f64x2PromoteLowF32x4').set(high);
  half();
  f.set(u).get(r, u).shuffle(0, 1, 4, 5).set(r);
  f.get(quadrant, n).shuffle(0, 1, 4, 5).set(quadrant);
  if (which === 'cos') f.get(quadrant).i32x4(1).op('i32x4Add').set(quadrant);
  f.get(r, r).op('f32x4Mul').set(u);
  // Odd quadrants take the cosine of r, even ones the sine; quadrants 2 and 3 change the sign.
  f.f32x4(1).get(u).f32x4(0.5).op('f32x4Mul', 'f32x4Sub').get(u, u).op('f32x4Mul');
  horner(f, u, COS);
  f.op('f32x4Mul', 'f32x4Add');
  f.get(r, r, u).op('f32x4Mul');
  horner(f, u, SIN);
  f.op('f32x4Mul', 'f32x4Add');
  f.get(quadrant).i32(31).op('i32x4Shl').i32(31).op('i32x4ShrS', 'v128Bitselect');
  f.get(quadrant).i32x4(2).op('v128And').i32(30).op('i32x4Shl', 'v128Xor');
  if (which === 'sin') keepTiny(f, x, 2 ** -12);
  f.set(result);
  f.get(x).op('f32x4Abs').f32x4(TRIG_LIMIT).op('f32x4Gt').tee(u).op('v128AnyTrue').if(() => {
    perLane(f, which, [x]);
    f.get(result, u).op('v128Bitselect').set(result);
  });
  f.get(result);
  f.release(V128, r, quadrant, high, n, u, result);
}

export const sin = (f: KernelBuilder, x: Local): void => trigonometric(f, x, 'sin');
export const cos = (f: KernelBuilder, x: Local): void => trigonometric(f, x, 'cos');

/** Calls a JavaScript function on each lane of the arguments and pushes the four results. `first` is a leading number. */
export function perLane(f: KernelBuilder, name: Parameters<KernelBuilder['host']>[0], args: readonly Local[], first?: number): void {
  for (let lane = 0; lane < 4; lane++) {
    if (first !== undefined) f.f64(first);
    for (const arg of args) f.get(arg).lane('f32x4ExtractLane', lane).op('f64PromoteF32');
    f.host(name).op('f32DemoteF64');
    if (lane === 0) f.op('f32x4Splat');
    else f.lane('f32x4ReplaceLane', lane);
  }
}
