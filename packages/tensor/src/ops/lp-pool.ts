/** Power-average pooling: the norm of each window. Layout N C spatial, as PyTorch. */
import { ArgumentError } from '../errors';
import { sizeOf } from '../shape';
import type { Tensor } from '../tensor';
import { eq, where } from './compare';
import { perAxis, type PerAxis } from './conv';
import { mul, pow } from './math';
import { checkOptions } from './operand';
import { avgPool, type PoolOptions } from './pool';

export type LPPoolOptions = Pick<PoolOptions, 'stride' | 'ceilMode'>;

function lpPool(op: string, rank: number, x: Tensor, normType: number, size: PerAxis, options: LPPoolOptions): Tensor {
  checkOptions(op, options, '{ stride: 2 }');
  if (!(normType > 0 && Number.isFinite(normType))) {
    throw new ArgumentError(`${op}: normType is ${normType}; expected a finite number > 0. For the largest element use max pooling.`);
  }
  const { stride, ceilMode } = options;
  const places = sizeOf(perAxis(op, 'the window', size, rank, 1));
  const sums = mul(avgPool(op, rank, pow(x, normType), size, { stride, ceilMode }), places);
  // The root has no slope at 0, where a window of zeros gets no gradient.
  const isZero = eq(sums, 0);
  return where(isZero, 0, pow(where(isZero, 1, sums), 1 / normType));
}

/**
 * The p-norm of each window of [batch, channels, length] (batch optional): (sum of x^p)^(1/p), so 1 gives sums and 2 lengths.
 * x^p keeps its sign, as in PyTorch; with an odd p pool the absolute values.
 *
 * @param normType p > 0.
 * @param size the window: a number, or one per axis.
 * @example
 * ```ts
 * import { lpPool1d, tensor } from '@cotangent/tensor';
 * console.log(await lpPool1d(tensor([[3, 4]]), 2, 2).array()); // [[5]]
 * ```
 */
export function lpPool1d(x: Tensor, normType: number, size: PerAxis, options: LPPoolOptions = {}): Tensor {
  return lpPool('lpPool1d', 1, x, normType, size, options);
}

/**
 * The p-norm of each window of [batch, channels, height, width] (batch optional), as `lpPool1d`.
 *
 * @param normType p > 0.
 * @param size the window: a number, or one per axis.
 * @example
 * ```ts
 * import { lpPool2d, ones } from '@cotangent/tensor';
 * console.log(await lpPool2d(ones([1, 2, 2]), 2, 2).array()); // [[[2]]]
 * ```
 */
export function lpPool2d(x: Tensor, normType: number, size: PerAxis, options: LPPoolOptions = {}): Tensor {
  return lpPool('lpPool2d', 2, x, normType, size, options);
}

/**
 * The p-norm of each window of [batch, channels, depth, height, width] (batch optional), as `lpPool1d`.
 *
 * @param normType p > 0.
 * @param size the window: a number, or one per axis.
 * @example
 * ```ts
 * import { lpPool3d, ones } from '@cotangent/tensor';
 * console.log(lpPool3d(ones([1, 4, 4, 4]), 2, 2).shape); // [1, 2, 2, 2]
 * ```
 */
export function lpPool3d(x: Tensor, normType: number, size: PerAxis, options: LPPoolOptions = {}): Tensor {
  return lpPool('lpPool3d', 3, x, normType, size, options);
}
