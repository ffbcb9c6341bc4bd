/** Focal losses: cross-entropy in which samples that are easy count little. Lin et al., "Focal Loss for Dense Object Detection", 2017. */
import {
  ArgumentError, clamp, expm1, gather, logSoftmax, mul, neg, pow, readOptions, sigmoid, softplus, sub, where, type Tensor,
} from '@cotangent/tensor';
import { checkProbability } from '../check';
import { checkWeight, classAxis, classTargets, targetWeights } from './classes';
import { LossModule } from './loss-module';
import { checkProbabilities } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface SigmoidFocalLossOptions extends LossOptions {
  /** Weight of the positive class, 1 - alpha that of the negative one; a negative number for no weights. Default 0.25. */
  readonly alpha?: number;
  /** How strongly easy samples are left out. Default 2; with 0 it is weighted cross-entropy. */
  readonly gamma?: number;
}

const SIGMOID_FOCAL_LOSS_OPTIONS = ['alpha', 'gamma', ...LOSS_OPTIONS] as const;

export interface FocalLossOptions extends LossOptions {
  /** How strongly easy samples are left out. Default 2; with 0 it is `crossEntropy`. */
  readonly gamma?: number;
  /** One factor per class (alpha). Default: all 1. */
  readonly weight?: Tensor;
  /** Targets of this value contribute nothing. Default -100. */
  readonly ignoreIndex?: number;
}

const FOCAL_LOSS_OPTIONS = ['gamma', 'weight', 'ignoreIndex', ...LOSS_OPTIONS] as const;

/**
 * alpha_t (1 - p_t)^gamma times the binary cross-entropy of sigmoid(input), where p_t is the probability of what is the case. As
 * torchvision's `sigmoid_focal_loss`, whose default reduction is 'none'; here it is 'mean', as everywhere.
 *
 * @param input logits, of any shape.
 * @param target from 0 to 1, of the same shape and dtype.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for alpha > 1, gamma < 0 or a target outside [0, 1].
 * @example
 * ```ts
 * import { sigmoidFocalLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await sigmoidFocalLoss(tensor([0]), tensor([1])).item()); // 0.25 * 0.5^2 * ln 2 = 0.0433...
 * ```
 */
export function sigmoidFocalLoss(input: Tensor, target: Tensor, options: SigmoidFocalLossOptions = {}): Tensor {
  const { alpha = 0.25 } = readOptions('sigmoidFocalLoss', options, SIGMOID_FOCAL_LOSS_OPTIONS);
  const gamma = checkGamma('sigmoidFocalLoss', options.gamma ?? 2);
  if (!(alpha < 0)) checkProbability('sigmoidFocalLoss', 'alpha', alpha);
  checkProbabilities('sigmoidFocalLoss', input, target);
  const missed = sub(1, target);
  const crossEntropy = mul(missed, input).add(softplus(neg(input)));
  // 1 - p_t without a difference of nearly equal numbers.
  const hardness = mul(sigmoid(input), missed).add(mul(sigmoid(neg(input)), target));
  const losses = mul(crossEntropy, modulation(hardness, gamma));
  const balanced = alpha < 0 ? losses : mul(losses, mul(target, 2 * alpha - 1).add(1 - alpha));
  return reduceLosses('sigmoidFocalLoss', balanced, options);
}

/**
 * (1 - p)^gamma times the cross-entropy -log p of the right class, over any number of classes. The mean divides as that of `crossEntropy`.
 *
 * @param input scores (logits): [classes], [batch, classes] or [batch, classes, ...].
 * @param target class indices, int32, of the same shape without the class axis.
 * @throws ShapeError, DTypeError or ArgumentError when something does not fit; IndexError for a class out of range.
 * @example
 * ```ts
 * import { focalLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await focalLoss(tensor([[0, 0]]), tensor([1], { dtype: 'int32' })).item()); // 0.5^2 * ln 2 = 0.1732...
 * ```
 */
export function focalLoss(input: Tensor, target: Tensor, options: FocalLossOptions = {}): Tensor {
  const { weight, ignoreIndex = -100 } = readOptions('focalLoss', options, FOCAL_LOSS_OPTIONS);
  const gamma = checkGamma('focalLoss', options.gamma ?? 2);
  const axis = classAxis('focalLoss', input);
  checkWeight('focalLoss', weight, input, axis);
  const targets = classTargets('focalLoss', input, axis, target, ignoreIndex);
  const logProbability = gather(logSoftmax(input, { dim: axis }), axis, targets.index);
  const weights = targetWeights(weight, axis, input, targets);
  const losses = mul(neg(logProbability), mul(modulation(neg(expm1(logProbability)), gamma), weights));
  return reduceLosses('focalLoss', where(targets.used, losses, 0).squeeze(axis), options, weights.squeeze(axis));
}

/** Below this a hardness counts as it, so that the slope of a power below 1 stays finite. */
const SMALLEST = 1e-30;

function modulation(hardness: Tensor, gamma: number): Tensor {
  return pow(gamma < 1 ? clamp(hardness, { min: SMALLEST }) : hardness, gamma);
}

function checkGamma(loss: string, gamma: number): number {
  if (!(gamma >= 0 && Number.isFinite(gamma))) throw new ArgumentError(`${loss}: gamma is ${gamma}; expected a finite number >= 0.`);
  return gamma;
}

/**
 * `sigmoidFocalLoss` as a module.
 *
 * @example
 * ```ts
 * import { SigmoidFocalLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new SigmoidFocalLoss({ alpha: -1 }).forward(tensor([0]), tensor([1])).item()); // 0.1732...
 * ```
 */
export class SigmoidFocalLoss extends LossModule<SigmoidFocalLossOptions> {
  constructor(options: SigmoidFocalLossOptions = {}) {
    super(readOptions('SigmoidFocalLoss', options, SIGMOID_FOCAL_LOSS_OPTIONS));
    checkGamma('SigmoidFocalLoss', options.gamma ?? 2);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return sigmoidFocalLoss(input, target, this.options);
  }
}

/**
 * `focalLoss` as a module.
 *
 * @example
 * ```ts
 * import { FocalLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new FocalLoss({ gamma: 0 });
 * console.log(await loss.forward(tensor([[0, 0]]), tensor([1], { dtype: 'int32' })).item()); // ln 2 = 0.6931...
 * ```
 */
export class FocalLoss extends LossModule<FocalLossOptions> {
  constructor(options: FocalLossOptions = {}) {
    super(readOptions('FocalLoss', options, FOCAL_LOSS_OPTIONS));
    checkGamma('FocalLoss', options.gamma ?? 2);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return focalLoss(input, target, this.options);
  }
}
