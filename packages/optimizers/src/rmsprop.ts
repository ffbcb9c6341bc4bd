/** RMSprop. */
import { checkAtLeastZero, givenOptions } from './checks';
import { decayed, running } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface RMSpropOptions extends CommonOptions {
  /** Decay of the running mean of the squared gradient. Default 0.99. */
  readonly alpha: number;
  /** Added to the root of the mean square. Default 1e-8. */
  readonly eps: number;
  /** Add eps to the mean square, inside the root, as Keras does. Default false, as in PyTorch. */
  readonly epsInside: boolean;
  /** How much of the last step is kept. Default 0. */
  readonly momentum: number;
  /** Divide by the standard deviation: the mean square less the square of the mean. Default false. */
  readonly centered: boolean;
}

const DEFAULTS: RMSpropOptions = {
  alpha: 0.99, eps: 1e-8, epsInside: false, momentum: 0, centered: false, weightDecay: 0, maximize: false,
};

/**
 * The gradient over the root of the running mean of its square, which is not corrected for its start at zero (Tieleman and
 * Hinton, "Lecture 6.5 - RMSProp", 2012; centred: Graves, "Generating Sequences With Recurrent Neural Networks", 2013), as
 * in PyTorch.
 *
 * @param options `lr` is 0.01 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { RMSprop } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1, 1000]));
 * new RMSprop([w], { lr: 0.01 }).step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.9, 999.9]: the first step is 10 lr, whatever the gradient
 * ```
 */
export class RMSprop extends Optimizer<RMSpropOptions> {
  constructor(params: ParameterSource<RMSpropOptions>, options: Partial<RMSpropOptions> & { readonly lr?: number } = {}) {
    const { lr = 0.01, ...given } = givenOptions('RMSprop', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots({ momentum, centered }: RMSpropOptions): readonly string[] {
    return ['square_avg', ...(centered ? ['grad_avg'] : []), ...(momentum === 0 ? [] : ['momentum_buffer'])];
  }

  protected counts(): boolean {
    return false;
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: RMSpropOptions): RuleOutput {
    const { alpha, eps, epsInside } = options;
    const g = decayed(value, gradient, options);
    const square = running(state['square_avg']!, alpha, g.square());
    const mean = state['grad_avg'] && running(state['grad_avg'], alpha, g);
    // Where all gradients were equal, rounding could make the variance negative.
    const variance = mean ? square.sub(mean.square()).clamp({ min: 0 }) : square;
    const step = g.div(epsInside ? variance.add(eps).sqrt() : variance.sqrt().add(eps));
    const buffer = state['momentum_buffer']?.mul(scalars['momentum'] ?? options.momentum).add(step);
    return {
      value: value.sub((buffer ?? step).mul(scalars['lr']!)),
      state: { square_avg: square, ...(mean ? { grad_avg: mean } : {}), ...(buffer ? { momentum_buffer: buffer } : {}) },
    };
  }

  protected override check(options: RMSpropOptions): void {
    super.check(options);
    const { alpha, eps, momentum } = options;
    checkAtLeastZero('RMSprop', { alpha, eps, momentum });
  }
}
