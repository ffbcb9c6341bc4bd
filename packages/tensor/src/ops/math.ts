/** Element-wise arithmetic and functions. Shapes broadcast as in NumPy; numbers take the dtype of the tensor they meet. */
import { isFloat, isInteger, type DType } from '../dtype';
import { ArgumentError } from '../errors';
import { record } from '../graph/record';
import type { BinaryOp, UnaryOp } from '../plan/scalar';
import { Tensor } from '../tensor';
import { eq, gt, isNaN, lt, ne, where } from './compare';
import { nodeOf, operands, unchanged, type TensorLike } from './operand';

function unary(op: Exclude<UnaryOp, 'polygamma'>, x: Tensor): Tensor {
  return new Tensor(record(op, [nodeOf(op, x)], {}));
}

function binary(op: BinaryOp, a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(record(op, operands(op, a, b), {}));
}

/**
 * -x, element by element.
 *
 * @example
 * ```ts
 * import { neg, tensor } from '@cotangent/tensor';
 * console.log(await neg(tensor([1, -2])).array()); // [-1, 2]
 * ```
 */
export function neg(x: Tensor): Tensor {
  return unary('neg', x);
}

/**
 * |x|; its gradient at 0 is 0, element by element.
 *
 * @example
 * ```ts
 * import { abs, tensor } from '@cotangent/tensor';
 * console.log(await abs(tensor([1, -2])).array()); // [1, 2]
 * ```
 */
export function abs(x: Tensor): Tensor {
  return unary('abs', x);
}

/**
 * -1, 0 or 1 by the sign of x, element by element; of NaN 0, as in PyTorch.
 *
 * @example
 * ```ts
 * import { sign, tensor } from '@cotangent/tensor';
 * console.log(await sign(tensor([3, -2, 0])).array()); // [1, -1, 0]
 * ```
 */
export function sign(x: Tensor): Tensor {
  const out = unary('sign', x);
  return isFloat(x.dtype) ? where(isNaN(x), 0, out) : out;
}

/**
 * E to the power x, element by element.
 *
 * @example
 * ```ts
 * import { exp, tensor } from '@cotangent/tensor';
 * console.log(await exp(tensor([0])).array()); // [1]
 * ```
 */
export function exp(x: Tensor): Tensor {
  return unary('exp', x);
}

/**
 * The natural logarithm; -Infinity at 0, NaN below, element by element.
 *
 * @example
 * ```ts
 * import { log, tensor } from '@cotangent/tensor';
 * console.log(await log(tensor([1])).array()); // [0]
 * ```
 */
export function log(x: Tensor): Tensor {
  return unary('log', x);
}

/**
 * Exp(x) - 1, accurate near 0, element by element.
 *
 * @example
 * ```ts
 * import { expm1, tensor } from '@cotangent/tensor';
 * console.log(await expm1(tensor([0])).array()); // [0]
 * ```
 */
export function expm1(x: Tensor): Tensor {
  return unary('expm1', x);
}

/**
 * Log(1 + x), accurate near 0, element by element.
 *
 * @example
 * ```ts
 * import { log1p, tensor } from '@cotangent/tensor';
 * console.log(await log1p(tensor([0])).array()); // [0]
 * ```
 */
export function log1p(x: Tensor): Tensor {
  return unary('log1p', x);
}

/**
 * The square root; NaN below 0, element by element.
 *
 * @example
 * ```ts
 * import { sqrt, tensor } from '@cotangent/tensor';
 * console.log(await sqrt(tensor([9])).array()); // [3]
 * ```
 */
export function sqrt(x: Tensor): Tensor {
  return unary('sqrt', x);
}

/**
 * 1 / sqrt(x), element by element.
 *
 * @example
 * ```ts
 * import { rsqrt, tensor } from '@cotangent/tensor';
 * console.log(await rsqrt(tensor([4])).array()); // [0.5]
 * ```
 */
export function rsqrt(x: Tensor): Tensor {
  return unary('rsqrt', x);
}

/**
 * 1 / x, element by element.
 *
 * @example
 * ```ts
 * import { reciprocal, tensor } from '@cotangent/tensor';
 * console.log(await reciprocal(tensor([4])).array()); // [0.25]
 * ```
 */
export function reciprocal(x: Tensor): Tensor {
  return unary('recip', x);
}

/**
 * The sine of x in radians, element by element.
 *
 * @example
 * ```ts
 * import { sin, tensor } from '@cotangent/tensor';
 * console.log(await sin(tensor([0])).array()); // [0]
 * ```
 */
export function sin(x: Tensor): Tensor {
  return unary('sin', x);
}

