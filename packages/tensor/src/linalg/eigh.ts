/** Eigenvalues and eigenvectors of symmetric matrices. */
import { add, div, eq, matmul, mul, sub, unsqueeze, where, type Shape, type Tensor } from '@cotangent/tensor';
import { squaresOf } from './arguments';
import { eigenOf } from './host/eigh';
import { transposed } from './host/matrix';
import { checkFinite, matrixOp, packed, packedSize, unpack, type Place } from './host/run';
import { diagonalMatrices, mT } from './shape';

export interface EighOptions {
  /** The triangle of the matrix that is read. Default 'L', the lower one. */
  readonly uplo?: 'L' | 'U';
}

export interface Eigh {
  /** Ascending, [..., n]. */
  readonly values: Tensor;
  /** Column i is the vector of value i, of length 1 and of either sign, [..., n, n]. */
  readonly vectors: Tensor;
}

type Uplo = 'L' | 'U';

const shapesOf = (n: number): Shape[] => [[n], [n, n]];

const eighOp = matrixOp<{ readonly n: number; readonly uplo: Uplo }>({
  name: 'eigh',
  shape: (_, { n }) => [packedSize(shapesOf(n))],
  forward: ([a], place, { n, uplo }) => {
    const { values, vectors } = eigenOf(symmetric(a!, place, uplo), n, true);
    return packed([values, transposed(vectors, n, n)]);
  },
  // V (diag(dw) + F o (V^T dV)) V^T with F_ij = 1 / (w_j - w_i), made symmetric (Giles, 2008, section 3.1).
  vjp: ({ n }) => (grad, _, output) => {
    const [values, vectors] = unpack(output, shapesOf(n)) as [Tensor, Tensor];
    const [forValues, forVectors] = unpack(grad, shapesOf(n)) as [Tensor, Tensor];
    const inner = mul(inverseGaps(values), matmul(mT(vectors), forVectors));
    const turned = matmul(matmul(vectors, add(diagonalMatrices(forValues), inner)), mT(vectors));
    return [mul(add(turned, mT(turned)), 0.5)];
  },
});

const eigvalshOp = matrixOp<{ readonly n: number; readonly uplo: Uplo }>({
  name: 'eigvalsh',
  shape: (_, { n }) => [n],
  forward: ([a], place, { n, uplo }) => eigenOf(symmetric(a!, place, uplo), n, false).values,
});

/** The matrix that one triangle stands for. */
function symmetric(a: Float64Array, place: Place, uplo: Uplo): Float64Array {
  const n = place.rows;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      if (uplo === 'L') a[j * n + i] = a[i * n + j]!;
      else a[i * n + j] = a[j * n + i]!;
    }
  }
  checkFinite(a, place);
  return a;
}

/**
 * 1 / (w_j - w_i), and 0 where the two are equal: results that do not depend on the choice of vectors in their common space
 * get the right gradient all the same.
 */
export function inverseGaps(values: Tensor): Tensor {
  const gaps = sub(unsqueeze(values, -2), unsqueeze(values, -1));
  const same = eq(gaps, 0);
  return where(same, 0, div(1, where(same, 1, gaps)));
}

/**
 * The eigenvalues and eigenvectors of symmetric matrices: A = V diag(w) V^T. Only one triangle is read; the gradient is
 * symmetric. Gradients that depend on the vectors need distinct eigenvalues.
 *
 * @param a shape [..., n, n].
 * @throws ShapeError when the matrices are not square; DTypeError when they are not floating-point; LinAlgError, when the
 * result is read, for NaN and infinities.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { eigh } from '@cotangent/tensor/linalg';
 * const { values, vectors } = eigh(tensor([[2, 1], [1, 2]]));
 * console.log(await values.array(), vectors.shape); // [1, 3] [2, 2]
 * ```
 */
export function eigh(a: Tensor, options: EighOptions = {}): Eigh {
  const { rows: n } = squaresOf('eigh', a);
  const [values, vectors] = unpack(eighOp([a], { n, uplo: options.uplo ?? 'L' }), shapesOf(n));
  return { values: values!, vectors: vectors! };
}

/**
 * The eigenvalues of symmetric matrices, ascending, [..., n]. Without gradients the vectors are not computed.
 *
 * @param a shape [..., n, n].
 * @throws as `eigh`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { eigvalsh } from '@cotangent/tensor/linalg';
 * console.log(await eigvalsh(tensor([[2, 1], [1, 2]])).array()); // [1, 3]
 * ```
 */
export function eigvalsh(a: Tensor, options: EighOptions = {}): Tensor {
  const { rows: n } = squaresOf('eigvalsh', a);
  return a.requiresGrad ? eigh(a, options).values : eigvalshOp([a], { n, uplo: options.uplo ?? 'L' });
}
