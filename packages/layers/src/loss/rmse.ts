import { eq, readOptions, sqrt, where, type Tensor } from '@cotangent/tensor';
import { Module } from '../module';
import { mseLoss } from './mse';
import type { LossOptions } from './reduction';

/** There is one root, of the mean over everything: a mean of roots would be the absolute error. */
export type RMSELossOptions = Omit<LossOptions, 'reduction'>;

const RMSE_LOSS_OPTIONS = ['sampleWeight'] as const;

/**
 * The root of the mean squared error. Its gradient, error / (n * loss), does not exist where every error is 0; it is 0 there.
 *
 * @param target of the same shape and dtype as the input.
 * @throws ShapeError or DTypeError when they differ.
 * @example
 * ```ts
 * import { rmseLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await rmseLoss(tensor([1, 2]), tensor([4, 6])).item()); // 3.5355...
 * ```
 */
export function rmseLoss(input: Tensor, target: Tensor, options: RMSELossOptions = {}): Tensor {
  const mean = mseLoss(input, target, { ...readOptions('rmseLoss', options, RMSE_LOSS_OPTIONS), reduction: 'mean' });
  const perfect = eq(mean, 0);
  return where(perfect, 0, sqrt(where(perfect, 1, mean)));
}

/**
 * `rmseLoss` as a module.
 *
 * @example
 * ```ts
 * import { RMSELoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new RMSELoss().forward(tensor([1, 2]), tensor([4, 6])).item()); // 3.5355...
 * ```
 */
export class RMSELoss extends Module {
  readonly options: RMSELossOptions;

  constructor(options: RMSELossOptions = {}) {
    super();
    this.options = readOptions('RMSELoss', options, RMSE_LOSS_OPTIONS);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return rmseLoss(input, target, this.options);
  }
}