/**
 * The cosine of x in radians, element by element.
 *
 * @example
 * ```ts
 * import { cos, tensor } from '@cotangent/tensor';
 * console.log(await cos(tensor([0])).array()); // [1]
 * ```
 */
export function cos(x: Tensor): Tensor {
  return unary('cos', x);
}

/**
 * The tangent of x in radians, element by element.
 *
 * @example
 * ```ts
 * import { tan, tensor } from '@cotangent/tensor';
 * console.log(await tan(tensor([0])).array()); // [0]
 * ```
 */
export function tan(x: Tensor): Tensor {
  return unary('tan', x);
}

/**
 * The inverse sine in radians; NaN outside [-1, 1], element by element.
 *
 * @example
 * ```ts
 * import { asin, tensor } from '@cotangent/tensor';
 * console.log(await asin(tensor([0])).array()); // [0]
 * ```
 */
export function asin(x: Tensor): Tensor {
  return unary('asin', x);
}

/**
 * The inverse cosine in radians; NaN outside [-1, 1], element by element.
 *
 * @example
 * ```ts
 * import { acos, tensor } from '@cotangent/tensor';
 * console.log(await acos(tensor([1])).array()); // [0]
 * ```
 */
export function acos(x: Tensor): Tensor {
  return unary('acos', x);
}

/**
 * The inverse tangent in radians, element by element.
 *
 * @example
 * ```ts
 * import { atan, tensor } from '@cotangent/tensor';
 * console.log(await atan(tensor([0])).array()); // [0]
 * ```
 */
export function atan(x: Tensor): Tensor {
  return unary('atan', x);
}

/**
 * The hyperbolic tangent, element by element.
 *
 * @example
 * ```ts
 * import { tanh, tensor } from '@cotangent/tensor';
 * console.log(await tanh(tensor([0])).array()); // [0]
 * ```
 */
export function tanh(x: Tensor): Tensor {
  return unary('tanh', x);
}

/**
 * The error function 2/sqrt(pi) * integral of exp(-t^2) from 0 to x, element by element.
 *
 * @example
 * ```ts
 * import { erf, tensor } from '@cotangent/tensor';
 * console.log(await erf(tensor([0])).array()); // [0]
 * ```
 */
export function erf(x: Tensor): Tensor {
  return unary('erf', x);
}

/**
 * The inverse of erf; +-Infinity at +-1, NaN outside, element by element.
 *
 * @example
 * ```ts
 * import { erfinv, tensor } from '@cotangent/tensor';
 * console.log(await erfinv(tensor([0])).array()); // [0]
 * ```
 */
export function erfinv(x: Tensor): Tensor {
  return unary('erfinv', x);
}

/**
 * Log |Gamma(x)|, element by element.
 *
 * @example
 * ```ts
 * import { lgamma, tensor } from '@cotangent/tensor';
 * console.log(await lgamma(tensor([1, 2])).array()); // [0, 0]
 * ```
 */
export function lgamma(x: Tensor): Tensor {
  return unary('lgamma', x);
}

/**
 * The largest integer <= x, element by element.
 *
 * @example
 * ```ts
 * import { floor, tensor } from '@cotangent/tensor';
 * console.log(await floor(tensor([1.5, -1.5])).array()); // [1, -2]
 * ```
 */
export function floor(x: Tensor): Tensor {
  return unary('floor', x);
}

/**
 * The smallest integer >= x, element by element.
 *
 * @example
 * ```ts
 * import { ceil, tensor } from '@cotangent/tensor';
 * console.log(await ceil(tensor([1.5, -1.5])).array()); // [2, -1]
 * ```
 */
export function ceil(x: Tensor): Tensor {
  return unary('ceil', x);
}

/**
 * The nearest integer; halves go to the even one, element by element.
 *
 * @example
 * ```ts
 * import { round, tensor } from '@cotangent/tensor';
 * console.log(await round(tensor([0.5, 1.5])).array()); // [0, 2]
 * ```
 */
export function round(x: Tensor): Tensor {
  return unary('round', x);
}

/**
 * X without its fraction, element by element.
 *
 * @example
 * ```ts
 * import { tensor, trunc } from '@cotangent/tensor';
 * console.log(await trunc(tensor([1.5, -1.5])).array()); // [1, -1]
 * ```
 */
export function trunc(x: Tensor): Tensor {
  return unary('trunc', x);
}

