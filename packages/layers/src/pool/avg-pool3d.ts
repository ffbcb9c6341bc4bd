import { avgPool3d, type AvgPoolOptions, type PerAxis } from '@cotangent/tensor';
import { AvgPoolNd } from './avg-pool-nd';

/**
 * The mean of each window of [batch, channels, depth, height, width], or without batch. Windows are `stride` places apart, by default their
 * own size. Zeros of the padding count as elements unless `countIncludePad` is false.
 *
 * @example
 * ```ts
 * import { AvgPool3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AvgPool3d(2).forward(ones([1, 3, 8, 8, 8])).shape); // [1, 3, 4, 4, 4]
 * ```
 */
export class AvgPool3d extends AvgPoolNd {
  /** @param kernelSize the window: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super('AvgPool3d', 3, avgPool3d, kernelSize, options);
  }
}
