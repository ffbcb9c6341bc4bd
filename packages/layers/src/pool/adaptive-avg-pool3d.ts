import { adaptiveAvgPool3d } from '@cotangent/tensor';
import { AdaptivePoolNd, type AdaptiveSize } from './adaptive-pool-nd';

/**
 * Means over windows chosen so that the output has the given depth, height and width, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the mean over the whole volume.
 *
 * @example
 * ```ts
 * import { AdaptiveAvgPool3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveAvgPool3d(1).forward(ones([2, 64, 3, 7, 9])).shape); // [2, 64, 1, 1, 1]
 * ```
 */
export class AdaptiveAvgPool3d extends AdaptivePoolNd {
  /** @param outputSize one number for all axes, or [depth, height, width], where null keeps the input's size. */
  constructor(outputSize: AdaptiveSize) {
    super('AdaptiveAvgPool3d', 3, adaptiveAvgPool3d, outputSize);
  }
}
