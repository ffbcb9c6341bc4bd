/** Linear equations with square and with triangular matrices. */
import { commonDType, matmul, neg, sameShape, ShapeError, show, tril, triu, type Tensor } from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';
import { sizesOf, squaresOf } from './arguments';
import { luOf, solveLu, solveTriangle } from './host/lu';
import { matrixOp, type MatrixFunction } from './host/run';
import { SINGULAR } from './inverse';
import { mT, overBatch } from './shape';

export interface SolveOptions {
  /** false solves X A = B. Default true: A X = B. */
  readonly left?: boolean;
}

export interface TriangularOptions extends SolveOptions {
  /** Whether the upper triangle of A is used; the lower one otherwise. The other triangle is not read. */
  readonly upper: boolean;
  /** Take the diagonal of A as ones. Default false. */
  readonly unitriangular?: boolean;
}

const solveOp: MatrixFunction<{ readonly columns: number }> = matrixOp({
  name: 'solve',
  shape: ({ rows }, { columns }) => [rows, columns],
  forward: ([a, b], { rows, fail }, { columns }) => {
    const lu = luOf(a!, rows);
    return lu.singular ? fail(SINGULAR) : solveLu(lu, b!, rows, columns);
  },
  // dX = A^-1 (dB - dA X) (Giles, 2008, section 2.3.1).
  vjp: (options) => (grad, [a, b], x) => {
    const forB = solveOp([mT(a!), grad], options);
    return [a!.requiresGrad ? neg(matmul(forB, mT(x))) : undefined, b!.requiresGrad ? forB : undefined];
  },
});

/**
 * X of A X = B, by LU decomposition with partial pivoting.
 *
 * @param a shape [..., n, n].
 * @param b matrices [..., n, k], or vectors: [n], or [..., n] with exactly the leading axes of `a`. Leading axes broadcast.
 * @throws ShapeError when the sizes do not fit; DTypeError for operands that are not floating-point or differ; LinAlgError,
 * when the result is read, for a singular matrix.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { solve } from '@cotangent/tensor/linalg';
 * console.log(await solve(tensor([[2, 1], [1, 3]]), tensor([3, 5])).array()); // [0.8, 1.4]
 * ```
 */
export function solve(a: Tensor, b: Tensor, options: SolveOptions = {}): Tensor {
  checkFloat('solve', b);
  const { batch, rows } = squaresOf('solve', a);
  if (b.ndim === 1 || sameShape(b.shape, [...batch, rows])) {
    // X A = B for rows is A^T X^T = B^T.
    const matrix = options.left === false ? mT(a) : a;
    return solve(matrix, b.unsqueeze(-1)).squeeze(-1);
  }
  return oriented('solve', a, b, options, (matrix, right) => solveOp([matrix, right], { columns: sizesOf(right.shape).columns }));
}

interface TriangleAttrs {
  readonly columns: number;
  readonly upper: boolean;
  readonly unit: boolean;
}

const triangularOp: MatrixFunction<TriangleAttrs> = matrixOp({
  name: 'triangularSolve',
  shape: ({ rows }, { columns }) => [rows, columns],
  forward: ([a, b], { rows, fail }, { columns, ...triangle }) => {
    if (!triangle.unit) {
      for (let i = 0; i < rows; i++) if (a![i * rows + i] === 0) fail(`is singular: element ${i} of its diagonal is 0.`);
    }
    solveTriangle(a!, b!, rows, columns, triangle);
    return b!;
  },
  vjp: (options) => (grad, [a, b], x) => {
    const forB = triangularOp([mT(a!), grad], { ...options, upper: !options.upper });
    if (!a!.requiresGrad) return [undefined, forB];
    const triangle = options.upper ? triu : tril;
    const inside = options.unit ? (options.upper ? 1 : -1) : 0;
    return [neg(triangle(matmul(forB, mT(x)), inside)), b!.requiresGrad ? forB : undefined];
  },
});

/**
 * X of A X = B where only one triangle of A counts: forward or backward substitution.
 *
 * @param a shape [..., n, n].
 * @param b shape [..., n, k]; leading axes broadcast.
 * @throws ShapeError when the sizes do not fit; DTypeError for operands that are not floating-point or differ; LinAlgError,
 * when the result is read, for a 0 on the diagonal.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { triangularSolve } from '@cotangent/tensor/linalg';
 * const x = triangularSolve(tensor([[2, 0], [1, 4]]), tensor([[2], [9]]), { upper: false });
 * console.log(await x.array()); // [[1], [2]]
 * ```
 */
export function triangularSolve(a: Tensor, b: Tensor, options: TriangularOptions): Tensor {
  checkFloat('triangularSolve', b);
  squaresOf('triangularSolve', a);
  const { left = true, unitriangular: unit = false } = options;
  const upper = left ? options.upper : !options.upper;
  return oriented('triangularSolve', a, b, options, (matrix, right) =>
    triangularOp([matrix, right], { columns: sizesOf(right.shape).columns, upper, unit }),
  );
}

/** Checks the right sides, brings X A = B to the form A X = B, and broadcasts the leading axes. */
function oriented(op: string, a: Tensor, b: Tensor, { left = true }: SolveOptions, run: (a: Tensor, b: Tensor) => Tensor): Tensor {
  commonDType(op, a.dtype, b.dtype);
  const n = a.shape[a.ndim - 1]!;
  if (b.ndim < 2 || b.shape[left ? b.ndim - 2 : b.ndim - 1] !== n) {
    const wanted = left ? `[..., ${n}, k]` : `[..., k, ${n}]`;
    throw new ShapeError(`${op}: the matrices have shape ${show(a.shape)} and the right sides ${show(b.shape)}; expected ${wanted}.`);
  }
  return left ? overBatch(op, a, b, run) : mT(overBatch(op, mT(a), mT(b), run));
}
