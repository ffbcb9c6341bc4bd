import { maxUnpool1d, type PerAxis } from '@cotangent/tensor';
import { MaxUnpoolNd, type MaxUnpoolLayerOptions } from './max-unpool-nd';

/**
 * The partial inverse of `MaxPool1d`: every value of [batch, channels, length] (batch optional) goes back to the place its
 * maximum came from, all other places are 0.
 *
 * @example
 * ```ts
 * import { MaxPool1d, MaxUnpool1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const { values, indices } = new MaxPool1d(2).forwardWithIndices(ones([1, 3, 8]));
 * console.log(new MaxUnpool1d(2).forward(values, indices).shape); // [1, 3, 8]
 * ```
 */
export class MaxUnpool1d extends MaxUnpoolNd {
  /** @param kernelSize the window of the pooling: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: MaxUnpoolLayerOptions = {}) {
    super('MaxUnpool1d', 1, maxUnpool1d, kernelSize, options);
  }
}
