/** Element-wise arithmetic. Shapes broadcast as in NumPy; numbers take the dtype of the tensor they meet. */
import { isFloat, isInteger } from '../dtype';
import { ArgumentError } from '../errors';
import { NO_ATTRS } from '../graph/node';
import { record } from '../graph/record';
import type { BinaryOp } from '../plan/scalar';
import { Tensor } from '../tensor';
import { eq, gt, isInf, isNaN, lt, ne, where } from './compare';
import { cast } from './convert';
import { floor, reciprocal, round, sqrt, trunc } from './elementary';
import { checkOptions, operands, unchanged, type TensorLike } from './operand';

function binary(op: BinaryOp, a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(record(op, operands(op, a, b), NO_ATTRS));
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
  checkOptions('clamp', options, '{ min: 0, max: 1 }');
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
  // What a quotient is rounded to may be the next whole number, as 1 / 0.1 is 10, so the remainder is taken off before.
  const rest = remainder(a, b);
  const exact = binary('div', sub(a, rest), b);
  if (isWhole(a) && isWhole(b)) return exact;
  const steps = where(isInf(rest), -1, round(exact)); // a remainder is infinite below an infinite divisor of the other sign
  if (typeof b === 'number') return b === 0 ? floor(div(a, b)) : steps;
  return where(eq(b, 0), floor(div(a, b)), steps);
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
  checkOptions('nanToNum', options, '{ nan: 0 }');
  const { nan = 0, posinf = 3.4028234663852886e38, neginf = -3.4028234663852886e38 } = options;
  return where(isNaN(x), nan, where(eq(x, Infinity), posinf, where(eq(x, -Infinity), neginf, x)));
}
