/**
 * `@cotangent/tensor/linalg`: decompositions, equations and norms of matrices. Computed on the host in double precision, and
 * recorded as any other op: lazy, differentiable, fit for `compile`.
 */
export { cholesky, type CholeskyOptions } from './cholesky';
export { eigh, eigvalsh, type Eigh, type EighOptions } from './eigh';
export { LinAlgError } from './errors';
export { matrixExp } from './exponential';
export { det, inv, matrixPower, slogdet, type SignAndLog } from './inverse';
export { lstsq, matrixRank, pinv, type Lstsq, type RankOptions } from './least-squares';
export { cond, matrixNorm, type MatrixNormOptions, type MatrixNormOrder } from './norm';
export { qr, type Qr, type QrOptions } from './qr';
export { solve, triangularSolve, type SolveOptions, type TriangularOptions } from './solve';
export { svd, svdvals, type Svd, type SvdOptions } from './svd';
