/** Lion. */
import { sign, type Tensor } from '@cotangent/tensor';
import { checkBetas, givenOptions } from './checks';
import { rest, shrink } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface LionOptions extends CommonOptions {
  /** Share of the running mean in the direction, and its decay. Default [0.9, 0.99]. */
  readonly betas: readonly [number, number];
}

const DEFAULTS: LionOptions = { betas: [0.9, 0.99], weightDecay: 0, maximize: false };

/**
 * Steps of lr in every coordinate, in the direction of the sign of a mean of gradients; one array of state (Chen et al.,
 * "Symbolic Discovery of Optimization Algorithms", 2023). Rates are 3 to 10 times smaller than Adam's, weight decay, which
 * acts apart from the gradient as in AdamW, as much larger.
 *
 * @param options `lr` is 1e-4 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Lion } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1, -200]));
 * new Lion([w], { lr: 0.25 }).step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.75, -199.75]
 * ```
 */
export class Lion extends Optimizer<LionOptions> {
  constructor(params: ParameterSource<LionOptions>, options: Partial<LionOptions> & { readonly lr?: number } = {}) {
    const { lr = 1e-4, ...given } = givenOptions('Lion', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['exp_avg'];
  }

  protected counts(): boolean {
    return false;
  }

  protected override scalars(options: LionOptions, lr: Tensor): Record<string, Tensor> {
    return options.weightDecay === 0 ? {} : { shrink: shrink(lr, options) };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, { betas }: LionOptions): RuleOutput {
    const mean = state['exp_avg']!;
    // Both means through one difference: that makes them one map, which writes the new mean over the old one.
    const change = gradient.sub(mean);
    const direction = sign(mean.add(change.mul(rest(scalars['momentum'] ?? betas[0]))));
    const from = scalars['shrink'] ? value.mul(scalars['shrink']) : value;
    return { value: from.sub(direction.mul(scalars['lr']!)), state: { exp_avg: mean.add(change.mul(rest(betas[1]))) } };
  }

  protected override check(options: LionOptions): void {
    super.check(options);
    checkBetas('Lion', options.betas);
  }
}
