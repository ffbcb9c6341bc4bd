import { adaptiveMaxPool1d, type Tensor, type ValuesAndIndices } from '@cotangent/tensor';
import { AdaptivePoolNd, type AdaptiveSize } from './adaptive-pool-nd';

/**
 * Maxima over windows chosen so that the output has the given length, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the maximum over the whole sequence.
 *
 * @example
 * ```ts
 * import { AdaptiveMaxPool1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveMaxPool1d(1).forward(ones([2, 64, 7])).shape); // [2, 64, 1]
 * ```
 */
export class AdaptiveMaxPool1d extends AdaptivePoolNd {
  /** @param outputSize one number for all axes, or [length], where null keeps the input's size. */
  constructor(outputSize: AdaptiveSize) {
    super('AdaptiveMaxPool1d', 1, (x, size) => adaptiveMaxPool1d(x, size).values, outputSize);
  }

  /** As `forward`, with the place (int32) of each maximum within the flattened spatial axes of the input. */
  forwardWithIndices(x: Tensor): ValuesAndIndices {
    this.check(x);
    return adaptiveMaxPool1d(x, this.outputSize);
  }
}
