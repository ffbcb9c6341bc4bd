/** Functions composed of simpler ones, arranged so that they keep their accuracy where the plain formula would not. */
import type { Tensor } from '../tensor';
import { eq, gt, isInf, logicalAnd, logicalOr, lt, where } from './compare';
import { scalar } from './create';
import { abs, atan, exp, expm1, log, log1p, neg, sign, sin, sqrt, trunc } from './elementary';
import { polygamma } from './error-gamma';
import { add, clamp, div, maximum, mul, pow, square, sub } from './math';
import { checkOptions, type TensorLike } from './operand';

/**
 * 2 to the power x.
 *
 * @example
 * ```ts
 * import { exp2, tensor } from '@cotangent/tensor';
 * console.log(await exp2(tensor([3])).array()); // [8]
 * ```
 */
export function exp2(x: Tensor): Tensor {
  return pow(2, x);
}

/**
 * The logarithm to base 2.
 *
 * @example
 * ```ts
 * import { log2, tensor } from '@cotangent/tensor';
 * console.log(await log2(tensor([8])).array()); // [3]
 * ```
 */
export function log2(x: Tensor): Tensor {
  return div(log(x), Math.LN2);
}

/**
 * The logarithm to base 10.
 *
 * @example
 * ```ts
 * import { log10, tensor } from '@cotangent/tensor';
 * console.log(await log10(tensor([100])).array()); // [2]
 * ```
 */
export function log10(x: Tensor): Tensor {
  return div(log(x), Math.LN10);
}

/**
 * The hyperbolic sine (e^x - e^-x) / 2, from expm1 so that small x keep their digits.
 *
 * @example
 * ```ts
 * import { sinh, tensor } from '@cotangent/tensor';
 * console.log(await sinh(tensor([0])).array()); // [0]
 * ```
 */
export function sinh(x: Tensor): Tensor {
  const isSmall = lt(abs(x), 1);
  const e = expm1(where(isSmall, x, 0));
  const small = mul(add(e, div(e, add(e, 1))), 0.5);
  // e^|x| overflows before sinh does: square e^(|x|/2) instead.
  const [up, down] = [exp(mul(x, 0.5)), exp(mul(x, -0.5))];
  const large = sub(mul(mul(up, 0.5), up), mul(mul(down, 0.5), down));
  return where(isSmall, small, large);
}

/**
 * The hyperbolic cosine (e^x + e^-x) / 2.
 *
 * @example
 * ```ts
 * import { cosh, tensor } from '@cotangent/tensor';
 * console.log(await cosh(tensor([0])).array()); // [1]
 * ```
 */
export function cosh(x: Tensor): Tensor {
  const half = exp(mul(abs(x), 0.5)); // e^|x| overflows before cosh does
  return add(mul(mul(half, 0.5), half), mul(exp(neg(abs(x))), 0.5));
}

/**
 * The inverse hyperbolic sine.
 *
 * @example
 * ```ts
 * import { asinh, tensor } from '@cotangent/tensor';
 * console.log(await asinh(tensor([0])).array()); // [0]
 * ```
 */
export function asinh(x: Tensor): Tensor {
  const isNegative = lt(x, 0);
  const a = where(isNegative, neg(x), x); // not abs(x): the derivative at 0 is 1
  const isLarge = gt(a, LARGE);
  const safe = where(isLarge, 1, a);
  // log(a + sqrt(a^2 + 1)) rewritten with log1p: a + (sqrt(a^2 + 1) - 1) without cancellation.
  const squared = square(safe);
  const usual = log1p(add(safe, div(squared, add(sqrt(add(squared, 1)), 1))));
  const positive = where(isLarge, logOfDouble(where(isLarge, a, 1)), usual);
  return where(isNegative, neg(positive), positive);
}

/** Above this asinh and acosh are log(2 x) to the last digit, and x^2 is still far from overflow. */
const LARGE = 1e8;

function logOfDouble(x: Tensor): Tensor {
  return add(log(x), Math.LN2);
}

