/** The matrix exponential. */
import { concat, narrow, zerosLike, type Tensor } from '@cotangent/tensor';
import { squaresOf } from './arguments';
import { exponentialOf } from './host/exponential';
import { checkFinite, matrixOp, type MatrixFunction } from './host/run';
import { mT } from './shape';

const exponentialOp: MatrixFunction = matrixOp({
  name: 'matrixExp',
  shape: ({ rows }) => [rows, rows],
  forward: ([a], place) => {
    checkFinite(a!, place);
    return exponentialOf(a!, place.rows);
  },
  // The upper right block of exp [[A^T, G], [0, A^T]] is the derivative at A^T in direction G (Mathias, "A chain rule for matrix
  // functions and applications", 1996).
  vjp: () => (grad, [a]) => {
    const n = a!.shape[a!.ndim - 1]!;
    const turned = mT(a!);
    const upper = concat([turned, grad], -1);
    const lower = concat([zerosLike(turned), turned], -1);
    const block = exponentialOp([concat([upper, lower], -2)], undefined);
    return [narrow(narrow(block, -2, 0, n), -1, n, n)];
  },
});

/**
 * The exponential of square matrices, the sum of A^k / k!: the solution of X' = A X after time 1.
 *
 * @param a shape [..., n, n].
 * @throws ShapeError when the matrices are not square; DTypeError when they are not floating-point; LinAlgError, when the
 * result is read, for NaN and infinities.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { matrixExp } from '@cotangent/tensor/linalg';
 * console.log(await matrixExp(tensor([[0, 1], [0, 0]])).array()); // [[1, 1], [0, 1]]
 * ```
 */
export function matrixExp(a: Tensor): Tensor {
  squaresOf('matrixExp', a);
  return exponentialOp([a], undefined);
}
