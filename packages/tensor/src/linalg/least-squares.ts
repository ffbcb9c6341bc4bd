/** What is made of singular values: ranks, pseudo-inverses, least squares. */
import {
  add, broadcastShapes, commonDType, expand, gt, matmul, maximum, mul, narrow, neg, ShapeError, show, sub, sum, unsqueeze, type DType,
  type Tensor,
} from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';
import { matricesOf, sizesOf } from './arguments';
import { multiplied, transposed } from './host/matrix';
import { checkFinite, matrixOp } from './host/run';
import { singularOf } from './host/svd';
import { svdvals } from './svd';
import { mT } from './shape';

export interface RankOptions {
  /** Singular values up to this times the largest count as 0. Default: max(rows, columns) times the precision of the dtype. */
  readonly rtol?: number;
  /** Singular values up to this count as 0. Default 0. */
  readonly atol?: number;
}

/** The step from 1 to the next number. */
function precision(dtype: DType): number {
  return dtype === 'float64' ? Number.EPSILON : dtype === 'float16' ? 2 ** -10 : 2 ** -23;
}

function toleranceOf(a: Tensor, { rtol, atol = 0 }: RankOptions): { readonly rtol: number; readonly atol: number } {
  const { rows, columns } = sizesOf(a.shape);
  return { rtol: rtol ?? (atol > 0 ? 0 : Math.max(rows, columns) * precision(a.dtype)), atol };
}

/**
 * The number of singular values that do not count as 0, [...], int32.
 *
 * @param a shape [..., rows, columns].
 * @throws as `svd`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { matrixRank } from '@cotangent/tensor/linalg';
 * console.log(await matrixRank(tensor([[1, 2], [2, 4]])).item()); // 1
 * ```
 */
export function matrixRank(a: Tensor, options: RankOptions = {}): Tensor {
  const { rows, columns } = matricesOf('matrixRank', a);
  const { rtol, atol } = toleranceOf(a, options);
  const s = svdvals(a.detach());
  if (Math.min(rows, columns) === 0) return sum(gt(s, 0), { dim: -1 });
  return sum(gt(s, maximum(mul(narrow(s, -1, 0, 1), rtol), atol)), { dim: -1 });
}

const pinvOp = matrixOp<{ readonly rtol: number; readonly atol: number }>({
  name: 'pinv',
  shape: ({ rows, columns }) => [columns, rows],
  forward: ([a], place, limits) => {
    checkFinite(a!, place);
    return pseudoInverse(a!, place.rows, place.columns, limits);
  },
  // P = A^+: -P^T G P^T + (1 - A P) G^T P P^T + P^T P G^T (1 - P A) (Golub and Pereyra, "The differentiation of pseudo-inverses
  // and nonlinear least squares problems whose variables separate", 1973), where the rank stays.
  vjp: () => (grad, [a], p) => {
    const g = mT(grad);
    const q = mT(p);
    const inside = matmul(matmul(q, grad), q);
    const beside = matmul(matmul(sub(g, matmul(a!, matmul(p, g))), p), q);
    const across = matmul(matmul(q, p), sub(g, matmul(matmul(g, p), a!)));
    return [add(sub(beside, inside), across)];
  },
});

/** V diag(1 / s) U^T over the singular values that are large enough. */
function pseudoInverse(a: Float64Array, rows: number, columns: number, { rtol, atol }: { rtol: number; atol: number }): Float64Array {
  const { values, left, right } = singularOf(a, rows, columns, 'reduced');
  const limit = Math.max(atol, rtol * (values[0] ?? 0));
  for (let i = 0; i < values.length; i++) {
    const factor = values[i]! > limit ? 1 / values[i]! : 0;
    for (let j = 0; j < rows; j++) left[i * rows + j]! *= factor;
  }
  return multiplied(transposed(right, values.length, columns), left, columns, values.length, rows);
}

/**
 * The Moore-Penrose pseudo-inverses of matrices, [..., columns, rows]. The gradient holds while the rank stays as it is.
 *
 * @param a shape [..., rows, columns].
 * @throws as `svd`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { pinv } from '@cotangent/tensor/linalg';
 * console.log(await pinv(tensor([[2, 0], [0, 0]])).array()); // [[0.5, 0], [0, 0]]
 * ```
 */
export function pinv(a: Tensor, options: RankOptions = {}): Tensor {
  matricesOf('pinv', a);
  return pinvOp([a], toleranceOf(a, options));
}

interface LstsqAttrs {
  readonly rtol: number;
  readonly atol: number;
  readonly columns: number;
}

const lstsqOp = matrixOp<LstsqAttrs>({
  name: 'lstsq',
  shape: ({ columns }, attrs) => [columns, attrs.columns],
  forward: ([a, b], place, attrs) => {
    checkFinite(a!, place);
    const { rows, columns } = place;
    return multiplied(pseudoInverse(a!, rows, columns, attrs), b!, columns, rows, attrs.columns);
  },
  // X = P B with P = A^+: the rule of the pseudo-inverse with the gradient G B^T.
  vjp: ({ rtol, atol }) => (grad, [a, b], x) => {
    const p = pinv(a!, { rtol, atol });
    const q = mT(p);
    const forB = matmul(q, grad);
    const inside = neg(matmul(forB, mT(x)));
    const beside = matmul(matmul(sub(b!, matmul(a!, x)), matmul(mT(grad), p)), q);
    const back = matmul(x, mT(grad));
    const across = matmul(q, sub(back, matmul(matmul(back, p), a!)));
    return [add(add(inside, beside), across), forB];
  },
});

export interface Lstsq {
  /** [..., columns, k], or [..., columns] for a vector b. */
  readonly solution: Tensor;
  /** The sum of squares of A X - B for each column of B: [..., k], or [...]. */
  readonly residuals: Tensor;
}

/**
 * X that makes the sum of squares of A X - B smallest; where several do, the one of least norm (by singular values, so that
 * any rank will do).
 *
 * @param a shape [..., rows, columns].
 * @param b shape [..., rows, k], or [rows]; leading axes broadcast.
 * @throws ShapeError when the sizes do not fit; DTypeError for operands that are not floating-point or differ; LinAlgError,
 * when the result is read, for NaN and infinities.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { lstsq } from '@cotangent/tensor/linalg';
 * const { solution, residuals } = lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5]));
 * console.log(await solution.array(), await residuals.item()); // about [1, 2] 0
 * ```
 */
export function lstsq(a: Tensor, b: Tensor, options: RankOptions = {}): Lstsq {
  checkFloat('lstsq', b);
  const { batch, rows, columns } = matricesOf('lstsq', a);
  commonDType('lstsq', a.dtype, b.dtype);
  if (b.ndim === 1) {
    const { solution, residuals } = lstsq(a, unsqueeze(b, -1), options);
    return { solution: solution.squeeze(-1), residuals: residuals.squeeze(-1) };
  }
  const right = sizesOf(b.shape);
  if (b.ndim < 2 || right.rows !== rows) {
    throw new ShapeError(
      `lstsq: the matrices have shape ${show(a.shape)} and the right sides ${show(b.shape)}; expected [..., ${rows}, k].`,
    );
  }
  const both = broadcastShapes('lstsq, batch axes', batch, right.batch);
  const matrix = expand(a, [...both, rows, columns]);
  const target = expand(b, [...both, rows, right.columns]);
  const solution = lstsqOp([matrix, target], { ...toleranceOf(a, options), columns: right.columns });
  return { solution, residuals: sum(sub(matmul(matrix, solution), target).square(), { dim: -2 }) };
}
