import { lpPool3d, type LPPoolOptions, type PerAxis } from '@cotangent/tensor';
import { LPPoolNd } from './lp-pool-nd';

/**
 * The norm (sum of x^p)^(1/p) of each window of [batch, channels, depth, height, width], or without batch: sums with p = 1, lengths with
 * p = 2, nearly maxima with a large even p. Windows are `stride` places apart, by default their own size.
 *
 * @example
 * ```ts
 * import { LPPool3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new LPPool3d(2, 2).forward(ones([1, 3, 8, 8, 8])).shape); // [1, 3, 4, 4, 4]
 * ```
 */
export class LPPool3d extends LPPoolNd {
  /**
   * @param normType p > 0.
   * @param kernelSize the window: one number for all axes, or one per axis.
   */
  constructor(normType: number, kernelSize: PerAxis, options: LPPoolOptions = {}) {
    super('LPPool3d', 3, lpPool3d, normType, kernelSize, options);
  }
}
