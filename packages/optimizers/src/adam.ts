/** Adam and AdamW. */
import { maximum, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, checkBetas, givenOptions } from './checks';
import { correction, decayed, rest, shrink } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';

export interface AdamOptions extends CommonOptions {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas: readonly [number, number];
  /** Added to the root of the mean square. Default 1e-8. */
  readonly eps: number;
  /** Add eps to the mean square, inside the root, as some texts write it. Default false: outside, as in the paper and in PyTorch. */
  readonly epsInside: boolean;
  /** Correct both means for their start at zero. Default true. */
  readonly biasCorrection: boolean;
  /** Divide by the largest mean square so far (Reddi et al., "On the Convergence of Adam and Beyond", 2018). Default false. */
  readonly amsgrad: boolean;
}

const DEFAULTS: AdamOptions = {
  betas: [0.9, 0.999], eps: 1e-8, epsInside: false, biasCorrection: true, weightDecay: 0, amsgrad: false, maximize: false,
};

/** What Adam and AdamW share: they differ in what weight decay acts on. */
abstract class AdamRule extends Optimizer<AdamOptions> {
  constructor(params: ParameterSource<AdamOptions>, options: Partial<AdamOptions> & { readonly lr?: number }, defaults: AdamOptions) {
    const { lr = 1e-3, ...rest } = givenOptions(new.target.name, options, defaults);
    super(params, lr, { ...defaults, ...rest });
  }

  protected slots({ amsgrad }: AdamOptions): readonly string[] {
    return ['exp_avg', 'exp_avg_sq', ...(amsgrad ? ['max_exp_avg_sq'] : [])];
  }

  protected counts({ biasCorrection }: AdamOptions): boolean {
    return biasCorrection;
  }

  protected override scalars(
    { betas, epsInside }: AdamOptions,
    lr: Tensor,
    step: Tensor | undefined,
    { momentum = betas[0] }: Readonly<Record<string, Tensor | number>>,
  ): Record<string, Tensor> {
    if (!step) return { stepSize: lr };
    const second = correction(betas[1], step);
    return { stepSize: lr.div(correction(momentum, step)), ...(epsInside ? { square: second } : { root: second.sqrt() }) };
  }

  /** One step from `value` along the corrected moments. */
  protected move(value: Tensor, gradient: Tensor, { state, scalars }: RuleInput, options: AdamOptions): RuleOutput {
    const { amsgrad, betas, eps, epsInside } = options;
    const { momentum = betas[0], root, square: corrected } = scalars;
    const mean = state['exp_avg']!.mul(momentum).add(gradient.mul(rest(momentum)));
    const square = state['exp_avg_sq']!.mul(betas[1]).add(gradient.square().mul(1 - betas[1]));
    const largest = amsgrad ? maximum(state['max_exp_avg_sq']!, square) : square;
    const scale = epsInside
      ? (corrected ? largest.div(corrected) : largest).add(eps).sqrt()
      : (root ? largest.sqrt().div(root) : largest.sqrt()).add(eps);
    return {
      value: value.sub(mean.div(scale).mul(scalars['stepSize']!)),
      state: { exp_avg: mean, exp_avg_sq: square, ...(amsgrad ? { max_exp_avg_sq: largest } : {}) },
    };
  }

  protected override check(options: AdamOptions): void {
    super.check(options);
    checkBetas(this.constructor.name, options.betas);
    checkAtLeastZero(this.constructor.name, { eps: options.eps });
  }
}

/**
 * Steps of about lr in every coordinate, whatever the size of its gradient: the running mean of the gradient over the root
 * of the running mean of its square, both corrected for their start at zero (Kingma and Ba, "Adam: A Method for Stochastic
 * Optimization", 2015). Weight decay is added to the gradient, as in PyTorch.
 *
 * A gradient of some rows of a table moves those rows and their moments only; the other moments do not decay.
 *
 * @param options `lr` is 1e-3 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Adam } from '@cotangent/optimizers';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([0, 0]));
 * const optimizer = new Adam([w], { lr: 0.1 });
 * for (let i = 0; i < 300; i++) optimizer.step(backward(w.sub(tensor([1, -1])).square().sum()));
 * console.log(await w.array()); // close to [1, -1]
 * ```
 */
export class Adam extends AdamRule {
  constructor(params: ParameterSource<AdamOptions>, options: Partial<AdamOptions> & { readonly lr?: number } = {}) {
    super(params, options, DEFAULTS);
  }

  protected rule(input: RuleInput, options: AdamOptions): RuleOutput {
    const { value, gradient } = input;
    return this.move(value, decayed(value, gradient, options), input, options);
  }
}

/**
 * Adam with weight decay apart from the gradient: every step first multiplies the weights by 1 - lr weightDecay
 * (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019).
 *
 * @param options `lr` is 1e-3 and `weightDecay` 0.01 by default.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { AdamW } from '@cotangent/optimizers';
 * import { parameter, tensor, zeros } from '@cotangent/tensor';
 * const weight = parameter(tensor([[1, 2]]));
 * const bias = parameter(zeros([1]));
 * const optimizer = new AdamW([{ params: [weight], weightDecay: 0.1 }, { params: [bias], weightDecay: 0 }], { lr: 3e-4 });
 * console.log(optimizer.groups.length, optimizer.lr); // 2 0.0003
 * ```
 */
export class AdamW extends AdamRule {
  constructor(params: ParameterSource<AdamOptions>, options: Partial<AdamOptions> & { readonly lr?: number } = {}) {
    super(params, options, { ...DEFAULTS, weightDecay: 0.01 });
  }

  protected override scalars(
    options: AdamOptions,
    lr: Tensor,
    step: Tensor | undefined,
    kept: Readonly<Record<string, Tensor>>,
  ): Record<string, Tensor> {
    const common = super.scalars(options, lr, step, kept);
    return options.weightDecay === 0 ? common : { ...common, shrink: shrink(lr, options) };
  }

  protected rule(input: RuleInput, options: AdamOptions): RuleOutput {
    const { value, gradient, scalars } = input;
    return this.move(scalars['shrink'] ? value.mul(scalars['shrink']) : value, gradient, input, options);
  }
}
