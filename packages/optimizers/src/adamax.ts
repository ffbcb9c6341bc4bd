/** Adamax. */
import { maximum, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, checkBetas, givenOptions } from './checks';
import { correction, decayed, running } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface AdamaxOptions extends CommonOptions {
  /** Decay of the running mean of the gradient, and of its largest size. Default [0.9, 0.999]. */
  readonly betas: readonly [number, number];
  /** Added to the size of the gradient. Default 1e-8. */
  readonly eps: number;
}

const DEFAULTS: AdamaxOptions = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

/**
 * Adam with the largest gradient of late, decaying, in place of the root of the mean square (Kingma and Ba, "Adam", 2015,
 * section 7), as in PyTorch.
 *
 * @param options `lr` is 2e-3 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Adamax } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * new Adamax([w], { lr: 0.1 }).step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.9]
 * ```
 */
export class Adamax extends Optimizer<AdamaxOptions> {
  constructor(params: ParameterSource<AdamaxOptions>, options: Partial<AdamaxOptions> & { readonly lr?: number } = {}) {
    const { lr = 2e-3, ...given } = givenOptions('Adamax', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['exp_avg', 'exp_inf'];
  }

  protected counts(): boolean {
    return true;
  }

  protected override scalars(
    { betas }: AdamaxOptions,
    lr: Tensor,
    step: Tensor,
    { momentum = betas[0] }: Readonly<Record<string, Tensor | number>>,
  ): Record<string, Tensor> {
    return { stepSize: lr.div(correction(momentum, step)) };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: AdamaxOptions): RuleOutput {
    const { betas, eps } = options;
    const g = decayed(value, gradient, options);
    const mean = running(state['exp_avg']!, scalars['momentum'] ?? betas[0], g);
    const largest = maximum(state['exp_inf']!.mul(betas[1]), g.abs().add(eps));
    return { value: value.sub(mean.div(largest).mul(scalars['stepSize']!)), state: { exp_avg: mean, exp_inf: largest } };
  }

  protected override check(options: AdamaxOptions): void {
    super.check(options);
    checkBetas('Adamax', options.betas);
    checkAtLeastZero('Adamax', { eps: options.eps });
  }
}
