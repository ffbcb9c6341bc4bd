import { mul, softplus, tanh, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * x * tanh(softplus(x)), element by element.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { mish } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await mish(tensor([-1, 0, 1])).array()); // [-0.3034..., 0, 0.8650...]
 * ```
 */
export function mish(x: Tensor): Tensor {
  checkInput('mish', x);
  return mul(x, tanh(softplus(x)));
}

/**
 * A smooth unit that is self-gated like Swish: x * tanh(softplus(x)). Misra, "Mish: A Self Regularized Non-Monotonic Activation
 * Function", 2019.
 *
 * @example
 * ```ts
 * import { Mish } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Mish().forward(tensor([-1000, 1000])).array()); // [0, 1000]
 * ```
 */
export class Mish extends Module {
  forward(x: Tensor): Tensor {
    return mish(x);
  }
}
