import {
  add, ArgumentError, clamp, div, log, readOptions, sameShape, ShapeError, show, square, stopGradient, sub, type Tensor,
} from '@cotangent/tensor';
import { checkInput } from '../check';
import { LossModule } from './loss-module';
import { checkPair, knownElements } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface GaussianNLLLossOptions extends LossOptions {
  /** Whether to add the constant log(2 pi) / 2. Default false. */
  readonly full?: boolean;
  /** Variances count as at least this. Default 1e-6. */
  readonly eps?: number;
}

const GAUSSIAN_NLL_LOSS_OPTIONS = ['full', 'eps', ...LOSS_OPTIONS] as const;

/**
 * The negative log-likelihood of targets under normal distributions, (log var + (input - target)^2 / var) / 2. Variances below `eps` are
 * raised to it; their gradient is that of the raised value, as in PyTorch. Nix and Weigend, 1994.
 *
 * @param input means, of any shape.
 * @param target of the same shape and dtype.
 * @param variance of the same shape, or without the last axis, or with size 1 there: then one variance for each row.
 * @throws ShapeError or DTypeError when they do not fit; ArgumentError for a variance that is given as a negative number.
 * @example
 * ```ts
 * import { gaussianNllLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await gaussianNllLoss(tensor([1, 2]), tensor([1, 4]), tensor([1, 4])).item()); // (0 + (ln 4 + 1) / 2) / 2 = 0.5965...
 * ```
 */
export function gaussianNllLoss(input: Tensor, target: Tensor, variance: Tensor, options: GaussianNLLLossOptions = {}): Tensor {
  const { full = false, eps = 1e-6 } = readOptions('gaussianNllLoss', options, GAUSSIAN_NLL_LOSS_OPTIONS);
  checkPair('gaussianNllLoss', input, target);
  const given = alignVariance(input, variance);
  const negative = knownElements(variance)?.find((value) => value < 0);
  if (negative !== undefined) throw new ArgumentError(`gaussianNllLoss: the variance has an element ${negative}; expected numbers >= 0.`);
  const raised = add(given, stopGradient(sub(clamp(given, { min: eps }), given)));
  const losses = log(raised).add(div(square(sub(input, target)), raised)).mul(0.5);
  return reduceLosses('gaussianNllLoss', full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, options);
}

/** The variance with as many axes as the input. */
function alignVariance(input: Tensor, variance: Tensor): Tensor {
  checkInput('gaussianNllLoss (variance)', variance, input.dtype);
  const rows = input.shape.slice(0, -1);
  if (sameShape(variance.shape, input.shape) || sameShape(variance.shape, [...rows, 1])) return variance;
  if (input.ndim > 0 && sameShape(variance.shape, rows)) return variance.unsqueeze(-1);
  throw new ShapeError(
    `gaussianNllLoss: the variance has shape ${show(variance.shape)}; expected ${show(input.shape)}, ${show([...rows, 1])} or ` +
      `${show(rows)} for an input of shape ${show(input.shape)}.`,
  );
}

/**
 * `gaussianNllLoss` as a module.
 *
 * @example
 * ```ts
 * import { GaussianNLLLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new GaussianNLLLoss({ full: true });
 * console.log(await loss.forward(tensor([0]), tensor([1]), tensor([1])).item()); // (1 + ln 2 pi) / 2 = 1.4189...
 * ```
 */
export class GaussianNLLLoss extends LossModule<GaussianNLLLossOptions> {
  constructor(options: GaussianNLLLossOptions = {}) {
    super(readOptions('GaussianNLLLoss', options, GAUSSIAN_NLL_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, variance, this.options);
  }
}
