/** LAMB. */
import { ArgumentError, where, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, checkBetas, givenOptions } from './checks';
import { correction, running } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface LAMBOptions extends CommonOptions {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas: readonly [number, number];
  /** Added to the root of the mean square. Default 1e-6. */
  readonly eps: number;
  /** Correct both means for their start at zero. Default true. */
  readonly biasCorrection: boolean;
}

const DEFAULTS: LAMBOptions = { betas: [0.9, 0.999], eps: 1e-6, biasCorrection: true, weightDecay: 0, maximize: false };

/**
 * Adam's direction, weight decay added, scaled for every parameter to lr times the norm of its weights; for very large
 * batches (You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", 2020). A parameter that is
 * all zeros, or whose direction is, is moved by lr times the direction.
 *
 * A step takes two passes over every parameter: norms need all elements before the first can be moved. The second pass,
 * with all state, is one kernel for all parameters; the norms are up to two reductions for each.
 *
 * @param options `lr` is 1e-3 by default.
 * @throws ArgumentError for options that make no sense, and for gradients of some rows of a table.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { LAMB } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([3, 4]));
 * new LAMB([w], { lr: 0.1 }).step(backward(w.square().sum()));
 * console.log(await w.array()); // a step of 0.1 * 5 along the diagonal: [2.646..., 3.646...]
 * ```
 */
export class LAMB extends Optimizer<LAMBOptions> {
  constructor(params: ParameterSource<LAMBOptions>, options: Partial<LAMBOptions> & { readonly lr?: number } = {}) {
    const { lr = 1e-3, ...given } = givenOptions('LAMB', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq'];
  }

  protected counts({ biasCorrection }: LAMBOptions): boolean {
    return biasCorrection;
  }

  protected override scalars(
    { betas }: LAMBOptions,
    _lr: Tensor,
    step: Tensor | undefined,
    { momentum = betas[0] }: Readonly<Record<string, Tensor | number>>,
  ): Record<string, Tensor> {
    return step ? { first: correction(momentum, step), root: correction(betas[1], step).sqrt() } : {};
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: LAMBOptions): RuleOutput {
    const { betas, eps, weightDecay } = options;
    const { first, root } = scalars;
    const mean = running(state['exp_avg']!, scalars['momentum'] ?? betas[0], gradient);
    const square = running(state['exp_avg_sq']!, betas[1], gradient.square());
    const scale = (root ? square.sqrt().div(root) : square.sqrt()).add(eps);
    const along = (first ? mean.div(first) : mean).div(scale);
    const direction = weightDecay === 0 ? along : along.add(value.mul(weightDecay));
    const [weights, step] = [norm(value), norm(direction)];
    const ratio = where(weights.mul(step).gt(0), weights.div(step), 1);
    return { value: value.sub(direction.mul(ratio.mul(scalars['lr']!))), state: { exp_avg: mean, exp_avg_sq: square } };
  }

  protected override check(options: LAMBOptions): void {
    super.check(options);
    checkBetas('LAMB', options.betas);
    checkAtLeastZero('LAMB', { eps: options.eps });
  }

  protected override checkRows(_options: LAMBOptions, name: string): void {
    throw new ArgumentError(`LAMB: ${name} has a gradient for some rows only, but the norm is of all rows; look it up with sparse: false.`);
  }
}

function norm(t: Tensor): Tensor {
  return t.square().sum().sqrt();
}
