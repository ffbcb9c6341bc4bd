import { maxPool1d, type MaxPoolOptions, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPerAxis } from '../check';
import { PoolNd } from './pool-nd';

/**
 * The largest element of each window of [batch, channels, length], or without batch. Windows are `stride` places apart, by
 * default their own size, so that they do not overlap. The gradient goes to the largest element only (the first one of equals).
 *
 * @example
 * ```ts
 * import { MaxPool1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new MaxPool1d(2).forward(ones([1, 3, 8])).shape); // [1, 3, 4]
 * ```
 */
export class MaxPool1d extends PoolNd {
  readonly dilation: readonly number[];

  /** @param kernelSize the window: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super('MaxPool1d', 1, kernelSize, options);
    this.dilation = checkPerAxis('MaxPool1d', 'dilation', options.dilation ?? 1, 1, 1);
  }

  forward(x: Tensor): Tensor {
    checkInput('MaxPool1d', x);
    return maxPool1d(x, this.kernelSize, this);
  }
}
