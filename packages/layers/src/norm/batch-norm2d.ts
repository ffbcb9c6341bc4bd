import { BatchNormNd, type BatchNormOptions } from './batch-norm-nd';

/**
 * Batch normalisation of images [batch, channels, height, width]: as `BatchNorm1d`, with one mean and variance per channel over
 * batch, height and width, because a convolution treats all places alike.
 *
 * State: `weight` (gamma), `bias` (beta), `running_mean`, `running_var` [channels], `num_batches_tracked` (int32 scalar).
 *
 * @example
 * ```ts
 * import { BatchNorm2d, Conv2d, ReLU, Sequential } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const block = new Sequential(new Conv2d(3, 8, 3, { padding: 1, bias: false }), new BatchNorm2d(8), new ReLU());
 * console.log(block.forward(ones([4, 3, 16, 16])).shape); // [4, 8, 16, 16]
 * ```
 */
export class BatchNorm2d extends BatchNormNd {
  /** @param numFeatures number of channels. */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm2d', ['batch, C, height, width'], numFeatures, options);
  }
}
