import { readOptions, sub, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkPair } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface MSELossOptions extends LossOptions {
  /** Multiplies every squared error. Default 1, as in PyTorch; 0.5 makes the derivative of an element's loss the error itself. */
  readonly factor?: number;
}

const MSE_LOSS_OPTIONS = ['factor', ...LOSS_OPTIONS] as const;

/**
 * The squared error factor * (input - target)^2 of each element, by default its mean.
 *
 * @param target of the same shape and dtype as the input: nothing is broadcast, because [n, 1] against [n] would silently
 *   compare every element with every other.
 * @throws ShapeError or DTypeError when they differ.
 * @example
 * ```ts
 * import { mseLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await mseLoss(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export function mseLoss(input: Tensor, target: Tensor, options: MSELossOptions = {}): Tensor {
  const { factor = 1 } = readOptions('mseLoss', options, MSE_LOSS_OPTIONS);
  checkPair('mseLoss', input, target);
  const squares = sub(input, target).square();
  return reduceLosses('mseLoss', factor === 1 ? squares : squares.mul(factor), options);
}

/**
 * `mseLoss` as a module.
 *
 * @example
 * ```ts
 * import { MSELoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new MSELoss({ reduction: 'sum' }).forward(tensor([1, 2]), tensor([1, 4])).item()); // 4
 * ```
 */
export class MSELoss extends LossModule<MSELossOptions> {
  constructor(options: MSELossOptions = {}) {
    super(readOptions('MSELoss', options, MSE_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options);
  }
}
