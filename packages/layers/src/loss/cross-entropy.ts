import { gather, logSoftmax, readOptions, sameShape, ShapeError, show, where, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { alignWeights, checkSmoothing, checkWeight, classAxis, classTargets, isProbabilities, targetWeights } from './classes';
import { LossModule } from './loss-module';
import { checkKnownProbabilities } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface CrossEntropyOptions extends LossOptions {
  /** One factor per class. Default: all 1. */
  readonly weight?: Tensor;
  /** Targets of this value contribute nothing, neither to the sum nor to the divisor of the mean. Default -100. */
  readonly ignoreIndex?: number;
  /** Share of the target that is spread evenly over all classes, from 0 (default) to 1. Szegedy et al., 2015. */
  readonly labelSmoothing?: number;
}

const CROSS_ENTROPY_OPTIONS = ['weight', 'ignoreIndex', 'labelSmoothing', ...LOSS_OPTIONS] as const;

/**
 * Cross-entropy between scores and targets, -sum over classes of target * log(softmax(scores)), as PyTorch's `cross_entropy`.
 * The softmax is part of it: give it scores (logits), not probabilities. The gradient of one sample is softmax(scores) - target.
 *
 * With class indices the mean is weighted: it divides by the sum of the weights of the targets that count (NaN when none does).
 * With probabilities it divides by the number of samples, and `ignoreIndex` does not apply.
 *
 * @param input scores: [classes], [batch, classes] or [batch, classes, ...].
 * @param target class indices, int32, of the same shape without the class axis; or probabilities of the shape of the input.
 * @throws ShapeError or DTypeError when they do not fit; IndexError, when the value is computed, for a class out of range.
 * @example
 * ```ts
 * import { crossEntropy } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const scores = tensor([[3.2, 5.1, -1.7]]);
 * console.log(await crossEntropy(scores, tensor([0], { dtype: 'int32' })).item()); // 2.0403...
 * ```
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight, ignoreIndex = -100, labelSmoothing = 0 } = readOptions('crossEntropy', options, CROSS_ENTROPY_OPTIONS);
  checkSmoothing('crossEntropy', labelSmoothing);
  const axis = classAxis('crossEntropy', input);
  checkWeight('crossEntropy', weight, input, axis);
  const logProbabilities = logSoftmax(input, { dim: axis });
  const weighted = weight ? logProbabilities.mul(alignWeights(weight, axis, input.ndim)) : logProbabilities;
  const smooth = labelSmoothing / input.shape[axis]!;

  if (isProbabilities(target)) {
    checkInput('crossEntropy (target)', target, input.dtype);
    if (!sameShape(input.shape, target.shape)) {
      throw new ShapeError(
        `crossEntropy: the input has shape ${show(input.shape)} and the probabilities ${show(target.shape)}; they must be equal. ` +
          "Class indices must be int32: .cast('int32').",
      );
    }
    checkKnownProbabilities('crossEntropy', target);
    const smoothed = labelSmoothing === 0 ? target : target.mul(1 - labelSmoothing).add(smooth);
    return reduceLosses('crossEntropy', weighted.mul(smoothed).sum({ dim: axis }).neg(), options);
  }

  const targets = classTargets('crossEntropy', input, axis, target, ignoreIndex);
  const picked = gather(weighted, axis, targets.index).neg();
  const all =
    labelSmoothing === 0 ? picked : picked.mul(1 - labelSmoothing).sub(weighted.sum({ dim: axis, keepdim: true }).mul(smooth));
  const losses = where(targets.used, all, 0).squeeze(axis);
  return reduceLosses('crossEntropy', losses, options, targetWeights(weight, axis, input, targets).squeeze(axis));
}

/**
 * `crossEntropy` as a module.
 *
 * @example
 * ```ts
 * import { CrossEntropyLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new CrossEntropyLoss({ labelSmoothing: 0.1 });
 * console.log(await loss.forward(tensor([[2, 0]]), tensor([0], { dtype: 'int32' })).item()); // 0.2269...
 * ```
 */
export class CrossEntropyLoss extends LossModule<CrossEntropyOptions> {
  constructor(options: CrossEntropyOptions = {}) {
    super(readOptions('CrossEntropyLoss', options, CROSS_ENTROPY_OPTIONS));
    checkSmoothing('CrossEntropyLoss', options.labelSmoothing ?? 0);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this.options);
  }
}
