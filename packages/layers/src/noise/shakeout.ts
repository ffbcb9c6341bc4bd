import { add, ArgumentError, bernoulli, mul, neg, readOptions, sign, where, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkNotNegative, checkProbability } from '../check';
import type { Module } from '../module';
import { NoisyWeights, type NoisyWeightsOptions } from './noisy-weights';

export interface ShakeoutOptions extends NoisyWeightsOptions {
  /** Probability tau of dropping, below 1. Default 0.5. */
  readonly p?: number;
  /** What dropped weights become, apart from their sign. Default 0.1; with 0 nothing but dropout is left. */
  readonly c?: number;
  /** What is dropped together: 'unit' (default), all weights of an input unit (axis 1), as in the source; 'weight', each for itself. */
  readonly per?: 'unit' | 'weight';
}

/**
 * A module whose weights are strengthened or reversed at random while training. With probability p a weight w becomes -c sgn(w), else
 * (w + c p sgn(w)) / (1 - p), whose expectation is w. The penalty that this amounts to combines an L1, an L2 and an L0 part, and makes
 * weights sparse. Kang, Li and Tao, "Shakeout: A New Regularized Deep Neural Network Training Scheme", 2016; reprints tend to lose the sign
 * and the divisor. With c = 0 it is `DropConnect`, or dropout of input units. All samples of a call share the mask.
 *
 * State: that of the module, under `module.`.
 *
 * @example
 * ```ts
 * import { Linear, Shakeout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Shakeout(new Linear(8, 4), { p: 0.3, c: 0.1 }).forward(ones([2, 8])).shape); // [2, 4]
 * ```
 */
export class Shakeout<M extends Module> extends NoisyWeights<M> {
  readonly p: number;
  readonly c: number;
  readonly per: 'unit' | 'weight';

  constructor(module: M, options: ShakeoutOptions = {}) {
    super(module, readOptions('Shakeout', options, ['p', 'c', 'per', 'weights', 'generator']));
    const { p = 0.5, c = 0.1, per = 'unit' } = options;
    this.p = checkProbability('Shakeout', 'p', p);
    if (p === 1) throw new ArgumentError('Shakeout: p is 1, which keeps nothing to scale up; expected a number below 1.');
    this.c = checkNotNegative('Shakeout', 'c', c);
    if (!['unit', 'weight'].includes(per)) throw new ArgumentError(`Shakeout: per is '${per}'; expected 'unit' or 'weight'.`);
    this.per = per;
  }

  override extraRepr(): string {
    return `p=${this.p}, c=${this.c}${this.per === 'unit' ? '' : ', per=weight'}`;
  }

  protected disturb(weight: Parameter): Tensor {
    const { p, c, per, generator } = this;
    if (p === 0) return weight;
    const constant = mul(sign(weight), c);
    const shape = weight.shape.map((size, axis) => (per === 'weight' || axis === 1 ? size : 1));
    const kept = bernoulli(1 - p, shape, { generator });
    return where(kept, mul(add(weight, mul(constant, p)), 1 / (1 - p)), neg(constant));
  }
}
