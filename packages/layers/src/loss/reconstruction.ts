import { ArgumentError, cast, readOptions, ShapeError, type Tensor } from '@cotangent/tensor';
import { binaryCrossEntropyWithLogits } from './binary-cross-entropy';
import { mseLoss } from './mse';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface ReconstructionLossOptions extends LossOptions {
  /**
   * What the data are: 'continuous' numbers are compared by squared error, 'binary' ones (0, 1 and shades between) by cross-entropy.
   * Default: binary for targets of dtype bool, else continuous.
   */
  readonly data?: 'continuous' | 'binary';
}

/**
 * How far a reconstruction is from what was put in: squared error for continuous data, binary cross-entropy for binary data, summed over
 * the elements of a sample. Its mean over the batch and `gaussianKl` together are the negative evidence lower bound of a variational
 * autoencoder, up to a constant (for continuous data with factor 1/2).
 *
 * @param input reconstructions [batch, ...]: numbers for continuous data, logits (before the sigmoid) for binary data.
 * @param target what was put in, of the same shape; of the same dtype or bool.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for another kind of data, or binary data outside [0, 1].
 * @example
 * ```ts
 * import { reconstructionLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await reconstructionLoss(tensor([[1, 2]]), tensor([[1, 4]])).item()); // 4
 * console.log(await reconstructionLoss(tensor([[0, 0]]), tensor([[true, false]])).item()); // 2 ln 2 = 1.3862...
 * ```
 */
export function reconstructionLoss(input: Tensor, target: Tensor, options: ReconstructionLossOptions = {}): Tensor {
  readOptions('reconstructionLoss', options, ['data', ...LOSS_OPTIONS]);
  const { data = target.dtype === 'bool' ? 'binary' : 'continuous' } = options;
  if (!['binary', 'continuous'].includes(data)) {
    throw new ArgumentError(`reconstructionLoss: data is '${data}'; expected 'continuous' or 'binary'.`);
  }
  const values = target.dtype === 'bool' ? cast(target, input.dtype) : target;
  const compare = data === 'binary' ? binaryCrossEntropyWithLogits : mseLoss;
  const losses = compare(input, values, { reduction: 'none' });
  if (losses.ndim === 0) throw new ShapeError('reconstructionLoss: the input is a scalar; expected [batch, ...].');
  const perSample = losses.ndim === 1 ? losses : losses.flatten(1).sum({ dim: 1 });
  return reduceLosses('reconstructionLoss', perSample, options);
}
