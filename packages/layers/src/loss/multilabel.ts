/** Losses where a sample belongs to several classes at once. */
import {
  any, arange, cast, cumprod, DTypeError, eq, gather, ge, IndexError, isInteger, logicalAnd, logicalNot, mul, neg, readOptions, relu,
  ShapeError, show, softplus, sub, where, type Tensor,
} from '@cotangent/tensor';
import { checkInput } from '../check';
import { LossModule } from './loss-module';
import { checkFactor, checkProbabilities, checkSameShape, knownElements } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface MultiLabelSoftMarginLossOptions extends LossOptions {
  /** One factor per class, or of any shape that broadcasts to the input's. Default: all 1. */
  readonly weight?: Tensor;
}

const MULTI_LABEL_SOFT_MARGIN_LOSS_OPTIONS = ['weight', ...LOSS_OPTIONS] as const;

/**
 * Hinges between every class that applies (j) and every class that does not (i), sum of max(0, 1 - (input[j] - input[i])) divided by the
 * number of classes, as PyTorch's `multilabel_margin_loss`.
 *
 * @param input scores [batch, classes] or [classes].
 * @param target the classes that apply, int32, of the shape of the input: indices from the left, ended by -1; what follows does not count.
 * @throws ShapeError or DTypeError when they do not fit; IndexError for a class out of range.
 * @example
 * ```ts
 * import { multilabelMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const classes = tensor([[3, 0, -1, 1]], { dtype: 'int32' });
 * console.log(await multilabelMarginLoss(tensor([[0.1, 0.2, 0.4, 0.8]]), classes).item()); // 0.85
 * ```
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const loss = 'multilabelMarginLoss';
  checkRows(loss, input);
  if (!isInteger(target.dtype)) {
    throw new DTypeError(`${loss}: the target is ${target.dtype}; expected lists of class indices as int32. Convert them: .cast('int32').`);
  }
  checkSameShape(loss, input, target, 'target');
  const classes = input.shape.at(-1)!;
  const wrong = knownElements(target)?.find((value) => value < -1 || value >= classes);
  if (wrong !== undefined) {
    throw new IndexError(`${loss}: the target ${wrong} is out of range; expected classes from 0 to ${classes - 1}, or -1 for the end.`);
  }
  const listed = eq(cumprod(cast(ge(target, 0), 'int32'), -1), 1);
  const index = where(listed, cast(target, 'int32'), 0);
  const [j, i] = [-1, -2]; // axes that are added: [batch, j, i]
  const applies = any(logicalAnd(eq(index.unsqueeze(j), arange(classes)), listed.unsqueeze(j)), { dim: -2 });
  const margins = relu(sub(1, sub(gather(input, input.ndim - 1, index).unsqueeze(j), input.unsqueeze(i))));
  const counts = logicalAnd(listed.unsqueeze(j), logicalNot(applies).unsqueeze(i));
  readOptions('multilabelMarginLoss', options, LOSS_OPTIONS);
  return reduceLosses(loss, where(counts, margins, 0).sum({ dim: [-2, -1] }).div(classes), options);
}

/**
 * Binary cross-entropy of each class on its own, averaged over the classes of a sample, as PyTorch's `multilabel_soft_margin_loss`. Exact
 * for scores of any size.
 *
 * @param input logits [..., classes].
 * @param target for each class whether it applies (0, 1 or between), of the same shape and dtype.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a target that is given as numbers outside [0, 1].
 * @example
 * ```ts
 * import { multilabelSoftMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await multilabelSoftMarginLoss(tensor([[0, 1000]]), tensor([[1, 1]])).item()); // ln 2 / 2 = 0.3465...
 * ```
 */
export function multilabelSoftMarginLoss(input: Tensor, target: Tensor, options: MultiLabelSoftMarginLossOptions = {}): Tensor {
  const loss = 'multilabelSoftMarginLoss';
  checkProbabilities(loss, input, target);
  if (input.ndim === 0) throw new ShapeError(`${loss}: the input is a scalar; expected [..., classes].`);
  checkFactor(loss, 'weight', readOptions('multilabelSoftMarginLoss', options, MULTI_LABEL_SOFT_MARGIN_LOSS_OPTIONS).weight, input);
  const losses = mul(target, softplus(neg(input))).add(mul(sub(1, target), softplus(input)));
  return reduceLosses(loss, (options.weight ? losses.mul(options.weight) : losses).mean({ dim: -1 }), options);
}

function checkRows(loss: string, input: Tensor): void {
  checkInput(loss, input);
  if (input.ndim < 1 || input.ndim > 2) {
    throw new ShapeError(`${loss}: the input has shape ${show(input.shape)}; expected [batch, classes] or [classes].`);
  }
}

/**
 * `multilabelMarginLoss` as a module.
 *
 * @example
 * ```ts
 * import { MultiLabelMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const classes = tensor([[1, -1]], { dtype: 'int32' });
 * console.log(await new MultiLabelMarginLoss().forward(tensor([[0, 0]]), classes).item()); // 0.5
 * ```
 */
export class MultiLabelMarginLoss extends LossModule {
  constructor(options: LossOptions = {}) {
    super(readOptions('MultiLabelMarginLoss', options, LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, this.options);
  }
}

/**
 * `multilabelSoftMarginLoss` as a module.
 *
 * @example
 * ```ts
 * import { MultiLabelSoftMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new MultiLabelSoftMarginLoss().forward(tensor([[0, 0]]), tensor([[1, 0]])).item()); // 0.6931...
 * ```
 */
export class MultiLabelSoftMarginLoss extends LossModule<MultiLabelSoftMarginLossOptions> {
  constructor(options: MultiLabelSoftMarginLossOptions = {}) {
    super(readOptions('MultiLabelSoftMarginLoss', options, MULTI_LABEL_SOFT_MARGIN_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, this.options);
  }
}
