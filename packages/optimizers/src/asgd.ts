/** ASGD. */
import { ArgumentError, div, maximum, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, givenOptions } from './checks';
import { decayed } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface ASGDOptions extends CommonOptions {
  /** Decay of the weights in every step, and of the rate. Default 1e-4. */
  readonly lambd: number;
  /** Power with which the rate decays: lr / (1 + lambd lr (t - 1))^alpha. Default 0.75. */
  readonly alpha: number;
  /** The step after which the average begins. Default 1e6. */
  readonly t0: number;
}

const DEFAULTS: ASGDOptions = { lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false };

/**
 * Gradient descent with a slowly decaying rate, and the average of the weights after step t0 among its state as `ax` (Polyak
 * and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992), as in PyTorch; but a changed learning rate
 * counts from the next step, where PyTorch's counts one step later.
 *
 * @param options `lr` is 0.01 by default.
 * @throws ArgumentError for options that make no sense, and for gradients of some rows of a table.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { ASGD } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * const optimizer = new ASGD([w], { lr: 0.25, lambd: 0, t0: 0 });
 * for (let i = 0; i < 2; i++) optimizer.step(backward(w.square().sum()));
 * console.log(Object.keys(optimizer.stateDict())); // ['0.ax', '0.step', 'groups']
 * ```
 */
export class ASGD extends Optimizer<ASGDOptions> {
  constructor(params: ParameterSource<ASGDOptions>, options: Partial<ASGDOptions> & { readonly lr?: number } = {}) {
    const { lr = 0.01, ...given } = givenOptions('ASGD', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['ax'];
  }

  protected counts(): boolean {
    return true;
  }

  protected override scalars({ lambd, alpha, t0 }: ASGDOptions, lr: Tensor, step: Tensor): Record<string, Tensor> {
    const before = step.sub(1);
    const eta = lr.div(before.mul(lr).mul(lambd).add(1).pow(alpha));
    return { eta, shrink: eta.mul(-lambd).add(1), share: div(1, maximum(before.sub(t0), 1)) };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: ASGDOptions): RuleOutput {
    const g = decayed(value, gradient, options);
    const next = value.mul(scalars['shrink']!).sub(g.mul(scalars['eta']!));
    const average = state['ax']!;
    return { value: next, state: { ax: average.add(next.sub(average).mul(scalars['share']!)) } };
  }

  protected override check(options: ASGDOptions): void {
    super.check(options);
    const { lambd, alpha, t0 } = options;
    checkAtLeastZero('ASGD', { lambd, alpha, t0 });
  }

  protected override checkRows(_options: ASGDOptions, name: string): void {
    throw new ArgumentError(`ASGD: ${name} has a gradient for some rows only, but every step moves and averages all rows; use SGD.`);
  }
}
