import { add, div, gt, logicalOr, lt, mul, where, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * x * relu6(x + 3) / 6: 0 for x < -3, x for x > 3, x (x + 3) / 6 between. The derivative at -3 is -1/2 and at 3 it is 3/2, that of
 * the parabola, as in PyTorch 1.
 *
 * @throws DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { hardswish } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await hardswish(tensor([-4, 1, 5])).array()); // [0, 0.6666..., 5]
 * ```
 */
export function hardswish(x: Tensor): Tensor {
  checkInput('hardswish', x);
  const [left, right] = [lt(x, -3), gt(x, 3)];
  // The parabola of an infinity has no gradient, and 0 times that would be NaN.
  const inner = where(logicalOr(left, right), 0, x);
  return where(left, 0, where(right, x, div(mul(inner, add(inner, 3)), 6)));
}

/**
 * A swish without exponentials: x * relu6(x + 3) / 6. Howard et al., "Searching for MobileNetV3", 2019.
 *
 * @example
 * ```ts
 * import { Hardswish } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Hardswish().forward(tensor([-4, 1, 5])).array()); // [0, 0.6666..., 5]
 * ```
 */
export class Hardswish extends Module {
  forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}
