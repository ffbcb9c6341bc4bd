import { adaptiveMaxPool2d, type Tensor, type ValuesAndIndices } from '@cotangent/tensor';
import { AdaptivePoolNd, type AdaptiveSize } from './adaptive-pool-nd';

/**
 * Maxima over windows chosen so that the output has the given height and width, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the maximum over the whole image.
 *
 * @example
 * ```ts
 * import { AdaptiveMaxPool2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveMaxPool2d(1).forward(ones([2, 64, 7, 9])).shape); // [2, 64, 1, 1]
 * ```
 */
export class AdaptiveMaxPool2d extends AdaptivePoolNd {
  /** @param outputSize one number for all axes, or [height, width], where null keeps the input's size. */
  constructor(outputSize: AdaptiveSize) {
    super('AdaptiveMaxPool2d', 2, (x, size) => adaptiveMaxPool2d(x, size).values, outputSize);
  }

  /** As `forward`, with the place (int32) of each maximum within the flattened spatial axes of the input. */
  forwardWithIndices(x: Tensor): ValuesAndIndices {
    this.check(x);
    return adaptiveMaxPool2d(x, this.outputSize);
  }
}
