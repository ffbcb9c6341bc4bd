import { abs, add, div, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * x / (1 + |x|), element by element, from -1 to 1.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { softsign } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await softsign(tensor([-1, 0, 3])).array()); // [-0.5, 0, 0.75]
 * ```
 */
export function softsign(x: Tensor): Tensor {
  checkInput('softsign', x);
  return div(x, add(abs(x), 1));
}

/**
 * x / (1 + |x|): like tanh, but it approaches its limits much more slowly.
 *
 * @example
 * ```ts
 * import { Softsign } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Softsign().forward(tensor([-1, 0, 3])).array()); // [-0.5, 0, 0.75]
 * ```
 */
export class Softsign extends Module {
  forward(x: Tensor): Tensor {
    return softsign(x);
  }
}
