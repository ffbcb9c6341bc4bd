import { avgPool1d, type AvgPoolOptions, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { PoolNd } from './pool-nd';

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
export class AvgPool1d extends PoolNd {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | undefined;

  /** @param kernelSize the window: one number for all axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super('AvgPool1d', 1, kernelSize, options);
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride;
  }

  forward(x: Tensor): Tensor {
    checkInput('AvgPool1d', x);
    return avgPool1d(x, this.kernelSize, this);
  }
}
