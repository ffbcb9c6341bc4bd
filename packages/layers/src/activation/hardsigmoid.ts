import { add, div, ge, le, where, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * A sigmoid made of straight lines: 0 for x <= -3, 1 for x >= 3, x / 6 + 1/2 between. The derivative is 1/6 strictly between the
 * ends and 0 elsewhere.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { hardsigmoid } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await hardsigmoid(tensor([-4, 0, 1.5])).array()); // [0, 0.5, 0.75]
 * ```
 */
export function hardsigmoid(x: Tensor): Tensor {
  checkInput('hardsigmoid', x);
  return where(le(x, -3), 0, where(ge(x, 3), 1, div(add(x, 3), 6)));
}

/**
 * `hardsigmoid` as a layer: min(max(x + 3, 0), 6) / 6. Howard et al., "Searching for MobileNetV3", 2019.
 *
 * @example
 * ```ts
 * import { Hardsigmoid } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Hardsigmoid().forward(tensor([-4, 0, 1.5])).array()); // [0, 0.5, 0.75]
 * ```
 */
export class Hardsigmoid extends Module {
  forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}
