import { InstanceNormNd, type InstanceNormOptions } from './instance-norm-nd';

/**
 * Instance normalisation of volumes or films [batch, channels, depth, height, width], or without batch: as `InstanceNorm1d`, over all
 * places of a channel of a sample.
 *
 * State: with `affine` (default false) `weight`, `bias` [channels]; with `trackRunningStats` (default false) `running_mean`,
 * `running_var` [channels] and `num_batches_tracked`.
 *
 * @example
 * ```ts
 * import { InstanceNorm3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new InstanceNorm3d(8).forward(ones([2, 8, 4, 16, 16])).shape); // [2, 8, 4, 16, 16]
 * ```
 */
export class InstanceNorm3d extends InstanceNormNd {
  /** @param numFeatures number of channels. */
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super('InstanceNorm3d', 'depth, height, width', numFeatures, options);
  }
}