/**
 * The inverse hyperbolic cosine; NaN below 1.
 *
 * @example
 * ```ts
 * import { acosh, tensor } from '@cotangent/tensor';
 * console.log(await acosh(tensor([1])).array()); // [0]
 * ```
 */
export function acosh(x: Tensor): Tensor {
  const isLarge = gt(x, LARGE);
  const t = sub(where(isLarge, 1, x), 1);
  // The root of a product would lose the infinite gradient at 1 to 0 times infinity.
  const usual = log1p(add(t, mul(sqrt(t), sqrt(add(t, 2)))));
  return where(isLarge, logOfDouble(x), where(lt(x, 1), NaN, usual));
}

/**
 * The inverse hyperbolic tangent; +-Infinity at +-1.
 *
 * @example
 * ```ts
 * import { atanh, tensor } from '@cotangent/tensor';
 * console.log(await atanh(tensor([0])).array()); // [0]
 * ```
 */
export function atanh(x: Tensor): Tensor {
  return mul(sub(log1p(x), log1p(neg(x))), 0.5);
}

/**
 * log(x / (1 - x)), the inverse of the sigmoid. `eps` first limits x to [eps, 1 - eps].
 *
 * @example
 * ```ts
 * import { logit, tensor } from '@cotangent/tensor';
 * console.log(await logit(tensor([0.5])).array()); // [0]
 * ```
 */
export function logit(x: Tensor, options: { readonly eps?: number } = {}): Tensor {
  checkOptions('logit', options, '{ eps: 1e-6 }');
  const { eps } = options;
  const p = eps === undefined ? x : clamp(x, { min: eps, max: 1 - eps });
  return sub(log(p), log1p(neg(p)));
}

/**
 * x without its whole part; the sign stays.
 *
 * @example
 * ```ts
 * import { frac, tensor } from '@cotangent/tensor';
 * console.log(await frac(tensor([1.5, -1.5])).array()); // [0.5, -0.5]
 * ```
 */
export function frac(x: Tensor): Tensor {
  return sub(x, trunc(x));
}

/**
 * The derivative of lgamma.
 *
 * @example
 * ```ts
 * import { digamma, tensor } from '@cotangent/tensor';
 * console.log(await digamma(tensor([1])).array()); // [-0.5772...]
 * ```
 */
export function digamma(x: Tensor): Tensor {
  return polygamma(0, x);
}

/**
 * sin(pi x) / (pi x), and 1 at 0.
 *
 * @example
 * ```ts
 * import { sinc, tensor } from '@cotangent/tensor';
 * console.log(await sinc(tensor([0, 1])).array()); // [1, 0]
 * ```
 */
export function sinc(x: Tensor): Tensor {
  const isZero = eq(x, 0);
  const angle = mul(where(isZero, 1, x), Math.PI);
  return where(isZero, 1, div(sin(angle), angle));
}

/**
 * Degrees as radians.
 *
 * @example
 * ```ts
 * import { deg2rad, tensor } from '@cotangent/tensor';
 * console.log(await deg2rad(tensor([180])).array()); // [3.1415...]
 * ```
 */
export function deg2rad(x: Tensor): Tensor {
  return mul(x, Math.PI / 180);
}

/**
 * The angle in radians, in [-pi, pi], of the point (x, y).
 *
 * @example
 * ```ts
 * import { atan2, tensor } from '@cotangent/tensor';
 * console.log(await atan2(tensor([1]), tensor([-1])).array()); // [2.3561...]
 * ```
 */
export function atan2(y: Tensor, x: Tensor): Tensor {
  // Two infinities stand for the direction (+-1, +-1).
  const bothInfinite = logicalAnd(isInf(x), isInf(y));
  const u = where(bothInfinite, sign(x), x);
  const v = where(bothInfinite, sign(y), y);
  // The smaller coordinate is divided by the larger one, so that the slope neither overflows nor divides by 0.
  const isSteep = gt(abs(v), abs(u));
  const isOrigin = logicalAnd(eq(u, 0), eq(v, 0));
  const flat = atan(div(v, where(logicalOr(isSteep, isOrigin), 1, u)));
  const half = where(isBelow(v), scalar(-Math.PI, { dtype: x.dtype }), Math.PI);
  const turned = add(flat, where(isBelow(u), half, 0));
  const steep = sub(mul(sign(v), Math.PI / 2), atan(div(u, where(isSteep, v, 1))));
  return where(isSteep, steep, turned);
}

