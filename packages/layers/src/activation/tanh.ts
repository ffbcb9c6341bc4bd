import { tanh, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * The hyperbolic tangent, element by element, from -1 to 1. Its derivative is 1 - tanh(x)^2.
 *
 * @example
 * ```ts
 * import { Tanh } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Tanh().forward(tensor([-1, 0, 2])).array()); // [-0.7615..., 0, 0.9640...]
 * ```
 */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    checkInput('Tanh', x);
    return tanh(x);
  }
}
