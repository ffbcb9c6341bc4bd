import { adaptiveMaxPool3d, type Tensor, type ValuesAndIndices } from '@cotangent/tensor';
import { AdaptivePoolNd, type AdaptiveSize } from './adaptive-pool-nd';

/**
 * Maxima over windows chosen so that the output has the given depth, height and width, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the maximum over the whole volume.
 *
 * @example
 * ```ts
 * import { AdaptiveMaxPool3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveMaxPool3d(1).forward(ones([2, 64, 3, 7, 9])).shape); // [2, 64, 1, 1, 1]
 * ```
 */
export class AdaptiveMaxPool3d extends AdaptivePoolNd {
  /** @param outputSize one number for all axes, or [depth, height, width], where null keeps the input's size. */
  constructor(outputSize: AdaptiveSize) {
    super('AdaptiveMaxPool3d', 3, (x, size) => adaptiveMaxPool3d(x, size).values, outputSize);
  }

  /** As `forward`, with the place (int32) of each maximum within the flattened spatial axes of the input. */
  forwardWithIndices(x: Tensor): ValuesAndIndices {
    this.check(x);
    return adaptiveMaxPool3d(x, this.outputSize);
  }
}
