/** Adagrad. */
import type { Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, givenOptions } from './checks';
import { decayed } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';
import type { StateArray } from './state-array';

export interface AdagradOptions extends CommonOptions {
  /** The rate of step t is lr / (1 + (t - 1) lrDecay). Default 0. */
  readonly lrDecay: number;
  /** What the sum of squares starts with. Default 0. */
  readonly initialAccumulatorValue: number;
  /** Added to the root of the sum of squares. Default 1e-10. */
  readonly eps: number;
  /** Add eps to the sum of squares, inside the root, as some texts write it. Default false, as in PyTorch. */
  readonly epsInside: boolean;
}

const DEFAULTS: AdagradOptions = {
  lrDecay: 0, initialAccumulatorValue: 0, eps: 1e-10, epsInside: false, weightDecay: 0, maximize: false,
};

/**
 * Every coordinate has a rate of its own, lr over the root of the sum of all its squared gradients, so that rare features
 * keep large steps (Duchi, Hazan and Singer, "Adaptive Subgradient Methods", 2011), as in PyTorch.
 *
 * A gradient of some rows of a table gives the same as the whole gradient when weightDecay is 0.
 *
 * @param options `lr` is 0.01 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Adagrad } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([0, 0]));
 * const optimizer = new Adagrad([w], { lr: 1 });
 * for (let i = 0; i < 100; i++) optimizer.step(backward(w.sub(tensor([1, -100])).square().sum()));
 * console.log(await w.array()); // the first steps were 1 in both coordinates
 * ```
 */
export class Adagrad extends Optimizer<AdagradOptions> {
  constructor(params: ParameterSource<AdagradOptions>, options: Partial<AdagradOptions> & { readonly lr?: number } = {}) {
    const { lr = 0.01, ...given } = givenOptions('Adagrad', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots({ initialAccumulatorValue }: AdagradOptions, shape: readonly number[]): readonly StateArray[] {
    return [{ name: 'sum', shape, start: initialAccumulatorValue }];
  }

  protected counts({ lrDecay }: AdagradOptions): boolean {
    return lrDecay !== 0;
  }

  protected override scalars({ lrDecay }: AdagradOptions, lr: Tensor, step: Tensor | undefined): Record<string, Tensor> {
    return step ? { lr: lr.div(step.sub(1).mul(lrDecay).add(1)) } : {};
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: AdagradOptions): RuleOutput {
    const { eps, epsInside } = options;
    const g = decayed(value, gradient, options);
    const sum = state['sum']!.add(g.square());
    const scale = epsInside ? sum.add(eps).sqrt() : sum.sqrt().add(eps);
    return { value: value.sub(g.div(scale).mul(scalars['lr']!)), state: { sum } };
  }

  protected override check(options: AdagradOptions): void {
    super.check(options);
    const { lrDecay, initialAccumulatorValue, eps } = options;
    checkAtLeastZero('Adagrad', { lrDecay, initialAccumulatorValue, eps });
  }
}
