/** Rprop. */
import { ArgumentError, full, sign, where, type Tensor } from '@cotangent/tensor';
import { decayed } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';
import { givenOptions } from './checks';

export interface RpropOptions extends CommonOptions {
  /** Factors of a coordinate's step when its gradient changes sign, and when it does not. Default [0.5, 1.2]. */
  readonly etas: readonly [number, number];
  /** The smallest and the largest step. Default [1e-6, 50]. */
  readonly stepSizes: readonly [number, number];
}

const DEFAULTS: RpropOptions = { etas: [0.5, 1.2], stepSizes: [1e-6, 50], weightDecay: 0, maximize: false };

/**
 * Every coordinate has a step of its own, which starts at lr, grows while the sign of the gradient stays and shrinks where it
 * changes; sizes of gradients do not count (Riedmiller and Braun, "A direct adaptive method for faster backpropagation
 * learning", 1993), as in PyTorch. For gradients of all data, not of small batches.
 *
 * @param options `lr` is 0.01 by default; it matters in the first step only.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Rprop } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1]));
 * const optimizer = new Rprop([w], { lr: 0.25 });
 * for (let i = 0; i < 2; i++) optimizer.step(backward(w.square().sum()));
 * console.log(await w.array()); // [0.45]: steps of 0.25 and 0.3
 * ```
 */
export class Rprop extends Optimizer<RpropOptions> {
  constructor(params: ParameterSource<RpropOptions>, options: Partial<RpropOptions> & { readonly lr?: number } = {}) {
    const { lr = 0.01, ...given } = givenOptions('Rprop', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['prev', 'step_size'];
  }

  protected counts(): boolean {
    return true;
  }

  protected override scalars(_options: RpropOptions, _lr: Tensor, step: Tensor): Record<string, Tensor> {
    return { count: step };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: RpropOptions): RuleOutput {
    const { etas, stepSizes } = options;
    const g = decayed(value, gradient, options);
    const agreement = g.mul(state['prev']!);
    const turned = agreement.lt(0);
    const factor = where(turned, etas[0], where(agreement.gt(0), full([], etas[1], { dtype: g.dtype }), 1));
    const before = where(scalars['count']!.le(1), scalars['lr']!, state['step_size']!);
    const size = before.mul(factor).clamp({ min: stepSizes[0], max: stepSizes[1] });
    // After a turn the coordinate rests for a step.
    const used = where(turned, 0, g);
    return { value: value.sub(sign(used).mul(size)), state: { prev: used, step_size: size } };
  }

  protected override check(options: RpropOptions): void {
    super.check(options);
    const { etas, stepSizes } = options;
    if (!(etas[0] > 0 && etas[0] < 1 && etas[1] > 1)) {
      throw new ArgumentError(`Rprop: etas are ${JSON.stringify(etas)}; expected one between 0 and 1 and one above 1, usually [0.5, 1.2].`);
    }
    if (!(stepSizes[0] >= 0 && stepSizes[1] >= stepSizes[0])) {
      throw new ArgumentError(`Rprop: stepSizes are ${JSON.stringify(stepSizes)}; expected the smallest and the largest step.`);
    }
  }
}
