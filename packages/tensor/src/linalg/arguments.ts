/** What the functions of this folder accept: floating-point tensors whose last two axes are matrices. */
import { ShapeError, show, type Shape, type Tensor } from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';

export interface Matrices {
  /** The leading axes. */
  readonly batch: Shape;
  readonly rows: number;
  readonly columns: number;
}

/** The sizes of a tensor of matrices. */
export function matricesOf(op: string, x: Tensor): Matrices {
  checkFloat(op, x);
  const { shape } = x;
  if (shape.length < 2) throw new ShapeError(`${op}: got shape ${show(shape)}; expected matrices, [..., rows, columns].`);
  return sizesOf(shape);
}

/** The sizes of a tensor of square matrices; `columns` equals `rows`. */
export function squaresOf(op: string, x: Tensor): Matrices {
  const sizes = matricesOf(op, x);
  if (sizes.rows !== sizes.columns) {
    throw new ShapeError(
      `${op}: got ${sizes.rows} rows and ${sizes.columns} columns, shape ${show(x.shape)}; expected square matrices, [..., n, n].`,
    );
  }
  return sizes;
}

/** The sizes of a shape [..., rows, columns] that was checked already. */
export function sizesOf(shape: Shape): Matrices {
  return { batch: shape.slice(0, -2), rows: shape[shape.length - 2]!, columns: shape[shape.length - 1]! };
}
