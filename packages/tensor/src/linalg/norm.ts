/** Norms and condition numbers of matrices. */
import {
  abs, amax, amin, ArgumentError, div, moveDim, mul, norm, normalizeAxis, ShapeError, sum, unsqueeze, type Tensor,
} from '@cotangent/tensor';
import { matricesOf, squaresOf } from './arguments';
import { inv } from './inverse';
import { svdvals } from './svd';

/**
 * 'fro': the root of the sum of squares. 'nuc': the sum of the singular values. 2 and -2: the largest and the smallest of them.
 * 1 and -1: the largest and smallest sum of absolute values of a column, Infinity and -Infinity: of a row.
 */
export type MatrixNormOrder = 'fro' | 'nuc' | number;

export interface MatrixNormOptions {
  /** The axes that span the matrices: rows and columns. Default [-2, -1]. */
  readonly dim?: readonly [number, number];
  /** Keep the two axes with size 1. Default false. */
  readonly keepdim?: boolean;
}

/**
 * A norm of matrices, [...].
 *
 * @param order default 'fro'.
 * @throws ArgumentError for an order that is not listed; ShapeError when there are less than two axes; DTypeError when the
 * matrices are not floating-point.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { matrixNorm } from '@cotangent/tensor/linalg';
 * const a = tensor([[3, 0], [0, -4]]);
 * console.log(await matrixNorm(a).item(), await matrixNorm(a, 'nuc').item()); // 5 7
 * ```
 */
export function matrixNorm(x: Tensor, order: MatrixNormOrder = 'fro', options: MatrixNormOptions = {}): Tensor {
  const { dim = [-2, -1], keepdim = false } = options;
  matricesOf('matrixNorm', x);
  const [rows, columns] = dim.map((axis) => normalizeAxis('matrixNorm', axis, x.ndim)) as [number, number];
  if (rows === columns) throw new ShapeError(`matrixNorm: both axes are axis ${rows}; rows and columns must be different axes.`);
  const result = normOf(moveDim(x, [rows, columns], [-2, -1]), order);
  return keepdim ? [rows, columns].sort((a, b) => a - b).reduce((y, axis) => unsqueeze(y, axis), result) : result;
}

function normOf(a: Tensor, order: MatrixNormOrder): Tensor {
  if (order === 'fro') return norm(a, { dim: [-2, -1] });
  if (order === 'nuc') return sum(svdvals(a), { dim: -1 });
  const size = Math.abs(order);
  if (size !== 1 && size !== 2 && size !== Infinity) {
    throw new ArgumentError(`matrixNorm: the order is ${order}; expected 'fro', 'nuc', 1, -1, 2, -2, Infinity or -Infinity.`);
  }
  const values = size === 2 ? svdvals(a) : sum(abs(a), { dim: size === 1 ? -2 : -1 });
  return order > 0 ? amax(values, { dim: -1 }) : amin(values, { dim: -1 });
}

/**
 * The condition number of matrices, [...]: how much larger the relative error of X in A X = B may be than that of B.
 *
 * @param order 2 (default) and -2: the ratio of the largest to the smallest singular value, and its inverse, for any matrices.
 * Other orders: that norm of A times that of its inverse.
 * @throws as `svd`, `matrixNorm` and `inv`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { cond } from '@cotangent/tensor/linalg';
 * console.log(await cond(tensor([[10, 0], [0, 2]])).item()); // 5
 * ```
 */
export function cond(a: Tensor, order: MatrixNormOrder = 2): Tensor {
  if (order === 2 || order === -2) {
    matricesOf('cond', a);
    const values = svdvals(a);
    const [most, least] = [amax(values, { dim: -1 }), amin(values, { dim: -1 })];
    return order === 2 ? div(most, least) : div(least, most);
  }
  squaresOf('cond', a);
  return mul(matrixNorm(a, order), matrixNorm(inv(a), order));
}
