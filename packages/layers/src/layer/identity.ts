import type { Tensor } from '@cotangent/tensor';
import { Module } from '../module';

/**
 * f(x) = x. A place-holder, for example for a last layer that is taken off a pretrained network.
 *
 * @example
 * ```ts
 * import { Identity } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Identity().forward(tensor([1, 2])).array()); // [1, 2]
 * ```
 */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}
