/** Adafactor. */
import { ArgumentError, maximum, minimum, rsqrt, type Tensor } from '@cotangent/tensor';
import { checkAtLeastZero, checkPositive, givenOptions } from './checks';
import { running, shrink } from './formulas';
import type { ParameterSource } from './group';
import { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';
import type { StateArray } from './state-array';

export interface AdafactorOptions extends CommonOptions {
  /** Added to squared gradients, and the least size that weights count with. Default [1e-30, 1e-3]. */
  readonly eps: readonly [number, number];
  /** Updates whose root mean square is larger are scaled down to it. Default 1. */
  readonly clipThreshold: number;
  /** The mean square decays with 1 - t^decayRate. Default -0.8. */
  readonly decayRate: number;
  /** Decay of a running mean of the updates, or null for none, which saves an array. Default null. */
  readonly beta1: number | null;
  /** Steps in proportion to the root mean square of the weights. Default true. */
  readonly scaleParameter: boolean;
  /** Multiply lr by min(0.01, 1 / sqrt(t)). Default true. */
  readonly relativeStep: boolean;
  /** Let that 0.01 rise from 0, by 1e-6 a step. Default false. */
  readonly warmupInit: boolean;
}

const DEFAULTS: AdafactorOptions = {
  eps: [1e-30, 1e-3], clipThreshold: 1, decayRate: -0.8, beta1: null, scaleParameter: true, relativeStep: true, warmupInit: false,
  weightDecay: 0, maximize: false,
};

/**
 * Adam in little memory: of the mean square of a matrix only the means of rows and columns are kept, and of the gradient no
 * mean (Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018). Arrays of more than two
 * axes are stacks of matrices; vectors keep their whole mean square.
 *
 * A step takes several passes over every parameter, because each needs sums of the one before: means of rows and columns,
 * the size of the update, the update. The last is one kernel for all parameters.
 *
 * @param options `lr` is 1 by default, a factor of the relative step; with relativeStep: false it is the rate itself.
 * @throws ArgumentError for options that make no sense, and for gradients of some rows of a table.
 * @example
 * ```ts
 * import { Adafactor } from '@cotangent/optimizers';
 * import { parameter, zeros } from '@cotangent/tensor';
 * const optimizer = new Adafactor([parameter(zeros([300, 200]))]);
 * console.log(Object.keys(optimizer.stateDict())); // ['0.exp_avg_sq_row', '0.exp_avg_sq_col', '0.step', 'groups']: 500 numbers
 * ```
 */
export class Adafactor extends Optimizer<AdafactorOptions> {
  constructor(params: ParameterSource<AdafactorOptions>, options: Partial<AdafactorOptions> & { readonly lr?: number } = {}) {
    const { lr = 1, ...given } = givenOptions('Adafactor', options, DEFAULTS);
    super(params, lr, { ...DEFAULTS, ...given });
  }

  protected slots({ beta1 }: AdafactorOptions, shape: readonly number[]): readonly StateArray[] {
    const like = (name: string, own = shape): StateArray => ({ name, shape: own, start: 0 });
    const squares =
      shape.length < 2
        ? [like('exp_avg_sq')]
        : [like('exp_avg_sq_row', shape.slice(0, -1)), like('exp_avg_sq_col', [...shape.slice(0, -2), shape.at(-1)!])];
    return beta1 === null ? squares : [...squares, like('exp_avg')];
  }

  protected counts(): boolean {
    return true;
  }

  protected override scalars(options: AdafactorOptions, lr: Tensor, step: Tensor): Record<string, Tensor> {
    const { decayRate, relativeStep, warmupInit } = options;
    const most = warmupInit ? step.mul(1e-6) : 1e-2;
    return {
      decay: step.pow(decayRate).neg().add(1),
      rate: relativeStep ? lr.mul(minimum(rsqrt(step), most)) : lr,
    };
  }

  protected rule({ value, gradient, state, scalars }: RuleInput, options: AdafactorOptions): RuleOutput {
    const { eps, clipThreshold, beta1, scaleParameter, weightDecay } = options;
    const decay = scalars['decay']!;
    const squares = gradient.square().add(eps[0]);
    const { scale, means } = inverseRoots(squares, state, decay);
    const raw = gradient.mul(scale);
    const rate = scaleParameter ? scalars['rate']!.mul(maximum(size(value), eps[1])) : scalars['rate']!;
    const update = raw.mul(rate.div(maximum(size(raw).div(clipThreshold), 1)));
    const mean = beta1 === null ? undefined : running(state['exp_avg']!, beta1, update);
    const from = weightDecay === 0 ? value : value.mul(shrink(rate, options));
    return { value: from.sub(mean ?? update), state: { ...means, ...(mean ? { exp_avg: mean } : {}) } };
  }

  protected override check(options: AdafactorOptions): void {
    super.check(options);
    const { eps, clipThreshold, decayRate, beta1, relativeStep, warmupInit } = options;
    checkAtLeastZero('Adafactor', { 'eps[0]': eps[0], 'eps[1]': eps[1] });
    checkPositive('Adafactor', { clipThreshold });
    if (!(decayRate <= 0)) throw new ArgumentError(`Adafactor: decayRate is ${decayRate}; expected a number of at most 0, usually -0.8.`);
    if (beta1 !== null && !(beta1 >= 0 && beta1 < 1)) {
      throw new ArgumentError(`Adafactor: beta1 is ${beta1}; expected null, or a number from 0 to below 1.`);
    }
    if (warmupInit && !relativeStep) throw new ArgumentError('Adafactor: warmupInit needs relativeStep.');
  }

  protected override checkRows(_options: AdafactorOptions, name: string): void {
    throw new ArgumentError(`Adafactor: ${name} has a gradient for some rows only, but its means are of all rows; use sparse: false.`);
  }
}

/** One over the root of the mean square of every element, and the means it is made of. */
function inverseRoots(
  squares: Tensor,
  state: Readonly<Record<string, Tensor>>,
  decay: Tensor,
): { scale: Tensor; means: Record<string, Tensor> } {
  const { exp_avg_sq: whole, exp_avg_sq_row: rows, exp_avg_sq_col: columns } = state;
  if (whole) {
    const mean = running(whole, decay, squares);
    return { scale: rsqrt(mean), means: { exp_avg_sq: mean } };
  }
  const row = running(rows!, decay, squares.mean({ dim: -1 }));
  const column = running(columns!, decay, squares.mean({ dim: -2 }));
  const share = row.div(row.mean({ dim: -1, keepdim: true }));
  return {
    scale: rsqrt(share).unsqueeze(-1).mul(rsqrt(column).unsqueeze(-2)),
    means: { exp_avg_sq_row: row, exp_avg_sq_col: column },
  };
}

/** Root mean square. */
function size(t: Tensor): Tensor {
  return t.square().mean().sqrt();
}
