/**
 * Xavier (Glorot) initialisation: variance gain^2 * 2 / (fanIn + fanOut), which keeps the variance of signals and gradients
 * through layers with tanh. Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
 */
import { readOptions, type Shape, type Tensor } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';
import { normal, uniform } from './basic';
import { fans } from './fans';

export interface XavierOptions extends FactoryOptions {
  /** Default 1; see `gain`. */
  readonly gain?: number;
}

const XAVIER_OPTIONS = ['gain', 'dtype', 'generator'] as const;

/**
 * Normal numbers with standard deviation gain * sqrt(2 / (fanIn + fanOut)).
 *
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.xavierNormal([50, 100]).shape); // [50, 100], standard deviation 0.115
 * ```
 */
export function xavierNormal(shape: Shape, options: XavierOptions = {}): Tensor {
  const { gain = 1, ...rest } = readOptions('xavierNormal', options, XAVIER_OPTIONS);
  return normal(shape, { ...rest, std: deviation(shape, gain) });
}

/**
 * Uniform numbers in [-b, b), b = gain * sqrt(6 / (fanIn + fanOut)).
 *
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.xavierUniform([50, 100]).shape); // [50, 100], within 0.2
 * ```
 */
export function xavierUniform(shape: Shape, options: XavierOptions = {}): Tensor {
  const { gain = 1, ...rest } = readOptions('xavierUniform', options, XAVIER_OPTIONS);
  const bound = Math.sqrt(3) * deviation(shape, gain);
  return uniform(shape, { ...rest, low: -bound, high: bound });
}

function deviation(shape: Shape, gain: number): number {
  const { fanIn, fanOut } = fans(shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}
