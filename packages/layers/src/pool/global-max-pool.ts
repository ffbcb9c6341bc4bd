import { amax, type Tensor } from '@cotangent/tensor';
import { GlobalPool } from './global-pool';

/**
 * The maximum of each channel over all places: [batch, channels, ...places] becomes [batch, channels], or with `keepdim`
 * [batch, channels, 1, ...]. It takes inputs of any size; equal maxima share the gradient.
 *
 * @example
 * ```ts
 * import { GlobalMaxPool } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new GlobalMaxPool().forward(ones([2, 64, 7, 9])).shape); // [2, 64]
 * ```
 */
export class GlobalMaxPool extends GlobalPool {
  forward(x: Tensor): Tensor {
    return amax(x, this.over('GlobalMaxPool', x));
  }
}
