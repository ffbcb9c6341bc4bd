import { ArgumentError, readOptions, type Shape, type Tensor } from '@cotangent/tensor';
import { normal, uniform } from './basic';
import { fans, type FanOptions } from './fans';
import { truncatedNormal, truncatedNormalMoments } from './truncated-normal';
import type { FactoryOptions } from '../options';

export interface VarianceScalingOptions extends FactoryOptions, FanOptions {
  /** Default 1. */
  readonly scale?: number;
  /** What the variance is divided by; 'fanAverage' is half the sum of both. Default 'fanIn'. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAverage';
  /** Default 'truncatedNormal': up to two standard deviations from 0. */
  readonly distribution?: 'truncatedNormal' | 'normal' | 'uniform';
}

/**
 * Numbers with mean 0 and variance scale / fan, of which the rules with names are special cases: LeCun (scale 1, fanIn), He
 * (scale 2, fanIn), Xavier (scale 1, fanAverage). The variance is that of what is drawn, also of the truncated distribution.
 * Keras' `VarianceScaling`.
 *
 * @throws ShapeError for fewer than two axes; ArgumentError for an unknown mode or distribution, or a scale that is not > 0.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.varianceScaling([50, 100], { scale: 2 }).shape); // [50, 100], standard deviation sqrt(2 / 100) = 0.141
 * ```
 */
export function varianceScaling(shape: Shape, options: VarianceScalingOptions = {}): Tensor {
  readOptions('varianceScaling', options, ['scale', 'mode', 'distribution', 'dtype', 'generator', 'transposed']);
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal', transposed, ...draw } = options;
  const { fanIn, fanOut } = fans(shape, { transposed });
  const choices = { fanIn, fanOut, fanAverage: (fanIn + fanOut) / 2 };
  if (!Object.hasOwn(choices, mode)) {
    throw new ArgumentError(`varianceScaling: the mode is '${mode}'; expected fanIn, fanOut or fanAverage.`);
  }
  if (!(scale > 0)) throw new ArgumentError(`varianceScaling: scale is ${scale}; expected a number > 0.`);
  const std = Math.sqrt(scale / choices[mode]);
  switch (distribution) {
    case 'normal':
      return normal(shape, { ...draw, std });
    case 'uniform':
      return uniform(shape, { ...draw, low: -Math.sqrt(3) * std, high: Math.sqrt(3) * std });
    case 'truncatedNormal': {
      const whole = std / truncatedNormalMoments().std;
      return truncatedNormal(shape, { ...draw, std: whole, low: -2 * whole, high: 2 * whole });
    }
    default:
      throw new ArgumentError(
        `varianceScaling: the distribution is '${String(distribution)}'; expected truncatedNormal, normal or uniform.`,
      );
  }
}
