import { maxUnpool3d, type PerAxis } from '@cotangent/tensor';
import { MaxUnpoolNd, type MaxUnpoolLayerOptions } from './max-unpool-nd';

/**
 * The partial inverse of `MaxPool3d`: every value of [batch, channels, depth, height, width] (batch optional) goes back to the place its
 * maximum came from, all other places are 0.
 *
 * @example
 * ```ts
 * import { MaxPool3d, MaxUnpool3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const { values, indices } = new MaxPool3d(2).forwardWithIndices(ones([1, 3, 8, 8, 8]));
 * console.log(new MaxUnpool3d(2).forward(values, indices).shape); // [1, 3, 8, 8, 8]
 * ```
 */
export class MaxUnpool3d extends MaxUnpoolNd {
  /** @param kernelSize the window of the pooling: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: MaxUnpoolLayerOptions = {}) {
    super('MaxUnpool3d', 3, maxUnpool3d, kernelSize, options);
  }
}
