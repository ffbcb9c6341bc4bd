/** Constraints on weights: projections onto what is allowed, and `constrain`, which applies one after a step. */
import { add, ArgumentError, clamp, div, gt, maximum, mul, noGrad, norm, readOptions, relu, where, type Tensor } from '@cotangent/tensor';
import { checkNotNegative, checkPositive, checkProbability } from '../check';
import { WEIGHT_CHOICE, weightsOf, type WeightChoice, type WeightSource } from './weights-of';

/** From a weight to the allowed one nearest to it. */
export type Constraint = (weight: Tensor) => Tensor;

/**
 * Replaces the weights of a model by what a constraint makes of them: call it after every step of the optimiser, also inside a
 * compiled step. The values are computed with whatever is computed next, so it costs no plan of its own.
 *
 * @param of a module, or the parameters themselves; frozen ones stay, and without { biases: true } those with fewer than two axes.
 * @example
 * ```ts
 * import { constrain, Linear, maxNorm } from '@cotangent/layers';
 * const layer = new Linear(100, 10);
 * constrain(layer, (w) => maxNorm(w, { max: 0.5 }));
 * console.log(await layer.weight.square().sum({ dim: 1 }).amax().item()); // at most 0.25
 * ```
 */
export function constrain(of: WeightSource, constraint: Constraint, options: WeightChoice = {}): void {
  readOptions('constrain', options, WEIGHT_CHOICE);
  noGrad(() => {
    for (const p of weightsOf(of, options)) p.update(constraint(p));
  });
}

export interface NormOptions {
  /** The axes a norm is taken over. Default: all but the first, so that each unit has the norm of its incoming weights. */
  readonly dim?: number | readonly number[];
}

export interface MaxNormOptions extends NormOptions {
  /** Default 2. */
  readonly max?: number;
}

/**
 * Weights whose norm is above `max` are scaled down to it; the others stay as they are. Srivastava et al., "Dropout", 2014, and
 * Srebro and Shraibman, "Rank, Trace-Norm and Max-Norm", 2005.
 *
 * @throws ArgumentError unless max > 0.
 * @example
 * ```ts
 * import { maxNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await maxNorm(tensor([[3, 4], [0.3, 0.4]]), { max: 1 }).array()); // [[0.6, 0.8], [0.3, 0.4]]
 * ```
 */
export function maxNorm(weight: Tensor, options: MaxNormOptions = {}): Tensor {
  const { max = 2, dim } = readOptions('maxNorm', options, ['max', 'dim']);
  checkPositive('maxNorm', 'max', max);
  const size = normOf(weight, dim);
  return where(gt(size, max), mul(weight, div(max, size)), weight);
}

/**
 * Weights divided by their norm; zeros stay zeros.
 *
 * @example
 * ```ts
 * import { unitNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await unitNorm(tensor([[3, 4], [0, 0]])).array()); // [[0.6, 0.8], [0, 0]]
 * ```
 */
export function unitNorm(weight: Tensor, options: NormOptions = {}): Tensor {
  return div(weight, maximum(normOf(weight, readOptions('unitNorm', options, ['dim']).dim), TINY));
}

export interface MinMaxNormOptions extends NormOptions {
  /** Default 0. */
  readonly min?: number;
  /** Default 1. */
  readonly max?: number;
  /** How much of the way to the interval is gone at once, from 0 to 1 (default). */
  readonly rate?: number;
}

/**
 * Weights scaled so that their norm lies from `min` to `max`; zeros stay zeros.
 *
 * @throws ArgumentError unless 0 <= min <= max and the rate is in [0, 1].
 * @example
 * ```ts
 * import { minMaxNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await minMaxNorm(tensor([[3, 4], [0.3, 0.4]]), { min: 1, max: 2.5 }).array()); // [[1.5, 2], [0.6, 0.8]]
 * ```
 */
export function minMaxNorm(weight: Tensor, options: MinMaxNormOptions = {}): Tensor {
  const { min = 0, max = 1, rate = 1, dim } = readOptions('minMaxNorm', options, ['min', 'max', 'rate', 'dim']);
  checkNotNegative('minMaxNorm', 'min', min);
  if (!(max >= min)) throw new ArgumentError(`minMaxNorm: min is ${min} and max ${max}; expected min <= max.`);
  checkProbability('minMaxNorm', 'rate', rate);
  const size = normOf(weight, dim);
  const wanted = add(mul(clamp(size, { min, max }), rate), mul(size, 1 - rate));
  return mul(weight, div(wanted, maximum(size, TINY)));
}

/**
 * Negative weights become 0.
 *
 * @example
 * ```ts
 * import { nonNegative } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await nonNegative(tensor([[-1, 2]])).array()); // [[0, 2]]
 * ```
 */
export function nonNegative(weight: Tensor): Tensor {
  return relu(weight);
}

/** In place of a norm of 0. */
const TINY = 1e-30;

function normOf(weight: Tensor, dim: NormOptions['dim']): Tensor {
  const others = weight.shape.map((_, axis) => axis).slice(weight.ndim > 1 ? 1 : 0);
  return norm(weight, { dim: dim ?? others, keepdim: true });
}
