/** Vectors along an axis: angles, distances, unit length, cross product. */
import { ShapeError } from '../errors';
import { show } from '../shape';
import type { Tensor } from '../tensor';
import { add, div, maximum, mul, sub } from './math';
import { select, stack, unsqueeze } from './movement';
import { checkOptions } from './operand';
import { norm, sum } from './reduce';

/**
 * The cosine of the angle between vectors along `dim`.
 *
 * @param options dim: default 1; eps: default 1e-8, the smallest product of norms.
 * @example
 * ```ts
 * import { cosineSimilarity, tensor } from '@cotangent/tensor';
 * console.log(await cosineSimilarity(tensor([[1, 0]]), tensor([[1, 1]])).array()); // [0.7071...]
 * ```
 */
export function cosineSimilarity(a: Tensor, b: Tensor, options: { readonly dim?: number; readonly eps?: number } = {}): Tensor {
  checkOptions('cosineSimilarity', options, '{ dim: 1 }');
  const { dim = 1, eps = 1e-8 } = options;
  const lengths = mul(maximum(norm(a, { dim }), eps), maximum(norm(b, { dim }), eps));
  return div(sum(mul(a, b), { dim }), lengths);
}

/**
 * The distance of order p between vectors along the last axis; `eps` is added to the differences, as in PyTorch.
 *
 * @param options p: default 2; eps: default 1e-6; keepdim: default false.
 * @example
 * ```ts
 * import { pairwiseDistance, tensor } from '@cotangent/tensor';
 * console.log(await pairwiseDistance(tensor([[0, 0]]), tensor([[3, 4]])).array()); // [5.0000...]
 * ```
 */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  options: { readonly p?: number; readonly eps?: number; readonly keepdim?: boolean } = {},
): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return norm(add(sub(a, b), eps), { p, dim: -1, keepdim });
}

/**
 * Distances of order p between all rows of a [..., m, d] and of b [..., n, d]: shape [..., m, n].
 *
 * @example
 * ```ts
 * import { cdist, tensor } from '@cotangent/tensor';
 * console.log(await cdist(tensor([[0, 0]]), tensor([[3, 4], [0, 1]])).array()); // [[5, 1]]
 * ```
 */
export function cdist(a: Tensor, b: Tensor, p = 2): Tensor {
  return norm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), { p, dim: -1 });
}

/**
 * Vectors along `dim` divided by their norm (at least `eps`).
 *
 * @param options p: default 2; dim: default 1; eps: default 1e-12.
 * @example
 * ```ts
 * import { normalize, tensor } from '@cotangent/tensor';
 * console.log(await normalize(tensor([[3, 4]])).array()); // [[0.6, 0.8]]
 * ```
 */
export function normalize(x: Tensor, options: { readonly p?: number; readonly dim?: number; readonly eps?: number } = {}): Tensor {
  checkOptions('normalize', options, '{ p: 2, dim: 1 }');
  const { p = 2, dim = 1, eps = 1e-12 } = options;
  return div(x, maximum(norm(x, { p, dim, keepdim: true }), eps));
}

/**
 * The cross product of three-dimensional vectors along `dim` (default: the last axis).
 *
 * @throws ShapeError when the axis does not have size 3.
 * @example
 * ```ts
 * import { cross, tensor } from '@cotangent/tensor';
 * console.log(await cross(tensor([1, 0, 0]), tensor([0, 1, 0])).array()); // [0, 0, 1]
 * ```
 */
export function cross(a: Tensor, b: Tensor, dim = -1): Tensor {
  const axis = dim < 0 ? dim + a.ndim : dim;
  if (a.shape[axis] !== 3 || b.shape[axis] !== 3) {
    throw new ShapeError(`cross: shapes ${show(a.shape)} and ${show(b.shape)} must have size 3 along dim ${dim}.`);
  }
  const part = (x: Tensor, i: number): Tensor => select(x, axis, i % 3);
  return stack(
    [0, 1, 2].map((i) => sub(mul(part(a, i + 1), part(b, i + 2)), mul(part(a, i + 2), part(b, i + 1)))),
    axis,
  );
}
