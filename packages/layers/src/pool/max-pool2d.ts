import { maxPool2d, maxPool2dWithIndices, type MaxPoolOptions, type PerAxis } from '@cotangent/tensor';
import { MaxPoolNd } from './max-pool-nd';

/**
 * The largest element of each window of [batch, channels, height, width], or without batch. Windows are `stride` places apart, by
 * default their own size, so that they do not overlap. The gradient goes to the largest element only (the first one of equals).
 *
 * @example
 * ```ts
 * import { MaxPool2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new MaxPool2d(2).forward(ones([1, 3, 8, 8])).shape); // [1, 3, 4, 4]
 * ```
 */
export class MaxPool2d extends MaxPoolNd {
  /** @param kernelSize the window: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super('MaxPool2d', 2, { values: maxPool2d, both: maxPool2dWithIndices }, kernelSize, options);
  }
}