/**
 * a + b, element by element with broadcasting.
 *
 * @example
 * ```ts
 * import { add, tensor } from '@cotangent/tensor';
 * console.log(await add(tensor([1, 2]), 10).array()); // [11, 12]
 * ```
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return binary('add', a, b);
}

/**
 * a - b, element by element with broadcasting.
 *
 * @example
 * ```ts
 * import { sub, tensor } from '@cotangent/tensor';
 * console.log(await sub(tensor([1, 2]), 1).array()); // [0, 1]
 * ```
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return binary('sub', a, b);
}

/**
 * a * b, element by element with broadcasting.
 *
 * @example
 * ```ts
 * import { mul, tensor } from '@cotangent/tensor';
 * console.log(await mul(tensor([1, 2]), 3).array()); // [3, 6]
 * ```
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return binary('mul', a, b);
}

/**
 * a / b, element by element with broadcasting. Integers are converted to float32 first; for whole quotients see
 * `floorDivide` and `truncDivide`.
 *
 * @example
 * ```ts
 * import { div, tensor } from '@cotangent/tensor';
 * console.log(await div(tensor([3, 4]), 2).array()); // [1.5, 2]
 * ```
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return binary('div', floating(a, b), floating(b, a));
}

/** Integers as float32, and bools too unless they meet a floating-point tensor; anything else unchanged. */
function floating<T extends TensorLike>(x: T, other: TensorLike): T | Tensor {
  if (typeof x === 'number' || isFloat(x.dtype)) return x;
  return x.dtype === 'bool' && typeof other !== 'number' && isFloat(other.dtype) ? x : cast(x, 'float32');
}

/**
 * a to the power b, with C's rules: pow(x, 0) and pow(1, y) are 1 even for NaN. Small whole exponents given as numbers
 * become products, which are faster and exact.
 *
 * @example
 * ```ts
 * import { pow, tensor } from '@cotangent/tensor';
 * console.log(await pow(tensor([1, 2, 3]), 2).array()); // [1, 4, 9]
 * ```
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  if (typeof a !== 'number' && typeof b === 'number') {
    if (b === 1) return unchanged(a);
    if (b === 2) return mul(a, a);
    if (b === 3) return mul(mul(a, a), a);
    if (b === 0.5) return where(eq(a, -Infinity), Infinity, sqrt(a));
    if (b === -1) return reciprocal(a);
  }
  return binary('pow', a, b);
}

/**
 * x * x, element by element.
 *
 * @example
 * ```ts
 * import { square, tensor } from '@cotangent/tensor';
 * console.log(await square(tensor([-3])).array()); // [9]
 * ```
 */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/**
 * The larger of two values; NaN when either is NaN. Equal values share the gradient half and half.
 *
 * @example
 * ```ts
 * import { maximum, tensor } from '@cotangent/tensor';
 * console.log(await maximum(tensor([1, 5]), 3).array()); // [3, 5]
 * ```
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  return binary('max', a, b);
}

/**
 * The smaller of two values; NaN when either is NaN. Equal values share the gradient half and half.
 *
 * @example
 * ```ts
 * import { minimum, tensor } from '@cotangent/tensor';
 * console.log(await minimum(tensor([1, 5]), 3).array()); // [1, 3]
 * ```
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  return binary('min', a, b);
}

/**
 * Limits every element to [min, max]; either end may be left out. The gradient is 1 inside, the ends included, else 0.
 *
 * @throws ArgumentError when both ends are missing.
 * @example
 * ```ts
 * import { clamp, tensor } from '@cotangent/tensor';
 * console.log(await clamp(tensor([-2, 0, 2]), { min: -1, max: 1 }).array()); // [-1, 0, 1]
 * ```
 */
export function clamp(x: Tensor, options: { min?: TensorLike; max?: TensorLike }): Tensor {
  const { min, max } = options;
  if (min === undefined && max === undefined) throw new ArgumentError('clamp: give min, max or both.');
  let out = x;
  // Choosing with `where` rather than `max` sends the whole gradient through x at the ends, as PyTorch does.
  if (min !== undefined) out = where(lt(out, min), min, out);
  if (max !== undefined) out = where(gt(out, max), max, out);
  return out;
}

/**
 * The remainder of a / b with the sign of the dividend (C's fmod, JavaScript's %).
 *
 * @example
 * ```ts
 * import { fmod, tensor } from '@cotangent/tensor';
 * console.log(await fmod(tensor([-5, 5]), 3).array()); // [-2, 2]
 * ```
 */
export function fmod(a: TensorLike, b: TensorLike): Tensor {
  return binary('mod', a, b);
}

/**
 * The remainder of a / b with the sign of the divisor (Python's %).
 *
 * @example
 * ```ts
 * import { remainder, tensor } from '@cotangent/tensor';
 * console.log(await remainder(tensor([-5, 5]), 3).array()); // [1, 2]
 * ```
 */
