import { BatchNormNd, type BatchNormOptions } from './batch-norm-nd';

/**
 * Batch normalisation of [batch, features] or [batch, channels, length]: in training each feature (channel) z becomes
 * gamma (z - mean) / sqrt(variance + eps) + beta, with mean and biased variance over the batch (and length). Running averages of
 * the mean and of the unbiased variance, new = (1 - momentum) old + momentum batch, take their place in evaluation, so that a
 * sample's result does not depend on its neighbours. A bias before it is without effect: make that layer with `bias: false`.
 * Ioffe and Szegedy, "Batch Normalization", 2015.
 *
 * State: `weight` (gamma), `bias` (beta), `running_mean`, `running_var` [features], `num_batches_tracked` (int32 scalar).
 *
 * @example
 * ```ts
 * import { BatchNorm1d } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const layer = new BatchNorm1d(2);
 * await layer.forward(tensor([[1, 10], [3, 30]])).array(); // [[-1, -1], [1, 1]], nearly
 * console.log(await layer.running_mean!.array()); // [0.2, 2]
 * ```
 */
export class BatchNorm1d extends BatchNormNd {
  /** @param numFeatures size of axis 1. */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm1d', ['batch, C', 'batch, C, length'], numFeatures, options);
  }
}
