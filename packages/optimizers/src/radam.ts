/** RAdam. */
import { expm1, where, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, checkBetas, givenOptions } from './checks';
import { correction, decayed, running } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface RAdamOptions extends CommonOptions {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas: readonly [number, number];
  /** Added to the root of the mean square. Default 1e-8. */
  readonly eps: number;
}

const DEFAULTS: RAdamOptions = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false };

/**
 * Adam that goes along its mean only, with rate lr, until the mean square is known well enough, and then scales its steps by
 * how well: a warm-up without options (Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2020), as in
 * PyTorch.
 *
 * @param options `lr` is 1e-3 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { RAdam } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * new RAdam([w], { lr: 0.25 }).step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.5]: the first steps are plain
 * ```
 */
export class RAdam extends Optimizer<RAdamOptions> {
  constructor(params: ParameterSource<RAdamOptions>, options: Partial<RAdamOptions> & { readonly lr?: number } = {}) {
    const { lr = 1e-3, ...given } = givenOptions('RAdam', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq'];
  }

  protected counts(): boolean {
    return true;
  }

  /** Over how many gradients the mean square of the step to come averages: kept, so that a step needs few operations for it. */
  protected override numbers(): Readonly<Record<string, number>> {
    return { rho: 1 };
  }

  protected override scalars(
    { betas }: RAdamOptions,
    lr: Tensor,
    step: Tensor,
    kept: Readonly<Record<string, Tensor>>,
  ): Record<string, Tensor> {
    const most = 2 / (1 - betas[1]) - 1;
    const length = kept['rho']!;
    const known = length.gt(5);
    const share = length.sub(4).mul(length.sub(2)).div(length.mul(((most - 4) * (most - 2)) / most));
    const stepSize = lr.div(correction(kept['momentum'] ?? betas[0], step));
    const adaptive = where(known, share, 0).mul(correction(betas[1], step)).sqrt().mul(stepSize);
    return { known, stepSize, adaptive, rho: averaged(step.add(1), betas[1], most) };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: RAdamOptions): RuleOutput {
    const { betas, eps } = options;
    const g = decayed(value, gradient, options);
    const mean = running(state['exp_avg']!, scalars['momentum'] ?? betas[0], g);
    const square = running(state['exp_avg_sq']!, betas[1], g.square());
    const rate = where(scalars['known']!.gt(0), scalars['adaptive']!.div(square.sqrt().add(eps)), scalars['stepSize']!);
    return { value: value.sub(mean.mul(rate)), state: { exp_avg: mean, exp_avg_sq: square } };
  }

  protected override check(options: RAdamOptions): void {
    super.check(options);
    checkBetas('RAdam', options.betas);
    checkAtLeastZero('RAdam', { eps: options.eps });
  }
}

/**
 * Over how many gradients the mean square averages at a step: most - 2 t beta^t / (1 - beta^t). At first that is the
 * difference of two large numbers, so with x = -t ln(beta) below 1 it is summed up as t + (most - 2 t / x) - t x / 6 + ...
 */
function averaged(step: Tensor, beta: number, most: number): Tensor {
  if (beta === 0) return step.mul(0).add(most);
  const decay = -Math.log(beta);
  const x = step.mul(decay);
  const xx = x.square();
  const series = xx.mul(1 / 15_120).sub(1 / 360).mul(xx).add(1 / 6).mul(x).neg().add(1).mul(step);
  return where(x.lt(1), series.add(most - 2 / decay), step.mul(-2).div(expm1(x)).add(most));
}
