/**
 * Kaiming (He) initialisation: standard deviation gain / sqrt(fan), which keeps the variance of signals through layers with
 * relu. He et al., "Delving deep into rectifiers", 2015.
 */
import { ArgumentError, type Shape, type Tensor } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';
import { normal, uniform } from './basic';
import { fans } from './fans';
import { gain, type Nonlinearity } from './gain';

export interface KaimingOptions extends FactoryOptions {
  /** The slope of leakyRelu. Default 0, so that the default nonlinearity is relu. */
  readonly a?: number;
  /** 'fanIn' (default) keeps the variance of the signal forwards, 'fanOut' that of the gradient backwards. */
  readonly mode?: 'fanIn' | 'fanOut';
  /** Default 'leakyRelu'. */
  readonly nonlinearity?: Nonlinearity;
}

/**
 * Normal numbers with standard deviation gain / sqrt(fan).
 *
 * @throws ShapeError for fewer than two axes; ArgumentError for an unknown mode or nonlinearity.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.kaimingNormal([50, 100]).shape); // [50, 100], standard deviation sqrt(2 / 100) = 0.141
 * ```
 */
export function kaimingNormal(shape: Shape, options: KaimingOptions = {}): Tensor {
  return normal(shape, { ...draw(options), std: deviation(shape, options) });
}

/**
 * Uniform numbers in [-b, b), b = gain * sqrt(3 / fan). With a = sqrt(5) this is how `Linear` and the convolutions start:
 * b = 1 / sqrt(fanIn).
 *
 * @throws ShapeError for fewer than two axes; ArgumentError for an unknown mode or nonlinearity.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.kaimingUniform([50, 100], { nonlinearity: 'relu' }).shape); // [50, 100], within sqrt(6 / 100) = 0.245
 * ```
 */
export function kaimingUniform(shape: Shape, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * deviation(shape, options);
  return uniform(shape, { ...draw(options), low: -bound, high: bound });
}

function deviation(shape: Shape, options: KaimingOptions): number {
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options;
  const both = fans(shape);
  if (!Object.hasOwn(both, mode)) throw new ArgumentError(`kaiming: the mode is '${mode}'; expected fanIn or fanOut.`);
  return gain(nonlinearity, a) / Math.sqrt(both[mode]);
}

function draw({ dtype, generator }: KaimingOptions): FactoryOptions {
  return { dtype, generator };
}
