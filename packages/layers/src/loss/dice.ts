import { ArgumentError, div, mul, readOptions, ShapeError, square, sub, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkProbabilities } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface DiceLossOptions extends LossOptions {
  /** Added above and below, so that two empty masks agree. Default 1. */
  readonly smooth?: number;
  /** Whether the sums below are of squares, as in V-Net. Default false. */
  readonly squared?: boolean;
}

const DICE_LOSS_OPTIONS = ['smooth', 'squared', ...LOSS_OPTIONS] as const;

/**
 * 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth) of each sample: how little a mask overlaps with the true one, whatever their
 * size. Milletari et al., "V-Net", 2016.
 *
 * @param input probabilities [batch, ...], for example of a sigmoid.
 * @param target true masks from 0 to 1, of the same shape and dtype. For several classes one-hot, [batch, classes, ...].
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a target that is given as numbers outside [0, 1].
 * @example
 * ```ts
 * import { diceLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await diceLoss(tensor([[1, 1, 0]]), tensor([[1, 0, 0]]), { smooth: 0 }).item()); // 1 - 2/3
 * ```
 */
export function diceLoss(input: Tensor, target: Tensor, options: DiceLossOptions = {}): Tensor {
  const { smooth = 1, squared = false } = readOptions('diceLoss', options, DICE_LOSS_OPTIONS);
  if (!(smooth >= 0)) throw new ArgumentError(`diceLoss: smooth is ${smooth}; expected a number >= 0.`);
  checkProbabilities('diceLoss', input, target);
  if (input.ndim < 2) throw new ShapeError('diceLoss: the input has no axes beside the batch; expected [batch, ...]. Use .unsqueeze(0).');
  const perSample = (x: Tensor): Tensor => x.flatten(1).sum({ dim: 1 });
  const [p, t] = squared ? [square(input), square(target)] : [input, target];
  const overlap = perSample(mul(input, target)).mul(2).add(smooth);
  return reduceLosses('diceLoss', sub(1, div(overlap, perSample(p).add(perSample(t)).add(smooth))), options);
}

/**
 * `diceLoss` as a module.
 *
 * @example
 * ```ts
 * import { DiceLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new DiceLoss().forward(tensor([[0, 0]]), tensor([[0, 0]])).item()); // 0
 * ```
 */
export class DiceLoss extends LossModule<DiceLossOptions> {
  constructor(options: DiceLossOptions = {}) {
    super(readOptions('DiceLoss', options, DICE_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return diceLoss(input, target, this.options);
  }
}
