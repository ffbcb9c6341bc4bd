import { adaptiveAvgPool1d } from '@cotangent/tensor';
import { AdaptivePoolNd, type AdaptiveSize } from './adaptive-pool-nd';

/**
 * Means over windows chosen so that the output has the given length, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the mean over the whole sequence.
 *
 * @example
 * ```ts
 * import { AdaptiveAvgPool1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveAvgPool1d(1).forward(ones([2, 64, 7])).shape); // [2, 64, 1]
 * ```
 */
export class AdaptiveAvgPool1d extends AdaptivePoolNd {
  /** @param outputSize one number for all axes, or [length], where null keeps the input's size. */
  constructor(outputSize: AdaptiveSize) {
    super('AdaptiveAvgPool1d', 1, adaptiveAvgPool1d, outputSize);
  }
}