/** Whether a number has the sign of those below 0, as -0 does. */
function isBelow(t: Tensor): Tensor {
  return lt(where(eq(t, 0), div(1, t), t), 0);
}

/**
 * log(e^a + e^b) without overflow.
 *
 * @example
 * ```ts
 * import { logAddExp, tensor } from '@cotangent/tensor';
 * console.log(await logAddExp(tensor([1000]), tensor([1000])).array()); // [1000.6931...]
 * ```
 */
export function logAddExp(a: Tensor, b: Tensor): Tensor {
  const top = maximum(a, b);
  const fixed = isInf(top);
  // Where the larger one is infinite the difference would be NaN; the answer there is that infinity.
  const shift = where(fixed, 0, top).detach();
  const total = add(log(add(exp(sub(a, shift)), exp(sub(b, shift)))), shift);
  return where(fixed, top, total);
}

/**
 * sqrt(a^2 + b^2), scaled so that nothing overflows.
 *
 * @example
 * ```ts
 * import { hypot, tensor } from '@cotangent/tensor';
 * console.log(await hypot(tensor([3]), tensor([4])).array()); // [5]
 * ```
 */
export function hypot(a: Tensor, b: Tensor): Tensor {
  const larger = maximum(abs(a), abs(b));
  const scale = where(isUsable(larger), larger, 1).detach();
  const length = mul(sqrt(add(square(div(a, scale)), square(div(b, scale)))), scale);
  return where(logicalOr(isInf(a), isInf(b)), Infinity, length); // even when the other one is NaN
}

/** Neither 0, NaN nor infinite: fit to divide by. */
function isUsable(x: Tensor): Tensor {
  return logicalAnd(gt(x, 0), lt(x, Infinity));
}

/**
 * (a - b)^2.
 *
 * @example
 * ```ts
 * import { squaredDifference, tensor } from '@cotangent/tensor';
 * console.log(await squaredDifference(tensor([1]), tensor([4])).array()); // [9]
 * ```
 */
export function squaredDifference(a: TensorLike, b: TensorLike): Tensor {
  return square(sub(a, b));
}

/**
 * a + weight * (b - a): from a (weight 0) to b (weight 1).
 *
 * @example
 * ```ts
 * import { lerp, tensor } from '@cotangent/tensor';
 * console.log(await lerp(tensor([0]), tensor([10]), 0.3).array()); // [3]
 * ```
 */
export function lerp(a: Tensor, b: Tensor, weight: TensorLike): Tensor {
  return add(a, mul(sub(b, a), weight));
}

/**
 * a + value * b * c.
 *
 * @example
 * ```ts
 * import { addcmul, tensor } from '@cotangent/tensor';
 * console.log(await addcmul(tensor([1]), tensor([2]), tensor([3])).array()); // [7]
 * ```
 */
export function addcmul(a: Tensor, b: Tensor, c: Tensor, options: { readonly value?: number } = {}): Tensor {
  checkOptions('addcmul', options, '{ value: 0.5 }');
  return add(a, mul(mul(b, c), options.value ?? 1));
}

/**
 * a + value * b / c.
 *
 * @example
 * ```ts
 * import { addcdiv, tensor } from '@cotangent/tensor';
 * console.log(await addcdiv(tensor([1]), tensor([6]), tensor([3])).array()); // [3]
 * ```
 */
export function addcdiv(a: Tensor, b: Tensor, c: Tensor, options: { readonly value?: number } = {}): Tensor {
  checkOptions('addcdiv', options, '{ value: 0.5 }');
  return add(a, mul(div(b, c), options.value ?? 1));
}

