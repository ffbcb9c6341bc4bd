/** The Cholesky decomposition. */
import { add, diagonal, matmul, mul, sub, tril, type Tensor } from '@cotangent/tensor';
import { squaresOf } from './arguments';
import { choleskyOf } from './host/cholesky';
import { matrixOp } from './host/run';
import { diagonalMatrices, mT } from './shape';
import { triangularSolve } from './solve';

export interface CholeskyOptions {
  /** Return R = L^T of A = R^T R, and read the upper triangle of A. Default false. */
  readonly upper?: boolean;
}

const choleskyOp = matrixOp({
  name: 'cholesky',
  shape: ({ rows }) => [rows, rows],
  forward: ([a], { rows, fail }) => {
    const { l, minor } = choleskyOf(a!, rows);
    if (minor > 0) fail(`is not positive definite: its leading minor of order ${minor} is not. Add a small multiple of the identity?`);
    return l;
  },
  // L^-T phi(L^T grad) L^-1 with phi the lower triangle, its diagonal halved; symmetric, since A is
  // (Murray, "Differentiation of the Cholesky decomposition", 2016, section 3).
  vjp: () => (grad, _, l) => {
    const product = tril(matmul(mT(l), grad));
    const halved = sub(product, mul(diagonalMatrices(diagonal(product, { dim1: -2, dim2: -1 })), 0.5));
    const left = triangularSolve(mT(l), halved, { upper: true });
    const both = triangularSolve(l, left, { upper: false, left: false });
    return [mul(add(both, mT(both)), 0.5)];
  },
});

/**
 * L of A = L L^T for symmetric positive definite matrices: lower triangular, with a positive diagonal. Only the lower triangle
 * of A is read (the upper one with `upper`); the gradient is symmetric.
 *
 * @param a shape [..., n, n].
 * @throws ShapeError when the matrices are not square; DTypeError when they are not floating-point; LinAlgError, when the
 * result is read, for a matrix that is not positive definite.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { cholesky } from '@cotangent/tensor/linalg';
 * console.log(await cholesky(tensor([[4, 2], [2, 5]])).array()); // [[2, 0], [1, 2]]
 * ```
 */
export function cholesky(a: Tensor, options: CholeskyOptions = {}): Tensor {
  squaresOf('cholesky', a);
  return options.upper === true ? mT(choleskyOp([mT(a)], undefined)) : choleskyOp([a], undefined);
}
