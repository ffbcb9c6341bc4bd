import { adaptiveAvgPool2d } from '@cotangent/tensor';
import { AdaptivePoolNd, type AdaptiveSize } from './adaptive-pool-nd';

/**
 * Means over windows chosen so that the output has the given height and width, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the mean over the whole image.
 *
 * @example
 * ```ts
 * import { AdaptiveAvgPool2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveAvgPool2d(1).forward(ones([2, 64, 7, 9])).shape); // [2, 64, 1, 1]
 * ```
 */
export class AdaptiveAvgPool2d extends AdaptivePoolNd {
  /** @param outputSize one number for all axes, or [height, width], where null keeps the input's size. */
  constructor(outputSize: AdaptiveSize) {
    super('AdaptiveAvgPool2d', 2, adaptiveAvgPool2d, outputSize);
  }
}
