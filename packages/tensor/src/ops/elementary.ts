/** Functions of one tensor, element by element: what the graph has an op for. */
import { isFloat } from '../dtype';
import { NO_ATTRS } from '../graph/node';
import { record } from '../graph/record';
import type { SpecialOp, UnaryOp } from '../plan/scalar';
import { Tensor } from '../tensor';
import { isNaN, where } from './compare';
import { nodeOf } from './operand';

function unary(op: Exclude<UnaryOp, SpecialOp>, x: Tensor): Tensor {
  return new Tensor(record(op, [nodeOf(op, x)], NO_ATTRS));
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
