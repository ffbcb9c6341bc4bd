/** Filters that raise or lower high frequencies before or after processing. */
import { mul, narrow, pad, ShapeError, sub, type Tensor } from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';

/**
 * y_t = x_t - coefficient x_(t-1) along the last axis; the first sample stays.
 *
 * @param options coefficient: default 0.97.
 * @throws DTypeError when x is not floating-point; ShapeError for a scalar.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { preEmphasis } from '@cotangent/tensor/signal';
 * console.log(await preEmphasis(tensor([1, 1, 2]), { coefficient: 0.5 }).array()); // [1, 0.5, 1.5]
 * ```
 */
export function preEmphasis(x: Tensor, options: { readonly coefficient?: number } = {}): Tensor {
  checkFloat('preEmphasis', x);
  if (x.ndim === 0) throw new ShapeError('preEmphasis: got a scalar; expected a signal, [..., time].');
  const n = x.shape[x.ndim - 1]!;
  if (n === 0) return mul(x, 1);
  return sub(x, mul(pad(narrow(x, -1, 0, n - 1), [1, 0]), options.coefficient ?? 0.97));
}
