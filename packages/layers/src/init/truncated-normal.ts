/** Normal numbers of an interval, and the mean and deviation that are left of them. */
import { add, ArgumentError, clamp, erfinv, mul, readOptions, specialMath, uniform, type Shape, type Tensor } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';

/** A normal distribution of which only the part from `low` to `high` is drawn from. */
export interface TruncatedNormal {
  /** Mean of the whole distribution. Default 0. */
  readonly mean?: number;
  /** Standard deviation of the whole distribution. Default 1. */
  readonly std?: number;
  /** Smallest number, not in units of `std`. Default -2. */
  readonly low?: number;
  /** Largest number. Default 2. */
  readonly high?: number;
}

export interface TruncatedNormalOptions extends FactoryOptions, TruncatedNormal {}

/**
 * Normal numbers of an interval: those outside are not cut off but never drawn. They come from uniform numbers through the
 * inverse of the distribution function.
 *
 * @throws ArgumentError unless std > 0 and low < high.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.truncatedNormal([50, 100], { std: 0.02, low: -0.04, high: 0.04 }).shape); // [50, 100]
 * ```
 */
export function truncatedNormal(shape: Shape, options: TruncatedNormalOptions = {}): Tensor {
  readOptions('truncatedNormal', options, ['dtype', 'generator', 'mean', 'std', 'low', 'high']);
  const { mean, std, low, high } = withDefaults('truncatedNormal', options);
  const { dtype, generator } = options;
  const [from, to] = [low, high].map((x) => specialMath.erf((x - mean) / (std * Math.SQRT2))) as [number, number];
  const standard = mul(erfinv(uniform(shape, from, to, { dtype, generator })), std * Math.SQRT2);
  return clamp(mean === 0 ? standard : add(standard, mean), { min: low, max: high });
}

/**
 * Mean and standard deviation of what `truncatedNormal` draws; the deviation is smaller than `std`.
 *
 * @throws ArgumentError unless std > 0 and low < high.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.truncatedNormalMoments()); // { mean: 0, std: 0.8796... }
 * ```
 */
export function truncatedNormalMoments(options: TruncatedNormal = {}): { mean: number; std: number } {
  readOptions('truncatedNormalMoments', options, ['mean', 'std', 'low', 'high']);
  const { mean, std, low, high } = withDefaults('truncatedNormalMoments', options);
  const [a, b] = [(low - mean) / std, (high - mean) / std];
  const mass = between(a, b);
  const [atA, atB] = [density(a), density(b)];
  const shift = (atA - atB) / mass;
  // At an infinite end the density wins over the factor.
  const moment = ((atA === 0 ? 0 : a * atA) - (atB === 0 ? 0 : b * atB)) / mass;
  return { mean: mean + std * shift, std: std * Math.sqrt(1 + moment - shift * shift) };
}

/** Density of the standard normal distribution. */
function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** Probability of a standard normal number from a to b; in the tails from small numbers, so that nothing cancels. */
function between(a: number, b: number): number {
  const upper = (x: number): number => specialMath.erfc(x / Math.SQRT2) / 2;
  return a > 0 ? upper(a) - upper(b) : upper(-b) - upper(-a);
}

function withDefaults(where: string, options: TruncatedNormal): Required<TruncatedNormal> {
  const { mean = 0, std = 1, low = -2, high = 2 } = options;
  if (!(std > 0)) throw new ArgumentError(`${where}: std is ${std}; expected a number > 0.`);
  if (!(low < high)) throw new ArgumentError(`${where}: low is ${low} and high ${high}; expected low < high.`);
  return { mean, std, low, high };
}
