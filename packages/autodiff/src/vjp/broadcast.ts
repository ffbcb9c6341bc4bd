/** Undoing broadcasting. */
import { reshape, sum, type Shape, type Tensor } from '@cotangent/tensor';

/** Sums a gradient over the axes along which an input of `shape` was repeated. */
export function sumTo(grad: Tensor, shape: Shape): Tensor {
  const lead = grad.ndim - shape.length;
  const axes = grad.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  return reshape(axes.length > 0 ? sum(grad, { dim: axes }) : grad, shape);
}
