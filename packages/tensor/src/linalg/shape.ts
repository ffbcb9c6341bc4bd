/** Views of matrices that the formulas of this folder share. */
import { broadcastShapes, diagonal, expand, eye, moveDim, mul, reshape, show, sizeOf, unsqueeze, type Tensor } from '@cotangent/tensor';
import { sizesOf } from './arguments';

/** The transposes of matrices. */
export function mT(x: Tensor): Tensor {
  return x.transpose(-2, -1);
}

/** The main diagonals, [..., n]. */
export function diagonals(x: Tensor): Tensor {
  return diagonal(x, { dim1: -2, dim2: -1 });
}

/** Matrices with the vectors of `x`, [..., n], on their diagonals. */
export function diagonalMatrices(x: Tensor): Tensor {
  return mul(unsqueeze(x, -1), eye(x.shape[x.ndim - 1]!, undefined, { dtype: x.dtype }));
}

/** One number per matrix, [...], as [..., 1, 1]. */
export function onMatrices(x: Tensor): Tensor {
  return reshape(x, [...x.shape, 1, 1]);
}

/** The columns of `a` times the numbers `x`, [..., n]. */
export function scaleColumns(a: Tensor, x: Tensor): Tensor {
  return mul(a, unsqueeze(x, -2));
}

/**
 * Calls `run` with a and b over the same leading axes. Where one matrix `a` meets many `b`, the columns of all of them stand
 * beside each other, so that `a` is decomposed once.
 *
 * @param a shape [..., n, n].
 * @param b shape [..., n, k].
 */
export function overBatch(op: string, a: Tensor, b: Tensor, run: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const left = sizesOf(a.shape);
  const right = sizesOf(b.shape);
  const batch = broadcastShapes(`${op} of ${show(a.shape)} and ${show(b.shape)}, batch axes`, left.batch, right.batch);
  const { rows: n, columns: k } = right;
  if (sizeOf(left.batch) === 1 && right.batch.length > 0) {
    const count = sizeOf(right.batch);
    const beside = reshape(moveDim(reshape(b, [count, n, k]), 0, 1), [n, count * k]);
    const x = run(reshape(a, [n, n]), beside);
    return reshape(moveDim(reshape(x, [n, count, k]), 1, 0), [...batch, n, k]);
  }
  return run(expand(a, [...batch, n, n]), expand(b, [...batch, n, k]));
}
