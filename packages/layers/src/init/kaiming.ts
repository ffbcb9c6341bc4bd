/**
 * Kaiming (He) initialisation: standard deviation gain / sqrt(fan), which keeps the variance of signals through layers with
 * relu. He et al., "Delving deep into rectifiers", 2015.
 */
import { ArgumentError, readOptions, type Shape, type Tensor } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';
import { normal, uniform } from './basic';
import { fans, type FanOptions } from './fans';
import { gain, type Nonlinearity } from './gain';

export interface KaimingOptions extends FactoryOptions, FanOptions {
  /** The slope of leakyRelu. Default 0, so that the default nonlinearity is relu. */
  readonly a?: number;
  /** 'fanIn' (default) keeps the variance of the signal forwards, 'fanOut' that of the gradient backwards. */
  readonly mode?: 'fanIn' | 'fanOut';
  /** Default 'leakyRelu'. */
  readonly nonlinearity?: Nonlinearity;
}

const KAIMING_OPTIONS = ['a', 'mode', 'nonlinearity', 'dtype', 'generator', 'transposed'] as const;

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
  return normal(shape, { ...draw(readOptions('kaimingNormal', options, KAIMING_OPTIONS)), std: deviation(shape, options) });
}

/**
 * Uniform numbers in [-b, b), b = gain * sqrt(3 / fan).
 *
 * @throws ShapeError for fewer than two axes; ArgumentError for an unknown mode or nonlinearity.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.kaimingUniform([50, 100], { nonlinearity: 'relu' }).shape); // [50, 100], within sqrt(6 / 100) = 0.245
 * ```
 */
export function kaimingUniform(shape: Shape, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * deviation(shape, readOptions('kaimingUniform', options, KAIMING_OPTIONS));
  return uniform(shape, { ...draw(options), low: -bound, high: bound });
}

/**
 * Uniform numbers in [-b, b), b = 1 / sqrt(fanIn): how `Linear` and the convolutions start, as in PyTorch.
 *
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.fanInUniform([50, 100]).shape); // [50, 100], within 0.1
 * ```
 */
export function fanInUniform(shape: Shape, options: FactoryOptions & FanOptions = {}): Tensor {
  return kaimingUniform(shape, { ...readOptions('fanInUniform', options, ['dtype', 'generator', 'transposed']), a: Math.sqrt(5) });
}

function deviation(shape: Shape, options: KaimingOptions): number {
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu', transposed } = options;
  const both = fans(shape, { transposed });
  if (!Object.hasOwn(both, mode)) throw new ArgumentError(`kaiming: the mode is '${mode}'; expected fanIn or fanOut.`);
  return gain(nonlinearity, a) / Math.sqrt(both[mode]);
}

function draw({ dtype, generator }: KaimingOptions): FactoryOptions {
  return { dtype, generator };
}
