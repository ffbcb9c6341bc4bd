/** Adadelta. */
import { checkAtLeastZero, checkShare, givenOptions } from './checks';
import { decayed, running } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface AdadeltaOptions extends CommonOptions {
  /** Decay of both running means. Default 0.9. */
  readonly rho: number;
  /** Added to both means inside the roots; it also makes the first steps possible. Default 1e-6. */
  readonly eps: number;
}

const DEFAULTS: AdadeltaOptions = { rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false };

/**
 * The gradient times the root of the mean square of the past steps over that of the gradients, so that steps have the unit
 * of the weights and need no rate (Zeiler, "ADADELTA", 2012), as in PyTorch. It is not RMSprop: that has no mean of steps.
 *
 * @param options `lr` is 1 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Adadelta } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * new Adadelta([w]).step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.9968...]
 * ```
 */
export class Adadelta extends Optimizer<AdadeltaOptions> {
  constructor(params: ParameterSource<AdadeltaOptions>, options: Partial<AdadeltaOptions> & { readonly lr?: number } = {}) {
    const { lr = 1, ...given } = givenOptions('Adadelta', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['square_avg', 'acc_delta'];
  }

  protected counts(): boolean {
    return false;
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: AdadeltaOptions): RuleOutput {
    const { rho, eps } = options;
    const g = decayed(value, gradient, options);
    const square = running(state['square_avg']!, rho, g.square());
    const steps = state['acc_delta']!;
    const delta = steps.add(eps).sqrt().div(square.add(eps).sqrt()).mul(g);
    return {
      value: value.sub(delta.mul(scalars['lr']!)),
      state: { square_avg: square, acc_delta: running(steps, rho, delta.square()) },
    };
  }

  protected override check(options: AdadeltaOptions): void {
    super.check(options);
    const { rho, eps } = options;
    checkShare('Adadelta', { rho });
    checkAtLeastZero('Adadelta', { eps });
  }
}
