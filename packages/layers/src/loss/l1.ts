import { abs, readOptions, sub, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkPair } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

/**
 * The absolute error |input - target| of each element, by default its mean. Its gradient is the sign of the error, 0 at 0.
 *
 * @param target of the same shape and dtype as the input.
 * @throws ShapeError or DTypeError when they differ.
 * @example
 * ```ts
 * import { l1Loss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await l1Loss(tensor([1, 2]), tensor([1, 4])).item()); // 1
 * ```
 */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  readOptions('l1Loss', options, LOSS_OPTIONS);
  checkPair('l1Loss', input, target);
  return reduceLosses('l1Loss', abs(sub(input, target)), options);
}

/**
 * `l1Loss` as a module.
 *
 * @example
 * ```ts
 * import { L1Loss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new L1Loss({ reduction: 'sum' }).forward(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export class L1Loss extends LossModule {
  constructor(options: LossOptions = {}) {
    super(readOptions('L1Loss', options, LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this.options);
  }
}
