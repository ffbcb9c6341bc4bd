/** The QR decomposition. */
import { add, concat, GradientError, matmul, narrow, sub, tril, type Shape, type Tensor } from '@cotangent/tensor';
import { matricesOf, sizesOf } from './arguments';
import { matrixOp, packed, packedSize, unpack } from './host/run';
import { qrOf } from './host/qr';
import { mT } from './shape';
import { triangularSolve } from './solve';

export interface QrOptions {
  /** 'reduced' (default): Q has min(rows, columns) columns. 'complete': Q is square. */
  readonly mode?: 'reduced' | 'complete';
}

export interface Qr {
  /** Orthonormal columns. */
  readonly q: Tensor;
  /** Upper triangular. */
  readonly r: Tensor;
}

interface QrAttrs {
  readonly rows: number;
  readonly columns: number;
  /** Columns of Q. */
  readonly size: number;
}

const shapesOf = ({ rows, columns, size }: QrAttrs): Shape[] => [[rows, size], [size, columns]];

const qrOp = matrixOp<QrAttrs>({
  name: 'qr',
  shape: (_, attrs) => [packedSize(shapesOf(attrs))],
  forward: ([a], _, { rows, columns, size }) => {
    const { q, r } = qrOf(a!, rows, columns, size);
    return packed([q, r]);
  },
  vjp: (attrs) => (grad, [a], output) => {
    const [q, r] = unpack(output, shapesOf(attrs)) as [Tensor, Tensor];
    const [forQ, forR] = unpack(grad, shapesOf(attrs)) as [Tensor, Tensor];
    const { rows, columns, size } = attrs;
    if (size > columns) {
      throw new GradientError(
        "qr: with mode 'complete' the last columns of Q are not determined by a matrix with more rows than columns, and have no " +
          "gradient. Use mode 'reduced'.",
      );
    }
    if (columns === size) return [gradientOf(q, r, forQ, forR)];
    // A = [X, Y] and R = [U, V] with X = Q U and Y = Q V: the part Y reaches Q through V = Q^T Y.
    const y = narrow(a!, -1, rows, columns - rows);
    const forV = narrow(forR, -1, rows, columns - rows);
    const forX = gradientOf(q, narrow(r, -1, 0, rows), add(forQ, matmul(y, mT(forV))), narrow(forR, -1, 0, rows));
    return [concat([forX, matmul(q, forV)], -1)];
  },
});

/**
 * (forQ + Q copyltu(R forR^T - forQ^T Q)) R^-T (Walter, Lehmann and Lamour, "On evaluating higher-order derivatives of the QR
 * decomposition of tall matrices with full column rank", 2012).
 */
function gradientOf(q: Tensor, r: Tensor, forQ: Tensor, forR: Tensor): Tensor {
  const m = sub(matmul(r, mT(forR)), matmul(mT(forQ), q));
  const symmetric = add(tril(m), mT(tril(m, -1)));
  return triangularSolve(mT(r), add(forQ, matmul(q, symmetric)), { upper: false, left: false });
}

/**
 * Q and R of A = Q R: orthonormal columns, and an upper triangle, whose diagonal may hold negative numbers (as LAPACK's).
 * Gradients need the first min(rows, columns) columns of A to be independent.
 *
 * @param a shape [..., rows, columns].
 * @throws ShapeError when there are less than two axes; DTypeError when the matrices are not floating-point; GradientError for
 * the gradient of a complete Q with more columns than A.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { qr } from '@cotangent/tensor/linalg';
 * const { q, r } = qr(tensor([[3, 1], [4, 2]]));
 * console.log(await q.matmul(r).array()); // about [[3, 1], [4, 2]]
 * ```
 */
export function qr(a: Tensor, options: QrOptions = {}): Qr {
  matricesOf('qr', a);
  const { rows, columns } = sizesOf(a.shape);
  const attrs = { rows, columns, size: options.mode === 'complete' ? rows : Math.min(rows, columns) };
  const [q, r] = unpack(qrOp([a], attrs), shapesOf(attrs));
  return { q: q!, r: r! };
}
