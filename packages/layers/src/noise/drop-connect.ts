import { readOptions, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkProbability } from '../check';
import type { Module } from '../module';
import { dropScaled } from './mask';
import { NoisyWeights, type NoisyWeightsOptions } from './noisy-weights';

export interface DropConnectOptions extends NoisyWeightsOptions {
  /** Probability of dropping a weight. Default 0.5. */
  readonly p?: number;
}

/**
 * A module whose single weights are dropped while training: each becomes 0 with probability p and is divided by 1 - p otherwise, so that
 * its expectation stays. Wan et al., "Regularization of Neural Networks using DropConnect", 2013; with the weights from state to state
 * of an LSTM alone: Merity et al., "Regularizing and Optimizing LSTM Language Models", 2017. All samples of a call share the mask.
 *
 * State: that of the module, under `module.`.
 *
 * @example
 * ```ts
 * import { DropConnect, Linear, LSTM } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new DropConnect(new Linear(8, 4), { p: 0.3 }).forward(ones([2, 8])).shape); // [2, 4]
 * const lstm = new DropConnect(new LSTM(8, 16), { weights: ['weight_hh_l0'] });
 * console.log(lstm.forward(ones([5, 3, 8]))[0].shape); // [5, 3, 16]
 * ```
 */
export class DropConnect<M extends Module> extends NoisyWeights<M> {
  readonly p: number;

  constructor(module: M, options: DropConnectOptions = {}) {
    super(module, readOptions('DropConnect', options, ['p', 'weights', 'generator']));
    this.p = checkProbability('DropConnect', 'p', options.p ?? 0.5);
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }

  protected disturb(weight: Parameter): Tensor {
    return dropScaled(weight, this.p, weight.shape, this.generator);
  }
}
