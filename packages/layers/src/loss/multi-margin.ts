/** Hinge losses over classes: the score of the right class shall exceed every other by a margin. */
import { arange, ArgumentError, eq, gather, readOptions, relu, ShapeError, show, square, where, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { alignWeights, checkWeight, classIndices } from './classes';
import { LossModule } from './loss-module';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface MultiMarginLossOptions extends LossOptions {
  /** Power of each term, 1 (default) or 2. */
  readonly p?: 1 | 2;
  /** Default 1. */
  readonly margin?: number;
  /** One factor per class, that of the right class counts. The mean still divides by the number of samples. Default: all 1. */
  readonly weight?: Tensor;
}

const MULTI_MARGIN_LOSS_OPTIONS = ['p', 'margin', 'weight', ...LOSS_OPTIONS] as const;

/**
 * The multiclass hinge loss, sum over j != y of max(0, margin - input[y] + input[j])^p, divided by the number of classes, as PyTorch's
 * `multi_margin_loss`. `multiclassHingeLoss` is the same without that division.
 *
 * @param input scores [batch, classes] or [classes].
 * @param target class indices, int32, [batch] or a scalar.
 * @throws ShapeError, DTypeError or ArgumentError when something does not fit; IndexError for a class out of range.
 * @example
 * ```ts
 * import { multiMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = multiMarginLoss(tensor([[3.2, 5.1, -1.7]]), tensor([0], { dtype: 'int32' }));
 * console.log(await loss.item()); // 2.9 / 3 = 0.9666...
 * ```
 */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginLossOptions = {}): Tensor {
  const hinges = hingesOf('multiMarginLoss', input, target, readOptions('multiMarginLoss', options, MULTI_MARGIN_LOSS_OPTIONS));
  return reduceLosses('multiMarginLoss', hinges.div(input.shape.at(-1)!), options);
}

/**
 * The loss of the multiclass support vector machine, sum over j != y of max(0, input[j] - input[y] + margin)^p, by default its mean over
 * samples. Weston and Watkins, 1999; p = 2 makes it the squared hinge loss. The regularisation term is `weightPenalty`.
 *
 * @param input scores [batch, classes] or [classes].
 * @param target class indices, int32, [batch] or a scalar.
 * @throws ShapeError, DTypeError or ArgumentError when something does not fit; IndexError for a class out of range.
 * @example
 * ```ts
 * import { multiclassHingeLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = multiclassHingeLoss(tensor([[3.2, 5.1, -1.7]]), tensor([0], { dtype: 'int32' }));
 * console.log(await loss.item()); // max(0, 5.1 - 3.2 + 1) + max(0, -1.7 - 3.2 + 1) = 2.9
 * ```
 */
export function multiclassHingeLoss(input: Tensor, target: Tensor, options: MultiMarginLossOptions = {}): Tensor {
  readOptions('multiclassHingeLoss', options, MULTI_MARGIN_LOSS_OPTIONS);
  return reduceLosses('multiclassHingeLoss', hingesOf('multiclassHingeLoss', input, target, options), options);
}

/** The sum of hinges of each sample. */
function hingesOf(loss: string, input: Tensor, target: Tensor, options: MultiMarginLossOptions): Tensor {
  const { p = 1, margin = 1, weight } = options;
  checkPower(loss, p);
  checkInput(loss, input);
  if (input.ndim < 1 || input.ndim > 2) {
    throw new ShapeError(`${loss}: the input has shape ${show(input.shape)}; expected [batch, classes] or [classes].`);
  }
  const axis = input.ndim - 1;
  checkWeight(loss, weight, input, axis);
  const index = classIndices(loss, input, axis, target);
  const hinges = relu(input.sub(gather(input, axis, index)).add(margin));
  const own = eq(arange(input.shape[axis]!), index);
  const sums = where(own, 0, p === 2 ? square(hinges) : hinges).sum({ dim: axis });
  if (!weight) return sums;
  return sums.mul(gather(alignWeights(weight, axis, input.ndim).expand(...input.shape), axis, index).squeeze(axis));
}

function checkPower(loss: string, p: number): void {
  if (p !== 1 && p !== 2) throw new ArgumentError(`${loss}: p is ${p}; expected 1 or 2.`);
}

/**
 * `multiMarginLoss` as a module.
 *
 * @example
 * ```ts
 * import { MultiMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new MultiMarginLoss({ p: 2 });
 * console.log(await loss.forward(tensor([[1, 2]]), tensor([0], { dtype: 'int32' })).item()); // 2^2 / 2 = 2
 * ```
 */
export class MultiMarginLoss extends LossModule<MultiMarginLossOptions> {
  constructor(options: MultiMarginLossOptions = {}) {
    super(readOptions('MultiMarginLoss', options, MULTI_MARGIN_LOSS_OPTIONS));
    checkPower('MultiMarginLoss', options.p ?? 1);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(input, target, this.options);
  }
}

/**
 * `multiclassHingeLoss` as a module.
 *
 * @example
 * ```ts
 * import { MulticlassHingeLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new MulticlassHingeLoss({ p: 2 });
 * console.log(await loss.forward(tensor([[1, 2]]), tensor([0], { dtype: 'int32' })).item()); // 2^2 = 4
 * ```
 */
export class MulticlassHingeLoss extends LossModule<MultiMarginLossOptions> {
  constructor(options: MultiMarginLossOptions = {}) {
    super(readOptions('MulticlassHingeLoss', options, MULTI_MARGIN_LOSS_OPTIONS));
    checkPower('MulticlassHingeLoss', options.p ?? 1);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multiclassHingeLoss(input, target, this.options);
  }
}
