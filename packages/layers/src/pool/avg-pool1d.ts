import { avgPool1d, type AvgPoolOptions, type PerAxis } from '@cotangent/tensor';
import { AvgPoolNd } from './avg-pool-nd';

/**
 * The mean of each window of [batch, channels, length], or without batch. Windows are `stride` places apart, by default their
 * own size. Zeros of the padding count as elements unless `countIncludePad` is false.
 *
 * @example
 * ```ts
 * import { AvgPool1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AvgPool1d(2).forward(ones([1, 3, 8])).shape); // [1, 3, 4]
 * ```
 */
export class AvgPool1d extends AvgPoolNd {
  /** @param kernelSize the window: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super('AvgPool1d', 1, avgPool1d, kernelSize, options);
  }
}
