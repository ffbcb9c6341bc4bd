/** Gradients that touch few rows of a big table. */
import {
  concat, mul, padConstant, scatter, ShapeError, show, Tensor, unsqueeze, zeros, type DType, type Node, type Shape,
} from '@cotangent/tensor';

/**
 * The gradient of a table of which only some rows were looked up: `rows[i]` belongs to row `indices[i]`. An index may
 * occur several times; its rows add up.
 *
 * @example
 * ```ts
 * import { RowsGradient } from '@cotangent/autodiff';
 * import { ones, tensor } from '@cotangent/tensor';
 * const g = new RowsGradient(tensor([1, 1], { dtype: 'int32' }), ones([2, 3]), [4, 3]);
 * console.log(await g.toDense().sum().item()); // 6
 * ```
 */
export class RowsGradient {
  /** int32 [n]. */
  readonly indices: Tensor;
  /** [n, ...rest]. */
  readonly rows: Tensor;
  /** The shape of the whole table, [count, ...rest]. */
  readonly shape: Shape;

  constructor(indices: Tensor, rows: Tensor, shape: Shape) {
    if (indices.ndim !== 1 || rows.shape[0] !== indices.shape[0] || show(rows.shape.slice(1)) !== show(shape.slice(1))) {
      throw new ShapeError(
        `RowsGradient: indices ${show(indices.shape)} and rows ${show(rows.shape)} do not fit a table of shape ${show(shape)}; ` +
          'expected [n], [n, ...rest] and [count, ...rest].',
      );
    }
    this.indices = indices;
    this.rows = rows;
    this.shape = shape;
  }

  get dtype(): DType {
    return this.rows.dtype;
  }

  /** The gradient of the whole table, with zeros in the other rows. */
  toDense(): Tensor {
    return this.addTo(zeros(this.shape, { dtype: this.dtype }));
  }

  /** A table plus these rows. */
  addTo(table: Tensor): Tensor {
    let index = this.indices;
    while (index.ndim < this.rows.ndim) index = unsqueeze(index, -1);
    return scatter(table, 0, index.expand(...this.rows.shape), this.rows, 'add');
  }

  /** The same rows times a factor. */
  scale(factor: Tensor | number): RowsGradient {
    return new RowsGradient(this.indices, mul(this.rows, factor), this.shape);
  }

  /** Both lists of rows, one after the other. */
  join(other: RowsGradient): RowsGradient {
    return new RowsGradient(concat([this.indices, other.indices]), concat([this.rows, other.rows]), this.shape);
  }
}

/** A whole gradient, or some rows of one. */
export type Gradient = Tensor | RowsGradient;

/** The sum of two gradients; rows stay rows as long as both are. */
export function addGradients(a: Gradient, b: Gradient): Gradient {
  if (a instanceof RowsGradient) return b instanceof RowsGradient ? a.join(b) : a.addTo(b);
  return b instanceof RowsGradient ? b.addTo(a) : (sideBySide(a, b) ?? a.add(b));
}

/** Gradients of neighbouring slices of one tensor, which are zero elsewhere, put side by side instead of added. */
function sideBySide(a: Tensor, b: Tensor): Tensor | undefined {
  const [p, q] = [bordered(a.node), bordered(b.node)];
  if (!p || p.axis !== q?.axis) return undefined;
  const { axis } = p;
  const [first, second] = p.start < q.start ? [p, q] : [q, p];
  if (first.start + first.part.shape[axis]! !== second.start) return undefined;
  const isRow = (part: Node): boolean => part.op === 'concat' && !part.storage && (part as Node<'concat'>).attrs.axis === axis;
  const pieces = [first.part, second.part].flatMap((part) => (isRow(part) ? part.inputs : part));
  const whole = concat(pieces.map((piece) => new Tensor(piece)), axis);
  const at = (here: number): number[] => a.shape.map((_, i) => (i === axis ? here : 0));
  return padConstant(whole, at(first.start), at(a.shape[axis]! - first.start - whole.shape[axis]!));
}

/** What lies within zeros along one axis, if that is how a gradient was made. */
function bordered(node: Node): { part: Node; axis: number; start: number } | undefined {
  if (node.op !== 'pad' || node.storage) return undefined;
  const { low, high, value } = (node as Node<'pad'>).attrs;
  const padded = low.flatMap((p, i) => (p !== 0 || high[i] !== 0 ? [i] : []));
  const axis = padded[0]!;
  return value === 0 && padded.length === 1 ? { part: node.inputs[0]!, axis, start: low[axis]! } : undefined;
}

/** The gradient as one tensor. */
export function dense(gradient: Gradient): Tensor {
  return gradient instanceof RowsGradient ? gradient.toDense() : gradient;
}
