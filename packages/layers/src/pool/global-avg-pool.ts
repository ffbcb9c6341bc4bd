import { mean, type Tensor } from '@cotangent/tensor';
import { GlobalPool } from './global-pool';

/**
 * The mean of each channel over all places: [batch, channels, ...places] becomes [batch, channels], or with `keepdim`
 * [batch, channels, 1, ...]. It takes inputs of any size, and needs no dense layer for each of them (Lin, Chen and Yan, "Network in
 * network", 2014).
 *
 * @example
 * ```ts
 * import { GlobalAvgPool } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new GlobalAvgPool().forward(ones([2, 64, 7, 9])).shape); // [2, 64]
 * ```
 */
export class GlobalAvgPool extends GlobalPool {
  forward(x: Tensor): Tensor {
    return mean(x, this.over('GlobalAvgPool', x));
  }
}
