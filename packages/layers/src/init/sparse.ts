import { argsort, ArgumentError, randomBits, readOptions, ShapeError, show, where, type Shape, type Tensor } from '@cotangent/tensor';
import { normal } from './basic';
import type { FactoryOptions } from '../options';

export interface SparseOptions extends FactoryOptions {
  /** Standard deviation of what is not 0. Default 0.01. */
  readonly std?: number;
}

/**
 * Normal numbers of which in every column a share, rounded up, is 0: every input reaches few units. Martens, "Deep learning via
 * Hessian-free optimization", 2010.
 *
 * @param shape [out, in].
 * @param sparsity the share of zeros, from 0 to 1.
 * @throws ShapeError unless there are two axes; ArgumentError for a share outside [0, 1].
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(await init.sparse([4, 2], 0.5).array()); // two zeros in each column
 * ```
 */
export function sparse(shape: Shape, sparsity: number, options: SparseOptions = {}): Tensor {
  const { std = 0.01, dtype, generator } = readOptions('sparse', options, ['std', 'dtype', 'generator']);
  if (shape.length !== 2) throw new ShapeError(`sparse: the shape is ${show(shape)}; expected two axes, [out, in].`);
  if (!(sparsity >= 0 && sparsity <= 1)) throw new ArgumentError(`sparse: sparsity is ${sparsity}; expected a number from 0 to 1.`);
  const values = normal(shape, { std, dtype, generator });
  const zeros = Math.ceil(sparsity * shape[0]!);
  // Every column holds the numbers 0 to out - 1 in random order; the smallest mark the zeros.
  const order = argsort(randomBits(shape, { generator }), { dim: 0 });
  return where(order.lt(zeros), 0, values);
}
