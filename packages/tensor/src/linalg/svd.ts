/** The singular value decomposition. */
import { add, div, eq, matmul, mul, narrow, sub, unsqueeze, where, type Shape, type Tensor } from '@cotangent/tensor';
import { matricesOf } from './arguments';
import { inverseGaps } from './eigh';
import { transposed } from './host/matrix';
import { checkFinite, matrixOp, packed, packedSize, unpack } from './host/run';
import { singularOf } from './host/svd';
import { diagonalMatrices, mT, scaleColumns } from './shape';

export interface SvdOptions {
  /** Square U and V, whose last columns complete the bases. Default false. */
  readonly full?: boolean;
}

export interface Svd {
  /** [..., rows, k], or [..., rows, rows] with `full`. */
  readonly u: Tensor;
  /** Descending, [..., k] with k = min(rows, columns). */
  readonly s: Tensor;
  /** V^T, [..., k, columns], or [..., columns, columns] with `full`. */
  readonly vh: Tensor;
}

interface SvdAttrs {
  readonly rows: number;
  readonly columns: number;
  readonly full: boolean;
}

const shapesOf = ({ rows, columns, full }: SvdAttrs): Shape[] => {
  const k = Math.min(rows, columns);
  return [[rows, full ? rows : k], [k], [full ? columns : k, columns]];
};

const svdOp = matrixOp<SvdAttrs>({
  name: 'svd',
  shape: (_, attrs) => [packedSize(shapesOf(attrs))],
  forward: ([a], place, { rows, columns, full }) => {
    checkFinite(a!, place);
    const { values, left, right } = singularOf(a!, rows, columns, full ? 'full' : 'reduced');
    return packed([transposed(left, left.length / rows, rows), values, right]);
  },
  vjp: (attrs) => (grad, _, output) => {
    const k = Math.min(attrs.rows, attrs.columns);
    const [u, s, vh] = firstOf(unpack(output, shapesOf(attrs)), k);
    const [forU, forS, forVh] = firstOf(unpack(grad, shapesOf(attrs)), k);
    return [gradientOf(u, s, vh, forU, forS, forVh)];
  },
});

/** Vectors beyond the first k complete a basis in any way they like, and carry no gradient. */
function firstOf([u, s, vh]: readonly Tensor[], k: number): [Tensor, Tensor, Tensor] {
  return [narrow(u!, -1, 0, k), s!, narrow(vh!, -2, 0, k)];
}

/**
 * With G_ij = 1 / (s_j^2 - s_i^2) and skew(X) = X - X^T:
 * U ((G o skew(U^T dU)) S + S (G o skew(V^T dV)) + diag(ds)) V^T + (1 - U U^T) dU S^-1 V^T + U S^-1 dV^T (1 - V V^T)
 * (Townsend, "Differentiating the singular value decomposition", 2016; Giles, 2008, section 3.2).
 */
function gradientOf(u: Tensor, s: Tensor, vh: Tensor, forU: Tensor, forS: Tensor, forVh: Tensor): Tensor {
  const gaps = inverseGaps(mul(s, s));
  const zero = eq(s, 0);
  const inverse = where(zero, 0, div(1, where(zero, 1, s)));
  const alongU = matmul(mT(u), forU);
  const alongV = matmul(vh, mT(forVh));
  const skewU = scaleColumns(mul(gaps, sub(alongU, mT(alongU))), s);
  const skewV = mul(unsqueeze(s, -1), mul(gaps, sub(alongV, mT(alongV))));
  const inside = add(add(skewU, skewV), diagonalMatrices(forS));
  const outU = scaleColumns(sub(forU, matmul(u, alongU)), inverse);
  const outV = mul(unsqueeze(inverse, -1), sub(forVh, matmul(mT(alongV), vh)));
  return add(matmul(add(matmul(u, inside), outU), vh), matmul(u, outV));
}

/**
 * The singular value decomposition A = U diag(s) V^T. Vectors are of length 1; their signs are free, one for each pair.
 * Gradients that depend on the vectors need distinct values (and non-zero ones, where A is not square).
 *
 * @param a shape [..., rows, columns].
 * @throws ShapeError when there are less than two axes; DTypeError when the matrices are not floating-point; LinAlgError, when
 * the result is read, for NaN and infinities.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { svd } from '@cotangent/tensor/linalg';
 * const { u, s, vh } = svd(tensor([[3, 0], [0, 5], [0, 0]]));
 * console.log(u.shape, await s.array(), vh.shape); // [3, 2] [5, 3] [2, 2]
 * ```
 */
export function svd(a: Tensor, options: SvdOptions = {}): Svd {
  const { rows, columns } = matricesOf('svd', a);
  const attrs = { rows, columns, full: options.full ?? false };
  const [u, s, vh] = unpack(svdOp([a], attrs), shapesOf(attrs));
  return { u: u!, s: s!, vh: vh! };
}

const svdvalsOp = matrixOp({
  name: 'svdvals',
  shape: ({ rows, columns }) => [Math.min(rows, columns)],
  forward: ([a], place) => {
    checkFinite(a!, place);
    return singularOf(a!, place.rows, place.columns, 'none').values;
  },
});

/**
 * The singular values, descending, [..., min(rows, columns)]. Without gradients the vectors are not computed.
 *
 * @param a shape [..., rows, columns].
 * @throws as `svd`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { svdvals } from '@cotangent/tensor/linalg';
 * console.log(await svdvals(tensor([[3, 0], [0, 5]])).array()); // [5, 3]
 * ```
 */
export function svdvals(a: Tensor): Tensor {
  matricesOf('svdvals', a);
  return a.requiresGrad ? svd(a).s : svdvalsOp([a], undefined);
}
