import { maxUnpool2d, type PerAxis } from '@cotangent/tensor';
import { MaxUnpoolNd, type MaxUnpoolLayerOptions } from './max-unpool-nd';

/**
 * The partial inverse of `MaxPool2d`: every value of [batch, channels, height, width] (batch optional) goes back to the place its
 * maximum came from, all other places are 0.
 *
 * @example
 * ```ts
 * import { MaxPool2d, MaxUnpool2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const { values, indices } = new MaxPool2d(2).forwardWithIndices(ones([1, 3, 8, 8]));
 * console.log(new MaxUnpool2d(2).forward(values, indices).shape); // [1, 3, 8, 8]
 * ```
 */
export class MaxUnpool2d extends MaxUnpoolNd {
  /** @param kernelSize the window of the pooling: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: MaxUnpoolLayerOptions = {}) {
    super('MaxUnpool2d', 2, maxUnpool2d, kernelSize, options);
  }
}
