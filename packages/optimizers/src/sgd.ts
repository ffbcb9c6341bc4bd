/** Stochastic gradient descent, with momentum. */
import { ArgumentError, where, type Tensor } from '@cotangent/tensor';
import { correction, decayed } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';
import { givenOptions } from './checks';

export interface SGDOptions extends CommonOptions {
  /** How much of the last direction is kept. Default 0. */
  readonly momentum: number;
  /** How much of the gradient is held back from the direction, from the second step on. Default 0. */
  readonly dampening: number;
  /**
   * Dampen the first step too. With dampening = momentum the direction is then the running mean of the gradients from zero,
   * as many texts write it; its steps are those of plain momentum with lr (1 - momentum). Default false, as in PyTorch.
   */
  readonly dampenFirst: boolean;
  /** Divide the direction by 1 - momentum^t, which makes up for the start of a running mean at zero. Default false. */
  readonly biasCorrection: boolean;
  /** Look ahead along the direction (Nesterov). Needs momentum and no dampening. Default false. */
  readonly nesterov: boolean;
}

const DEFAULTS: SGDOptions = {
  momentum: 0, dampening: 0, dampenFirst: false, biasCorrection: false, nesterov: false, weightDecay: 0, maximize: false,
};

/**
 * w <- w - lr v, where v is the gradient, or with momentum v <- momentum v + (1 - dampening) g and v = g in the first
 * step, as in PyTorch (Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013).
 *
 * Accepts gradients of some rows of a table when momentum and weightDecay are 0.
 *
 * @param options `lr` has no default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { SGD } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([0]));
 * const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
 * for (let i = 0; i < 200; i++) optimizer.step(backward(w.sub(3).square().sum()));
 * console.log(await w.item()); // close to 3
 * ```
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(params: ParameterSource<SGDOptions>, options: Partial<SGDOptions> & { readonly lr: number }) {
    const { lr, ...rest } = givenOptions('SGD', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...rest });
  }

  protected slots({ momentum }: SGDOptions): readonly string[] {
    return momentum === 0 ? [] : ['momentum_buffer'];
  }

  protected counts({ momentum, dampening, dampenFirst, biasCorrection }: SGDOptions): boolean {
    return momentum !== 0 && ((dampening !== 0 && !dampenFirst) || biasCorrection);
  }

  protected override scalars(
    { momentum: constant, dampening, dampenFirst, biasCorrection }: SGDOptions,
    _lr: Tensor,
    step: Tensor | undefined,
    { momentum = constant }: Readonly<Record<string, Tensor | number>>,
  ): Record<string, Tensor> {
    if (!step) return {};
    return {
      ...(dampening !== 0 && !dampenFirst ? { share: where(step.le(1), step.mul(0).add(1), 1 - dampening) } : {}),
      ...(biasCorrection ? { correction: correction(momentum, step) } : {}),
    };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: SGDOptions): RuleOutput {
    const { dampening, nesterov } = options;
    const g = decayed(value, gradient, options);
    const buffer = state['momentum_buffer'];
    if (!buffer) return { value: value.sub(g.mul(scalars['lr']!)) };
    const momentum = scalars['momentum'] ?? options.momentum;
    const share = scalars['share'] ?? 1 - dampening;
    // The buffer starts at zero, so that the first step follows the same lines as all others.
    const direction = buffer.mul(momentum).add(share === 1 ? g : g.mul(share));
    const mean = scalars['correction'] ? direction.div(scalars['correction']) : direction;
    const v = nesterov ? g.add(mean.mul(momentum)) : mean;
    return { value: value.sub(v.mul(scalars['lr']!)), state: { momentum_buffer: direction } };
  }

  protected override check(options: SGDOptions): void {
    super.check(options);
    const { momentum, dampening, nesterov } = options;
    if (!(momentum >= 0)) throw new ArgumentError(`SGD: momentum is ${momentum}; expected a number of at least 0, usually 0.9.`);
    if (!Number.isFinite(dampening)) throw new ArgumentError(`SGD: dampening is ${dampening}; expected a number, usually 0.`);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ArgumentError(`SGD: nesterov needs momentum above 0 and dampening 0; got momentum ${momentum}, dampening ${dampening}.`);
    }
  }

  protected override checkRows(options: SGDOptions, name: string): void {
    super.checkRows(options, name);
    if (options.momentum !== 0) {
      throw new ArgumentError(
        `SGD: ${name} has a gradient for some rows only, but momentum ${options.momentum} moves all rows. ` +
          'Put it into a group of its own with momentum: 0, use Adam, or look it up with sparse: false.',
      );
    }
  }
}
