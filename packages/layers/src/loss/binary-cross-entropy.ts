/** Cross-entropy of yes or no, from probabilities or from logits. */
import { clamp, customGradient, div, log, log1p, mul, neg, readOptions, softplus, sub, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkFactor, checkProbabilities } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface BCELossOptions extends LossOptions {
  /** A factor for each element, of a shape that broadcasts to the input's. The mean still divides by the number of elements. */
  readonly weight?: Tensor;
}

const BCE_LOSS_OPTIONS = ['weight', ...LOSS_OPTIONS] as const;

export interface BCEWithLogitsLossOptions extends BCELossOptions {
  /** Multiplies the part of the positive class, for example negatives / positives; broadcasts to the input's shape. Default 1. */
  readonly posWeight?: Tensor;
}

const BCE_WITH_LOGITS_LOSS_OPTIONS = ['posWeight', 'weight', ...LOSS_OPTIONS] as const;

/** As in PyTorch: logarithms end at -100, and the slope of the loss at 1e12, so that p = 0 and p = 1 stay finite. */
const LOG_END = -100;
const PRODUCT_END = 1e-12;

/** -(t log p + (1 - t) log(1 - p)), with a gradient that does not multiply 0 by infinity at the ends. */
function crossEntropyOfProbabilities(probabilities: Tensor, target: Tensor): Tensor {
  const logs = (p: Tensor): [yes: Tensor, no: Tensor] => [clamp(log(p), { min: LOG_END }), clamp(log1p(neg(p)), { min: LOG_END })];
  const loss = customGradient(
    (p, t) => {
      const [yes, no] = logs(p);
      return neg(mul(t, yes).add(mul(sub(1, t), no)));
    },
    (grad, [p, t]) => {
      const slope = div(sub(p!, t!), clamp(mul(p!, sub(1, p!)), { min: PRODUCT_END }));
      const [yes, no] = logs(p!);
      return [mul(grad, slope), mul(grad, sub(no, yes))];
    },
  );
  return loss(probabilities, target);
}

/**
 * Cross-entropy of probabilities against targets from 0 to 1, -(t log p + (1 - t) log(1 - p)), as PyTorch's `binary_cross_entropy`.
 * Finite at p = 0 and p = 1, where the logarithm counts as -100. A probability outside [0, 1] gives NaN. From scores,
 * `binaryCrossEntropyWithLogits` is more exact.
 *
 * @param input probabilities p, of any shape.
 * @param target of the same shape and dtype.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a target that is given as numbers outside [0, 1].
 * @example
 * ```ts
 * import { binaryCrossEntropy } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await binaryCrossEntropy(tensor([0.9, 0.2]), tensor([1, 0])).item()); // 0.1642...
 * ```
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: BCELossOptions = {}): Tensor {
  readOptions('binaryCrossEntropy', options, BCE_LOSS_OPTIONS);
  checkProbabilities('binaryCrossEntropy', input, target);
  checkFactor('binaryCrossEntropy', 'weight', options.weight, input);
  const losses = crossEntropyOfProbabilities(input, target);
  return reduceLosses('binaryCrossEntropy', options.weight ? losses.mul(options.weight) : losses, options);
}

/**
 * `binaryCrossEntropy` of sigmoid(input), exact for logits of any size. With posWeight w: -(w t log p + (1 - t) log(1 - p)). The
 * gradient of an element is p - t.
 *
 * @param input logits (scores before the sigmoid), of any shape.
 * @param target from 0 to 1, of the same shape and dtype.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a target that is given as numbers outside [0, 1].
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const losses = binaryCrossEntropyWithLogits(tensor([-1000, 1000]), tensor([1, 1]), { reduction: 'none' });
 * console.log(await losses.array()); // [1000, 0]
 * ```
 */
export function binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, options: BCEWithLogitsLossOptions = {}): Tensor {
  const { weight, posWeight } = readOptions('binaryCrossEntropyWithLogits', options, BCE_WITH_LOGITS_LOSS_OPTIONS);
  checkProbabilities('binaryCrossEntropyWithLogits', input, target);
  checkFactor('binaryCrossEntropyWithLogits', 'weight', weight, input);
  checkFactor('binaryCrossEntropyWithLogits', 'posWeight', posWeight, input);
  const missed = softplus(neg(input)); // -log p
  const factor = posWeight ? mul(sub(posWeight, 1), target).add(1) : undefined;
  const losses = mul(sub(1, target), input).add(factor ? mul(factor, missed) : missed);
  return reduceLosses('binaryCrossEntropyWithLogits', weight ? losses.mul(weight) : losses, options);
}

/**
 * `binaryCrossEntropy` as a module.
 *
 * @example
 * ```ts
 * import { BCELoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new BCELoss().forward(tensor([0.9, 0.2]), tensor([1, 0])).item()); // 0.1642...
 * ```
 */
export class BCELoss extends LossModule<BCELossOptions> {
  constructor(options: BCELossOptions = {}) {
    super(readOptions('BCELoss', options, BCE_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, this.options);
  }
}

/**
 * `binaryCrossEntropyWithLogits` as a module.
 *
 * @example
 * ```ts
 * import { BCEWithLogitsLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new BCEWithLogitsLoss({ posWeight: tensor(3) });
 * console.log(await loss.forward(tensor([0, 0]), tensor([1, 0])).item()); // (3 + 1) / 2 * ln 2 = 1.3862...
 * ```
 */
export class BCEWithLogitsLoss extends LossModule<BCEWithLogitsLossOptions> {
  constructor(options: BCEWithLogitsLossOptions = {}) {
    super(readOptions('BCEWithLogitsLoss', options, BCE_WITH_LOGITS_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(input, target, this.options);
  }
}
