import { relu, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * The rectified linear unit, max(0, x), element by element. Its derivative is 1 for x > 0 and 0 elsewhere, also at x = 0.
 *
 * @example
 * ```ts
 * import { ReLU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new ReLU().forward(tensor([-1, 0, 2])).array()); // [0, 0, 2]
 * ```
 */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    checkInput('ReLU', x);
    return relu(x);
  }
}
