/** NAdam. */
import { sub, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, checkBetas, givenOptions } from './checks';
import { correction, decayed, rest, running } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface NAdamOptions extends CommonOptions {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas: readonly [number, number];
  /** Added to the root of the mean square. Default 1e-8. */
  readonly eps: number;
  /** How fast the momentum rises to the first beta: mu_t = beta (1 - 0.96^(t momentumDecay) / 2). Default 0.004. */
  readonly momentumDecay: number;
}

const DEFAULTS: NAdamOptions = { betas: [0.9, 0.999], eps: 1e-8, momentumDecay: 4e-3, weightDecay: 0, maximize: false };

/**
 * Adam that looks ahead along its mean as Nesterov's momentum does, with a momentum that warms up (Dozat, "Incorporating
 * Nesterov Momentum into Adam", 2016), as in PyTorch.
 *
 * @param options `lr` is 2e-3 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { NAdam } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([0]));
 * const optimizer = new NAdam([w], { lr: 0.05 });
 * for (let i = 0; i < 300; i++) optimizer.step(backward(w.sub(1).square().sum()));
 * console.log(await w.item()); // close to 1
 * ```
 */
export class NAdam extends Optimizer<NAdamOptions> {
  constructor(params: ParameterSource<NAdamOptions>, options: Partial<NAdamOptions> & { readonly lr?: number } = {}) {
    const { lr = 2e-3, ...given } = givenOptions('NAdam', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq'];
  }

  protected counts(): boolean {
    return true;
  }

  protected override numbers(): Readonly<Record<string, number>> {
    return { mu_product: 1 };
  }

  protected override scalars(
    { betas, momentumDecay }: NAdamOptions,
    lr: Tensor,
    step: Tensor,
    kept: Readonly<Record<string, Tensor>>,
  ): Record<string, Tensor> {
    const beta = kept['momentum'] ?? betas[0];
    const mu = (at: Tensor): Tensor => sub(1, at.mul(momentumDecay * Math.log(0.96)).exp().mul(0.5)).mul(beta);
    const [now, next] = [mu(step), mu(step.add(1))];
    const product = kept['mu_product']!.mul(now);
    return {
      mu_product: product,
      ofGradient: lr.mul(sub(1, now)).div(sub(1, product)),
      ofMean: lr.mul(next).div(sub(1, product.mul(next))),
      root: correction(betas[1], step).sqrt(),
    };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: NAdamOptions): RuleOutput {
    const { betas, eps } = options;
    const beta = scalars['momentum'] ?? betas[0];
    const g = decayed(value, gradient, options);
    const mean = state['exp_avg']!.mul(beta).add(g.mul(rest(beta)));
    const square = running(state['exp_avg_sq']!, betas[1], g.square());
    const along = g.mul(scalars['ofGradient']!).add(mean.mul(scalars['ofMean']!));
    return {
      value: value.sub(along.div(square.sqrt().div(scalars['root']!).add(eps))),
      state: { exp_avg: mean, exp_avg_sq: square },
    };
  }

  protected override check(options: NAdamOptions): void {
    super.check(options);
    const { betas, eps, momentumDecay } = options;
    checkBetas('NAdam', betas);
    checkAtLeastZero('NAdam', { eps, momentumDecay });
  }
}
