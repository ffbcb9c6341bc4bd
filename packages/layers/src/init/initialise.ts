/** Putting initial values into a variable that exists already. */
import type { Shape, Tensor, Variable } from '@cotangent/tensor';
import type { FactoryOptions } from '../options';

/** A rule that makes initial values of a given shape, such as `xavierUniform`. */
export type Initialiser = (shape: Shape, options?: FactoryOptions) => Tensor;

/**
 * Replaces the value of a parameter (or buffer) by `values`, or by what a rule makes for its shape and dtype. The values are
 * computed with whatever is read next.
 *
 * @returns the parameter.
 * @throws ShapeError or DTypeError when the values do not fit.
 * @example
 * ```ts
 * import { Linear, init } from '@cotangent/layers';
 * const layer = new Linear(100, 50);
 * init.initialise(layer.weight, init.xavierUniform);
 * init.initialise(layer.weight, init.normal(layer.weight.shape, { std: 0.01 }));
 * ```
 */
export function initialise<V extends Variable>(parameter: V, values: Tensor | Initialiser): V {
  parameter.update(typeof values === 'function' ? values(parameter.shape, { dtype: parameter.dtype }) : values);
  return parameter;
}
