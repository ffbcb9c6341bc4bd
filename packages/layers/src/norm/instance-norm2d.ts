import { InstanceNormNd, type InstanceNormOptions } from './instance-norm-nd';

/**
 * Instance normalisation of images [batch, channels, height, width], or without batch: as `InstanceNorm1d`, over all places of
 * a channel of a sample.
 *
 * State: with `affine` (default false) `weight`, `bias` [channels]; with `trackRunningStats` (default false) `running_mean`,
 * `running_var` [channels] and `num_batches_tracked`.
 *
 * @example
 * ```ts
 * import { InstanceNorm2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new InstanceNorm2d(8).forward(ones([4, 8, 16, 16])).shape); // [4, 8, 16, 16]
 * ```
 */
export class InstanceNorm2d extends InstanceNormNd {
  /** @param numFeatures number of channels. */
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super('InstanceNorm2d', 'height, width', numFeatures, options);
  }
}
