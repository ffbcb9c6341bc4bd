/**
 * LeCun initialisation: variance 1 / fanIn, for layers without nonlinearity, with tanh or with selu. LeCun et al., "Efficient
 * BackProp", 1998.
 */
import { readOptions, type Shape, type Tensor } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';
import type { FanOptions } from './fans';
import { kaimingNormal, kaimingUniform } from './kaiming';

/**
 * Normal numbers with standard deviation 1 / sqrt(fanIn).
 *
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.lecunNormal([50, 100]).shape); // [50, 100], standard deviation 0.1
 * ```
 */
export function lecunNormal(shape: Shape, options: FactoryOptions & FanOptions = {}): Tensor {
  return kaimingNormal(shape, { ...readOptions('lecunNormal', options, ['dtype', 'generator', 'transposed']), nonlinearity: 'linear' });
}

/**
 * Uniform numbers in [-b, b), b = sqrt(3 / fanIn).
 *
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.lecunUniform([50, 100]).shape); // [50, 100], within 0.173
 * ```
 */
export function lecunUniform(shape: Shape, options: FactoryOptions & FanOptions = {}): Tensor {
  return kaimingUniform(shape, { ...readOptions('lecunUniform', options, ['dtype', 'generator', 'transposed']), nonlinearity: 'linear' });
}
