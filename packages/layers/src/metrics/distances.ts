import { ArgumentError, cdist, matmul, normalize, ShapeError, show, sub, transpose, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';

/** 'l1': sum of absolute differences (Manhattan). 'l2': Euclidean. 'cosine': 1 - cosine of the angle. */
export type DistanceName = 'l1' | 'l2' | 'cosine';

/**
 * Distances between all rows of a and all rows of b, as a tensor: what nearest neighbours and embeddings are compared by. Gradients flow.
 *
 * @param a vectors [m, features].
 * @param b vectors [n, features]. Of zero vectors the cosine distance is 1.
 * @returns [m, n].
 * @throws ShapeError, DTypeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { distances } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await distances(tensor([[2, 2]]), tensor([[0, 0], [1, 1]]), 'l1').array()); // [[4, 2]]
 * ```
 */
export function distances(a: Tensor, b: Tensor, metric: DistanceName = 'l2'): Tensor {
  checkInput('distances', a);
  checkInput('distances (second input)', b, a.dtype);
  if (a.ndim !== 2 || b.ndim !== 2 || a.shape[1] !== b.shape[1]) {
    throw new ShapeError(
      `distances: the inputs have shapes ${show(a.shape)} and ${show(b.shape)}; expected [m, features] and [n, features].`,
    );
  }
  if (!['l1', 'l2', 'cosine'].includes(metric)) {
    throw new ArgumentError(`distances: the metric is '${metric}'; expected 'l1', 'l2' or 'cosine'.`);
  }
  if (metric === 'cosine') return sub(1, matmul(normalize(a), transpose(normalize(b))));
  return cdist(a, b, metric === 'l1' ? 1 : 2);
}