export function remainder(a: TensorLike, b: TensorLike): Tensor {
  const r = fmod(a, b);
  const zero = 0;
  const otherSign = ne(lt(r, zero), typeof b === 'number' ? lt(add(mul(r, 0), b), zero) : lt(b, zero));
  return where(eq(r, zero), r, where(otherSign, add(r, b), r));
}

/**
 * The largest whole number <= a / b.
 *
 * @example
 * ```ts
 * import { floorDivide, tensor } from '@cotangent/tensor';
 * console.log(await floorDivide(tensor([-5, 5]), 3).array()); // [-2, 1]
 * ```
 */
export function floorDivide(a: TensorLike, b: TensorLike): Tensor {
  if (isWhole(a) && isWhole(b)) return binary('div', sub(a, remainder(a, b)), b);
  return floor(div(a, b));
}

/**
 * a / b without its fraction.
 *
 * @example
 * ```ts
 * import { tensor, truncDivide } from '@cotangent/tensor';
 * console.log(await truncDivide(tensor([-5, 5]), 3).array()); // [-1, 1]
 * ```
 */
export function truncDivide(a: TensorLike, b: TensorLike): Tensor {
  return isWhole(a) && isWhole(b) ? binary('div', a, b) : trunc(div(a, b));
}

function isWhole(x: TensorLike): boolean {
  return typeof x === 'number' ? Number.isInteger(x) : isInteger(x.dtype);
}

/**
 * Converts to another dtype. Float to int32 and uint32 drops the fraction, saturates at the range and makes NaN 0; uint8
 * keeps the low 8 bits of that, so clamp first; to bool is `x != 0`.
 *
 * @example
 * ```ts
 * import { cast, tensor } from '@cotangent/tensor';
 * console.log(await cast(tensor([1.9, -1.9]), 'int32').array()); // [1, -1]
 * ```
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  const node = nodeOf('cast', x);
  return node.dtype === dtype ? unchanged(x) : new Tensor(record('cast', [node], { dtype }));
}

/**
 * Reads the same 32 bits as another type: float32, int32 or uint32.
 *
 * @example
 * ```ts
 * import { bitcast, tensor } from '@cotangent/tensor';
 * console.log(await bitcast(tensor([1]), 'int32').array()); // [1065353216]
 * ```
 */
export function bitcast(x: Tensor, dtype: DType): Tensor {
  return new Tensor(record('bitcast', [nodeOf('bitcast', x)], { dtype }));
}

/**
 * The derivative of order n + 1 of lgamma: n = 0 is the digamma function.
 *
 * @throws ArgumentError when n is not a whole number >= 0.
 * @example
 * ```ts
 * import { polygamma, tensor } from '@cotangent/tensor';
 * console.log(await polygamma(1, tensor([1])).array()); // [1.644934...], pi^2 / 6
 * ```
 */
export function polygamma(n: number, x: Tensor): Tensor {
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`polygamma: the order is ${n}; expected a whole number >= 0.`);
  return new Tensor(record('polygamma', [nodeOf('polygamma', x)], { order: n }));
}

/**
 * Bits moved to the left: x * 2^count for 32-bit integers.
 *
 * @example
 * ```ts
 * import { shiftLeft, tensor } from '@cotangent/tensor';
 * console.log(await shiftLeft(tensor([1, 3], { dtype: 'int32' }), 2).array()); // [4, 12]
 * ```
 */
export function shiftLeft(x: Tensor, count: TensorLike): Tensor {
  return binary('shl', x, count);
}

/**
 * Bits moved to the right; int32 keeps its sign, uint32 fills with zeros.
 *
 * @example
 * ```ts
 * import { shiftRight, tensor } from '@cotangent/tensor';
 * console.log(await shiftRight(tensor([12], { dtype: 'int32' }), 2).array()); // [3]
 * ```
 */
export function shiftRight(x: Tensor, count: TensorLike): Tensor {
  return binary('shr', x, count);
}

/**
 * Replaces NaN and infinities by finite numbers.
 *
 * @param options nan: default 0; posinf, neginf: default the largest and smallest float32.
 * @example
 * ```ts
 * import { nanToNum, tensor } from '@cotangent/tensor';
 * console.log(await nanToNum(tensor([NaN, 1])).array()); // [0, 1]
 * ```
 */
export function nanToNum(x: Tensor, options: { nan?: number; posinf?: number; neginf?: number } = {}): Tensor {
  const { nan = 0, posinf = 3.4028234663852886e38, neginf = -3.4028234663852886e38 } = options;
  return where(isNaN(x), nan, where(eq(x, Infinity), posinf, where(eq(x, -Infinity), neginf, x)));
}
