import { sameShape, ShapeError, show, sub, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';
import { checkReduction, reduceLosses, type LossOptions, type Reduction } from './reduction';

export interface MSELossOptions extends LossOptions {
  /** Multiplies every squared error. Default 1, as in PyTorch; 0.5 makes the derivative of an element's loss the error itself. */
  readonly factor?: number;
}

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
  const { reduction = 'mean', factor = 1 } = options;
  checkReduction('mseLoss', reduction);
  checkInput('mseLoss', input);
  checkInput('mseLoss (target)', target, input.dtype);
  if (!sameShape(input.shape, target.shape)) {
    throw new ShapeError(
      `mseLoss: the input has shape ${show(input.shape)} and the target ${show(target.shape)}; they must be equal. Reshape one of them.`,
    );
  }
  const squares = sub(input, target).square();
  return reduceLosses(factor === 1 ? squares : squares.mul(factor), reduction);
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
export class MSELoss extends Module {
  readonly reduction: Reduction;
  readonly factor: number;

  constructor(options: MSELossOptions = {}) {
    super();
    const { reduction = 'mean', factor = 1 } = options;
    checkReduction('MSELoss', reduction);
    this.reduction = reduction;
    this.factor = factor;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this);
  }
}
