import { add, mul, randn, readOptions, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkNotNegative } from '../check';
import type { Module } from '../module';
import { NoisyWeights, type NoisyWeightsOptions } from './noisy-weights';

export interface WeightNoiseOptions extends NoisyWeightsOptions {
  /** Standard deviation of the noise. Default 0.075, as in the source. */
  readonly std?: number;
}

/**
 * A module whose weights have noise from N(0, std^2) added while training: it learns weights that may be a little wrong. Common for
 * recurrent networks, where the noise is the same for all steps of a sequence. Graves, "Speech recognition with deep recurrent neural
 * networks", 2013.
 *
 * State: that of the module, under `module.`.
 *
 * @example
 * ```ts
 * import { LSTM, WeightNoise } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const noisy = new WeightNoise(new LSTM(8, 16), { std: 0.05 });
 * const [output] = noisy.forward(ones([5, 3, 8]));
 * console.log(output.shape); // [5, 3, 16]
 * ```
 */
export class WeightNoise<M extends Module> extends NoisyWeights<M> {
  readonly std: number;

  constructor(module: M, options: WeightNoiseOptions = {}) {
    super(module, readOptions('WeightNoise', options, ['std', 'weights', 'generator']));
    this.std = checkNotNegative('WeightNoise', 'std', options.std ?? 0.075);
  }

  override extraRepr(): string {
    return `std=${this.std}`;
  }

  protected disturb(weight: Parameter): Tensor {
    const { generator, std } = this;
    return add(weight, mul(randn(weight.shape, { generator, dtype: weight.dtype }), std));
  }
}
