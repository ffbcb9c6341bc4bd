import { BatchNormNd, type BatchNormOptions } from './batch-norm-nd';

/**
 * Batch normalisation of volumes or films [batch, channels, depth, height, width]: as `BatchNorm2d`, with one mean and variance per
 * channel over batch and all places.
 *
 * State: `weight` (gamma), `bias` (beta), `running_mean`, `running_var` [channels], `num_batches_tracked` (int32 scalar).
 *
 * @example
 * ```ts
 * import { BatchNorm3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new BatchNorm3d(8).forward(ones([2, 8, 4, 16, 16])).shape); // [2, 8, 4, 16, 16]
 * ```
 */
export class BatchNorm3d extends BatchNormNd {
  /** @param numFeatures number of channels. */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm3d', ['batch, C, depth, height, width'], numFeatures, options);
  }
}
