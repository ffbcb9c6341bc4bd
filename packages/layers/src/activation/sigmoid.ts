import { sigmoid, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * The logistic function 1 / (1 + e^-x), element by element, from 0 to 1. Its derivative s (1 - s) is at most 1/4. Nothing
 * overflows, however large x is.
 *
 * @example
 * ```ts
 * import { Sigmoid } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Sigmoid().forward(tensor([-1, 0, 2])).array()); // [0.2689..., 0.5, 0.8807...]
 * ```
 */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    checkInput('Sigmoid', x);
    return sigmoid(x);
  }
}
