import { abs, exp, log1p, lt, readOptions, sinh, square, sub, where, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkPair } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

/**
 * log(cosh(d)) of the error d = input - target: near d^2 / 2 for small errors and |d| - ln 2 for large ones, with the gradient tanh(d).
 * Exact for errors of any size.
 *
 * @param target of the same shape and dtype as the input.
 * @throws ShapeError or DTypeError when they differ.
 * @example
 * ```ts
 * import { logCoshLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await logCoshLoss(tensor([1, 1000]), tensor([0, 0]), { reduction: 'none' }).array()); // [0.4337..., 999.3068...]
 * ```
 */
export function logCoshLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  readOptions('logCoshLoss', options, LOSS_OPTIONS);
  checkPair('logCoshLoss', input, target);
  const error = sub(input, target);
  const size = abs(error);
  // cosh d = 1 + 2 sinh(d/2)^2 keeps the digits of small errors, which the other form loses; it in turn does not overflow.
  const small = lt(size, 1);
  const near = log1p(square(sinh(where(small, error, 0).mul(0.5))).mul(2));
  const far = size.add(log1p(exp(size.mul(-2)))).sub(Math.LN2);
  return reduceLosses('logCoshLoss', where(small, near, far), options);
}

/**
 * `logCoshLoss` as a module.
 *
 * @example
 * ```ts
 * import { LogCoshLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new LogCoshLoss().forward(tensor([1]), tensor([0])).item()); // 0.4337...
 * ```
 */
export class LogCoshLoss extends LossModule {
  constructor(options: LossOptions = {}) {
    super(readOptions('LogCoshLoss', options, LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return logCoshLoss(input, target, this.options);
  }
}
