/** Running sums, products and maxima along an axis. */
import { DTypeError } from '../errors';
import { isFloat } from '../dtype';
import { record } from '../graph/record';
import { normalizeAxis } from '../shape';
import { Tensor } from '../tensor';
import { eq, isNaN, logicalOr, where } from './compare';
import { arange } from './create';
import { cast } from './convert';
import { expand, flip, narrow, reshape } from './movement';
import { padConstant } from './pad';
import { nodeOf, unchanged } from './operand';
import { logAddExp } from './special';
import type { ValuesAndIndices } from './reduce';

function scan(op: 'cumsum' | 'cumprod' | 'cummax', x: Tensor, dim: number): Tensor {
  const node = nodeOf(op, x);
  const axis = normalizeAxis(op, dim, node.shape.length);
  if (node.shape.length === 0) return unchanged(x);
  const small = node.dtype === 'bool' || node.dtype === 'uint8';
  return new Tensor(record(op, [small && op !== 'cummax' ? cast(x, 'int32').node : node], { axis }));
}

/**
 * Running sums along `dim`.
 *
 * @example
 * ```ts
 * import { cumsum, tensor } from '@cotangent/tensor';
 * console.log(await cumsum(tensor([1, 2, 3]), 0).array()); // [1, 3, 6]
 * ```
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  return scan('cumsum', x, dim);
}

/**
 * Running products along `dim`.
 *
 * @example
 * ```ts
 * import { cumprod, tensor } from '@cotangent/tensor';
 * console.log(await cumprod(tensor([1, 2, 3]), 0).array()); // [1, 2, 6]
 * ```
 */
export function cumprod(x: Tensor, dim: number): Tensor {
  return scan('cumprod', x, dim);
}

/**
 * Running maxima along `dim` with the position of the latest of equal maxima.
 *
 * @example
 * ```ts
 * import { cummax, tensor } from '@cotangent/tensor';
 * const { values, indices } = cummax(tensor([1, 3, 2]), 0);
 * console.log(await values.array(), await indices.array()); // [1, 3, 3] [0, 1, 1]
 * ```
 */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  const values = scan('cummax', x, dim);
  if (x.ndim === 0) return { values, indices: cast(eq(x, x), 'int32').mul(0) };
  const axis = normalizeAxis('cummax', dim, x.ndim);
  const isMaximum = isFloat(x.dtype) ? logicalOr(eq(x, values), isNaN(x)) : eq(x, values);
  const positions = expand(reshape(arange(x.shape[axis]!), x.shape.map((n, i) => (i === axis ? n : 1))), x.shape);
  return { values, indices: scan('cummax', where(isMaximum, positions, 0), axis) };
}

/**
 * Running log(sum(exp(x))) along `dim`, without overflow: doubling steps of logAddExp (Hillis and Steele, "Data parallel
 * algorithms", 1986).
 *
 * @example
 * ```ts
 * import { logCumSumExp, tensor } from '@cotangent/tensor';
 * console.log(await logCumSumExp(tensor([0, 0]), 0).array()); // [0, 0.6931...]
 * ```
 */
export function logCumSumExp(x: Tensor, dim: number): Tensor {
  const node = nodeOf('logCumSumExp', x);
  if (!isFloat(node.dtype)) throw new DTypeError(`logCumSumExp: got ${node.dtype}; expected a floating-point tensor.`);
  const axis = normalizeAxis('logCumSumExp', dim, node.shape.length);
  const n = node.shape[axis] ?? 1;
  let out = x;
  for (let step = 1; step < n; step *= 2) {
    const low = node.shape.map((_, i) => (i === axis ? step : 0));
    const shifted = padConstant(narrow(out, axis, 0, n - step), low, node.shape.map(() => 0), -Infinity);
    out = logAddExp(out, shifted);
  }
  return out;
}

/** Sums of each element and all after it along `dim`: the gradient of a running sum. */
export function reverseCumsum(x: Tensor, dim: number): Tensor {
  return flip(cumsum(flip(x, dim), dim), dim);
}
