import { gather, readOptions, where, type Tensor } from '@cotangent/tensor';
import { checkWeight, classAxis, classTargets, targetWeights } from './classes';
import { LossModule } from './loss-module';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface NLLLossOptions extends LossOptions {
  /** One factor per class. Default: all 1. */
  readonly weight?: Tensor;
  /** Targets of this value contribute nothing, neither to the sum nor to the divisor of the mean. Default -100. */
  readonly ignoreIndex?: number;
}

const NLL_LOSS_OPTIONS = ['weight', 'ignoreIndex', ...LOSS_OPTIONS] as const;

/**
 * The negative log-likelihood -weight[target] * input[target] of the target classes, as PyTorch's `nll_loss`. The mean is
 * weighted: it divides by the sum of the weights of the targets that count (NaN when none does).
 *
 * @param input log-probabilities, for example from `logSoftmax`: [classes], [batch, classes] or [batch, classes, ...].
 * @param target class indices, int32, of the same shape without the class axis.
 * @throws ShapeError or DTypeError when they do not fit; IndexError, when the value is computed, for a class out of range.
 * @example
 * ```ts
 * import { nllLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const logProbabilities = tensor([[0.25, 0.75]]).log();
 * console.log(await nllLoss(logProbabilities, tensor([1], { dtype: 'int32' })).item()); // 0.2876...
 * ```
 */
export function nllLoss(input: Tensor, target: Tensor, options: NLLLossOptions = {}): Tensor {
  const { weight, ignoreIndex = -100 } = readOptions('nllLoss', options, NLL_LOSS_OPTIONS);
  const axis = classAxis('nllLoss', input);
  checkWeight('nllLoss', weight, input, axis);
  const targets = classTargets('nllLoss', input, axis, target, ignoreIndex);
  const weights = targetWeights(weight, axis, input, targets);
  const picked = gather(input, axis, targets.index).neg();
  const losses = where(targets.used, weight ? picked.mul(weights) : picked, 0);
  return reduceLosses('nllLoss', losses.squeeze(axis), options, weights.squeeze(axis));
}

/**
 * `nllLoss` as a module.
 *
 * @example
 * ```ts
 * import { NLLLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new NLLLoss();
 * console.log(await loss.forward(tensor([[0.25, 0.75]]).log(), tensor([1], { dtype: 'int32' })).item()); // 0.2876...
 * ```
 */
export class NLLLoss extends LossModule<NLLLossOptions> {
  constructor(options: NLLLossOptions = {}) {
    super(readOptions('NLLLoss', options, NLL_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, this.options);
  }
}
