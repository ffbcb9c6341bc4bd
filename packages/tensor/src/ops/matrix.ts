/** Parts of matrices: triangles, diagonals, trace. */
import { ShapeError } from '../errors';
import { normalizeAxis, show } from '../shape';
import type { Tensor } from '../tensor';
import { ge, le, where } from './compare';
import { arange } from './create';
import { add } from './math';
import { moveDim, narrow, reshape, strided, unsqueeze } from './movement';
import { padConstant } from './pad';
import { sum } from './reduce';
import { nodeOf } from './operand';

/** column - row for every place of the last two axes. */
function offsets(op: string, x: Tensor): { columns: Tensor; rows: Tensor } {
  const { shape } = nodeOf(op, x);
  if (shape.length < 2) throw new ShapeError(`${op}: got shape ${show(shape)}; expected at least two axes.`);
  return { columns: arange(shape[shape.length - 1]!), rows: unsqueeze(arange(shape[shape.length - 2]!), 1) };
}

/**
 * The upper triangle of matrices: elements below diagonal number `diagonal` (default 0, the main one) become 0.
 *
 * @example
 * ```ts
 * import { ones, triu } from '@cotangent/tensor';
 * console.log(await triu(ones([2, 2])).array()); // [[1, 1], [0, 1]]
 * ```
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  const { columns, rows } = offsets('triu', x);
  return where(ge(columns, add(rows, diagonal)), x, 0);
}

/**
 * The lower triangle of matrices: elements above diagonal number `diagonal` (default 0, the main one) become 0.
 *
 * @example
 * ```ts
 * import { ones, tril } from '@cotangent/tensor';
 * console.log(await tril(ones([2, 2])).array()); // [[1, 0], [1, 1]]
 * ```
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  const { columns, rows } = offsets('tril', x);
  return where(le(columns, add(rows, diagonal)), x, 0);
}

export interface DiagonalOptions {
  /** Above (positive) or below (negative) the main diagonal. Default 0. */
  readonly offset?: number;
  /** The axes that span the matrices. Default 0 and 1. */
  readonly dim1?: number;
  readonly dim2?: number;
}

/**
 * The diagonal of the matrices spanned by two axes, as the last axis of the result.
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from '@cotangent/tensor';
 * console.log(await diagonal(tensor([[1, 2], [3, 4]])).array()); // [1, 4]
 * ```
 */
export function diagonal(x: Tensor, options: DiagonalOptions = {}): Tensor {
  const { offset = 0, dim1 = 0, dim2 = 1 } = options;
  const { shape } = nodeOf('diagonal', x);
  const a = normalizeAxis('diagonal', dim1, shape.length);
  const b = normalizeAxis('diagonal', dim2, shape.length);
  if (a === b) throw new ShapeError(`diagonal: dim1 and dim2 are both axis ${a} of shape ${show(shape)}; they must differ.`);
  const rows = shape[a]!;
  const columns = shape[b]!;
  const length = Math.max(0, Math.min(rows - Math.max(-offset, 0), columns - Math.max(offset, 0)));
  const last = moveDim(x, [a, b], [-2, -1]);
  const square = narrow(narrow(last, -2, Math.min(Math.max(-offset, 0), rows), length), -1, Math.min(Math.max(offset, 0), columns), length);
  const lead = square.shape.slice(0, -2);
  // In a flattened square matrix the diagonal is every (length + 1)-th element.
  const flat = reshape(square, [...lead, length * length]);
  return strided(flat, flat.shape.map(() => 0), [...lead, length], [...lead.map(() => 1), length + 1]);
}

/**
 * A matrix with the vector x on diagonal number `offset`, or the diagonal of a matrix x.
 *
 * @example
 * ```ts
 * import { diag, tensor } from '@cotangent/tensor';
 * console.log(await diag(tensor([1, 2])).array()); // [[1, 0], [0, 2]]
 * ```
 */
export function diag(x: Tensor, offset = 0): Tensor {
  if (nodeOf('diag', x).shape.length !== 1) return diagonal(x, { offset });
  const n = x.shape[0]!;
  // Rows [x_i, 0, ..., 0] of length n + 1, flattened and cut to n * n, put x_i at (i, i).
  const rows = padConstant(unsqueeze(x, 1), [0, 0], [0, n]);
  const square = reshape(narrow(reshape(rows, [-1]), 0, 0, n * n), [n, n]);
  const below = Math.max(-offset, 0);
  const above = Math.max(offset, 0);
  return padConstant(square, [below, above], [above, below]);
}

/**
 * The sum of the main diagonal of a matrix.
 *
 * @example
 * ```ts
 * import { tensor, trace } from '@cotangent/tensor';
 * console.log(await trace(tensor([[1, 2], [3, 4]])).item()); // 5
 * ```
 */
export function trace(x: Tensor): Tensor {
  if (nodeOf('trace', x).shape.length !== 2) throw new ShapeError(`trace: got shape ${show(x.shape)}; expected a matrix.`);
  return sum(diagonal(x));
}
