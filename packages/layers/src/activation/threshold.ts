import { le, where, type Tensor } from '@cotangent/tensor';
import { checkNumber, checkInput } from '../check';
import { Module } from '../module';

/**
 * x where it is above the threshold, else `value`. The derivative is 1 above the threshold and 0 elsewhere, also at it.
 *
 * @throws ArgumentError when a number is NaN; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { threshold } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await threshold(tensor([-1, 0.5, 2]), 1, -7).array()); // [-7, -7, 2]
 * ```
 */
export function threshold(x: Tensor, at: number, value: number): Tensor {
  checkNumber('threshold', 'the threshold', at);
  checkNumber('threshold', 'value', value);
  checkInput('threshold', x);
  return where(le(x, at), value, x);
}

/**
 * x where it is above a threshold, else `value`, as a layer. Threshold(0, 0) is a ReLU.
 *
 * @example
 * ```ts
 * import { Threshold } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Threshold(0.1, 20).forward(tensor([-1, 2])).array()); // [20, 2]
 * ```
 */
export class Threshold extends Module {
  readonly threshold: number;
  readonly value: number;

  constructor(at: number, value: number) {
    super();
    this.threshold = checkNumber('Threshold', 'the threshold', at);
    this.value = checkNumber('Threshold', 'value', value);
  }

  override extraRepr(): string {
    return `threshold=${this.threshold}, value=${this.value}`;
  }

  forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value);
  }
}
