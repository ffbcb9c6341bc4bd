/** Inverses, determinants, and powers of square matrices. */
import { ArgumentError, expand, eye, matmul, mul, neg, reshape, stopGradient, sub, sum, type Tensor } from '@cotangent/tensor';
import { squaresOf } from './arguments';
import { cofactorsOf } from './host/cofactor';
import { identity } from './host/householder';
import { determinant, luOf, signAndLog, solveLu } from './host/lu';
import { matrixOp, unpack } from './host/run';
import { mT, onMatrices } from './shape';

/** A pivot of 0: what to say of the matrix. */
export const SINGULAR = 'is singular: a pivot of its LU decomposition is 0. Use pinv or lstsq, or add a small multiple of the identity.';

const invOp = matrixOp({
  name: 'inv',
  shape: ({ rows }) => [rows, rows],
  forward: ([a], { rows, fail }) => {
    const lu = luOf(a!, rows);
    return lu.singular ? fail(SINGULAR) : solveLu(lu, identity(rows, rows), rows, rows);
  },
  // d(A^-1) = -A^-1 dA A^-1 (Giles, "Collected matrix derivative results", 2008, section 2.2.3).
  vjp: () => (grad, _, x) => [neg(matmul(matmul(mT(x), grad), mT(x)))],
});

/**
 * The inverses of square matrices. To solve equations call `solve`, which is faster and more accurate.
 *
 * @param a shape [..., n, n].
 * @throws ShapeError when the matrices are not square; DTypeError when they are not floating-point; LinAlgError, when the
 * result is read, for a singular matrix.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { inv } from '@cotangent/tensor/linalg';
 * console.log(await inv(tensor([[2, 0], [0, 4]])).array()); // [[0.5, 0], [0, 0.25]]
 * ```
 */
export function inv(a: Tensor): Tensor {
  squaresOf('inv', a);
  return invOp([a], undefined);
}

/** The matrices of cofactors, the derivative of the determinant. */
const cofactorOp = matrixOp({
  name: 'cofactor',
  shape: ({ rows }) => [rows, rows],
  forward: ([a], { rows }) => cofactorsOf(a!, rows),
  // C = det(A) B with B = A^-T, so dC = det(A) (<B, dA> B - B dA^T B). This needs the inverse, where `det` itself does not.
  vjp: () => (grad, [a]) => {
    const b = mT(inv(a!));
    const along = sum(mul(grad, b), { dim: [-2, -1], keepdim: true });
    const turned = matmul(matmul(b, mT(grad)), b);
    return [mul(onMatrices(det(a!)), sub(mul(along, b), turned))];
  },
});

const detOp = matrixOp({
  name: 'det',
  shape: () => [],
  forward: ([a], { rows }) => [determinant(luOf(a!, rows), rows)],
  vjp: () => (grad, [a]) => [mul(onMatrices(grad), cofactorOp([a!], undefined))],
});

/**
 * The determinants of square matrices, [...]. The gradient is the matrix of cofactors, which is right for singular matrices
 * too; second derivatives exist where the matrix has an inverse. Large matrices overflow easily: see `slogdet`.
 *
 * @param a shape [..., n, n].
 * @throws ShapeError when the matrices are not square; DTypeError when they are not floating-point.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { det } from '@cotangent/tensor/linalg';
 * console.log(await det(tensor([[1, 2], [3, 4]])).item()); // -2
 * ```
 */
export function det(a: Tensor): Tensor {
  squaresOf('det', a);
  return detOp([a], undefined);
}

const slogdetOp = matrixOp({
  name: 'slogdet',
  shape: () => [2],
  forward: ([a], { rows }) => {
    const { sign, log } = signAndLog(luOf(a!, rows), rows);
    return [sign, log];
  },
  // d log|det A| = <A^-T, dA>; the sign is piecewise constant.
  vjp: () => (grad, [a]) => [mul(onMatrices(unpack(grad, [[], []])[1]!), mT(inv(a!)))],
});

export interface SignAndLog {
  /** 1, -1, or 0 for a singular matrix. */
  readonly sign: Tensor;
  /** The logarithm of the absolute value; -Infinity for a singular matrix. */
  readonly logabsdet: Tensor;
}

/**
 * The sign and the logarithm of the absolute value of determinants, where the determinant itself would overflow.
 *
 * @param a shape [..., n, n].
 * @throws ShapeError when the matrices are not square; DTypeError when they are not floating-point; LinAlgError for the
 * gradient of a singular matrix.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { slogdet } from '@cotangent/tensor/linalg';
 * const { sign, logabsdet } = slogdet(tensor([[1, 2], [3, 4]]));
 * console.log(await sign.item(), await logabsdet.item()); // -1 0.6931...
 * ```
 */
export function slogdet(a: Tensor): SignAndLog {
  squaresOf('slogdet', a);
  const [sign, logabsdet] = unpack(slogdetOp([a], undefined), [[], []]);
  return { sign: stopGradient(sign!), logabsdet: logabsdet! };
}

/**
 * Square matrices to a whole power: repeated squaring, of the inverse where the power is negative.
 *
 * @param a shape [..., n, n].
 * @param power 0 gives identity matrices.
 * @throws ArgumentError when the power is not a whole number; ShapeError when the matrices are not square; LinAlgError, when
 * the result is read, for a negative power of a singular matrix.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { matrixPower } from '@cotangent/tensor/linalg';
 * console.log(await matrixPower(tensor([[1, 1], [0, 1]]), 5).array()); // [[1, 5], [0, 1]]
 * ```
 */
export function matrixPower(a: Tensor, power: number): Tensor {
  const { rows } = squaresOf('matrixPower', a);
  if (!Number.isInteger(power)) throw new ArgumentError(`matrixPower: the power is ${power}; expected a whole number.`);
  if (power === 0) return expand(eye(rows, rows, { dtype: a.dtype }), a.shape);
  return positivePower(power < 0 ? inv(a) : a, Math.abs(power));
}

function positivePower(a: Tensor, power: number): Tensor {
  if (power === 1) return reshape(a, a.shape); // another handle: `a` may be a variable
  const half = positivePower(a, Math.floor(power / 2));
  const even = matmul(half, half);
  return power % 2 === 0 ? even : matmul(even, a);
}
