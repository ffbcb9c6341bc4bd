/** The activations every network needs; the rest live in the layers package. */
import type { Tensor } from '../tensor';
import { DTypeError } from '../errors';
import { isFloat } from '../dtype';
import { normalizeAxis } from '../shape';
import { gt, where } from './compare';
import { customGradient, stopGradient } from './identity';
import { exp, log, log1p, reciprocal, tanh as tanhOf } from './elementary';
import { erf } from './error-gamma';
import { add, div, mul, sub } from './math';
import { amax, sum } from './reduce';
import { checkOptions, nodeOf } from './operand';

export { tanh } from './elementary';

/**
 * max(0, x); the gradient at 0 is 0. NaN stays NaN.
 *
 * @example
 * ```ts
 * import { relu, tensor } from '@cotangent/tensor';
 * console.log(await relu(tensor([-1, 2])).array()); // [0, 2]
 * ```
 */
export function relu(x: Tensor): Tensor {
  // `x <= 0` is false for NaN, so NaN passes through.
  return where(x.le(0), 0, x);
}

/**
 * 1 / (1 + e^-x), arranged so that nothing overflows.
 *
 * @example
 * ```ts
 * import { sigmoid, tensor } from '@cotangent/tensor';
 * console.log(await sigmoid(tensor([0])).array()); // [0.5]
 * ```
 */
export function sigmoid(x: Tensor): Tensor {
  needFloat('sigmoid', x);
  return customGradient(
    () => {
      // One exponential of a non-positive number serves both signs.
      const e = exp(where(gt(x, 0), x.neg(), x));
      const small = div(e, add(e, 1));
      return where(gt(x, 0), div(1, add(e, 1)), small);
    },
    (grad, _, y) => [mul(grad, mul(y, sub(1, y)))],
  )(x);
}

/**
 * e^x / sum(e^x) along `dim`, shifted by the largest element so that nothing overflows.
 *
 * @example
 * ```ts
 * import { softmax, tensor } from '@cotangent/tensor';
 * console.log(await softmax(tensor([1000, 1000]), { dim: 0 }).array()); // [0.5, 0.5]
 * ```
 */
export function softmax(x: Tensor, options: { readonly dim: number }): Tensor {
  checkOptions('softmax', options, '{ dim: 1 }');
  const { dim } = options;
  const e = exp(shifted('softmax', x, dim));
  // One division for a row instead of one for each element. The sum is at least 1, so its reciprocal is as good a number as any.
  return mul(e, reciprocal(sum(e, { dim, keepdim: true })));
}

/**
 * log(softmax(x)) along `dim`, computed without leaving the logarithm.
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor } from '@cotangent/tensor';
 * console.log(await logSoftmax(tensor([0, 0]), { dim: 0 }).array()); // [-0.6931..., -0.6931...]
 * ```
 */
export function logSoftmax(x: Tensor, options: { readonly dim: number }): Tensor {
  checkOptions('logSoftmax', options, '{ dim: 1 }');
  const { dim } = options;
  const s = shifted('logSoftmax', x, dim);
  return sub(s, log(sum(exp(s), { dim, keepdim: true })));
}

function needFloat(op: string, x: Tensor): void {
  const { dtype } = nodeOf(op, x);
  if (!isFloat(dtype)) throw new DTypeError(`${op}: got ${dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
}

function shifted(op: string, x: Tensor, dim: number): Tensor {
  needFloat(op, x);
  normalizeAxis(op, dim, x.ndim);
  return x.size === 0 ? x : sub(x, stopGradient(amax(x, { dim, keepdim: true })));
}

/**
 * The Gaussian error linear unit x * Phi(x) (Hendrycks and Gimpel, 2016).
 *
 * @param options approximate: 'none' (default, with erf) or 'tanh'.
 * @example
 * ```ts
 * import { gelu, tensor } from '@cotangent/tensor';
 * console.log(await gelu(tensor([1])).array()); // [0.8413...]
 * ```
 */
export function gelu(x: Tensor, options: { readonly approximate?: 'none' | 'tanh' } = {}): Tensor {
  checkOptions('gelu', options, "{ approximate: 'tanh' }");
  needFloat('gelu', x);
  const half = mul(x, 0.5);
  if (options.approximate === 'tanh') {
    const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
    return mul(half, add(tanhOf(inner), 1));
  }
  return mul(half, add(erf(mul(x, Math.SQRT1_2)), 1));
}

/**
 * log(1 + e^(beta x)) / beta, a smooth relu whose derivative is the sigmoid.
 *
 * @param options beta: default 1; threshold: above beta x = threshold (default 20) the result is x itself.
 * @example
 * ```ts
 * import { softplus, tensor } from '@cotangent/tensor';
 * console.log(await softplus(tensor([0, 1000])).array()); // [0.6931..., 1000]
 * ```
 */
export function softplus(x: Tensor, options: { readonly beta?: number; readonly threshold?: number } = {}): Tensor {
  checkOptions('softplus', options, '{ beta: 2 }');
  needFloat('softplus', x);
  const { beta = 1, threshold = 20 } = options;
  const scaled = mul(x, beta);
  const isLinear = gt(scaled, threshold);
  const safe = where(isLinear, 0, scaled);
  return where(isLinear, x, div(log1p(exp(safe)), beta));
}

/**
 * x * sigmoid(x), also called swish.
 *
 * @example
 * ```ts
 * import { silu, tensor } from '@cotangent/tensor';
 * console.log(await silu(tensor([0])).array()); // [0]
 * ```
 */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}
