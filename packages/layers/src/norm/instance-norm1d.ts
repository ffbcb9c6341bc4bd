import { InstanceNormNd, type InstanceNormOptions } from './instance-norm-nd';

/**
 * Instance normalisation of sequences [batch, channels, length], or without batch: each channel of each sample is shifted and
 * scaled to mean 0 and variance 1 over its places, (z - mean) / sqrt(variance + eps), with the biased variance. The same in training
 * and evaluation, unless running statistics are kept, which take over in evaluation. Ulyanov, Vedaldi and Lempitsky, "Instance
 * normalization: the missing ingredient for fast stylization", 2016.
 *
 * State: with `affine` (default false) `weight`, `bias` [channels]; with `trackRunningStats` (default false) `running_mean`,
 * `running_var` [channels] and `num_batches_tracked`.
 *
 * @example
 * ```ts
 * import { InstanceNorm1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new InstanceNorm1d(8).forward(ones([4, 8, 16])).shape); // [4, 8, 16]
 * ```
 */
export class InstanceNorm1d extends InstanceNormNd {
  /** @param numFeatures number of channels. */
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super('InstanceNorm1d', 'length', numFeatures, options);
  }
}
