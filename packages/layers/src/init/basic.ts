/** Initial values that do not depend on what a weight connects. */
import { full, randn, readOptions, uniform as drawUniform, type Shape, type Tensor } from '@cotangent/tensor';
import { FACTORY_OPTIONS, type FactoryOptions } from '../options';

/**
 * A tensor of zeros, for biases. Weights of a hidden layer must not start equal: units that compute the same get the same
 * gradient and stay the same.
 *
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(await init.zeros([2]).array()); // [0, 0]
 * ```
 */
export function zeros(shape: Shape, options: FactoryOptions = {}): Tensor {
  return full(shape, 0, readOptions('zeros', options, FACTORY_OPTIONS));
}

/**
 * A tensor of ones.
 *
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(await init.ones([2]).array()); // [1, 1]
 * ```
 */
export function ones(shape: Shape, options: FactoryOptions = {}): Tensor {
  return full(shape, 1, readOptions('ones', options, FACTORY_OPTIONS));
}

/**
 * A tensor filled with one value.
 *
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(await init.constant([2], 0.5).array()); // [0.5, 0.5]
 * ```
 */
export function constant(shape: Shape, value: number, options: FactoryOptions = {}): Tensor {
  return full(shape, value, readOptions('constant', options, FACTORY_OPTIONS));
}

export interface UniformOptions extends FactoryOptions {
  /** Default 0. */
  readonly low?: number;
  /** Default 1; itself never drawn. */
  readonly high?: number;
}

/**
 * Uniform numbers in [low, high).
 *
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.uniform([3, 2], { low: -0.1, high: 0.1 }).shape); // [3, 2]
 * ```
 */
export function uniform(shape: Shape, options: UniformOptions = {}): Tensor {
  const { low = 0, high = 1, ...draw } = readOptions('uniform', options, ['low', 'high', 'dtype', 'generator']);
  return drawUniform(shape, low, high, draw);
}

export interface NormalOptions extends FactoryOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Default 1. */
  readonly std?: number;
}

/**
 * Normally distributed numbers.
 *
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.normal([3, 2], { std: 0.01 }).shape); // [3, 2]
 * ```
 */
export function normal(shape: Shape, options: NormalOptions = {}): Tensor {
  const { mean = 0, std = 1, ...draw } = readOptions('normal', options, ['mean', 'std', 'dtype', 'generator']);
  const values = randn(shape, draw).mul(std);
  return mean === 0 ? values : values.add(mean);
}
