/** Max unpooling: values put back to the places their maxima came from. Layout N C spatial, as PyTorch. */
import { DTypeError, ShapeError } from '../errors';
import { sameShape, show, sizeOf } from '../shape';
import type { Tensor } from '../tensor';
import { perAxis, type PerAxis } from './conv';
import { zeros } from './create';
import { scatter } from './gather';
import { reshape } from './movement';
import { checkOptions, nodeOf } from './operand';

export interface MaxUnpoolOptions {
  /** Of the pooling. Default: the window. */
  readonly stride?: PerAxis;
  /** Of the pooling. Default 0. */
  readonly padding?: PerAxis;
  /** Sizes of the spatial axes of the result, or its whole shape. Default: (n - 1) stride - 2 padding + window. */
  readonly outputSize?: readonly number[];
}

function maxUnpool(op: string, rank: number, x: Tensor, indices: Tensor, size: PerAxis, options: MaxUnpoolOptions): Tensor {
  checkOptions(op, options, '{ stride: 2 }');
  const { shape, dtype } = nodeOf(op, x);
  const places = nodeOf(op, indices);
  if (shape.length !== rank + 1 && shape.length !== rank + 2) {
    throw new ShapeError(`${op}: got shape ${show(shape)}; expected [batch, channels, ${rank} spatial axes], or without batch.`);
  }
  if (!sameShape(places.shape, shape)) {
    throw new ShapeError(`${op}: the indices have shape ${show(places.shape)} and the values ${show(shape)}; they must be equal.`);
  }
  if (places.dtype !== 'int32') throw new DTypeError(`${op}: the indices are ${places.dtype}; expected int32, as the pooling gives them.`);
  const window = perAxis(op, 'the window', size, rank, 1);
  const stride = perAxis(op, 'stride', options.stride ?? window, rank, 1);
  const padding = perAxis(op, 'padding', options.padding ?? 0, rank, 0);
  const lead = shape.slice(0, -rank);
  const least = shape.slice(-rank).map((n, i) => (n - 1) * stride[i]! - 2 * padding[i]! + window[i]!);
  const given = options.outputSize;
  const out = given === undefined ? least : perAxis(op, 'outputSize', given.length === shape.length ? given.slice(-rank) : given, rank, 1);
  if (out.some((n, i) => n <= least[i]! - stride[i]! || n >= least[i]! + stride[i]!)) {
    throw new ShapeError(`${op}: outputSize ${show(out)} differs from ${show(least)} by a stride of ${show(stride)} or more.`);
  }
  if (out.some((n) => n < 1)) throw new ShapeError(`${op}: padding ${show(padding)} leaves nothing of the output ${show(out)}.`);
  const planes = sizeOf(lead);
  const flat = [planes, sizeOf(shape.slice(-rank))];
  const blank = zeros([planes, sizeOf(out)], { dtype });
  return reshape(scatter(blank, 1, reshape(indices, flat), reshape(x, flat)), [...lead, ...out]);
}

/**
 * The partial inverse of `maxPool1d`: every value goes to the place its maximum came from, all other places are 0.
 *
 * @param indices int32, as `maxPool1dWithIndices` gives them.
 * @param size the window of the pooling.
 * @throws ShapeError for sizes that do not fit; IndexError, when computed, for an index outside the result.
 * @example
 * ```ts
 * import { maxPool1dWithIndices, maxUnpool1d, tensor } from '@cotangent/tensor';
 * const { values, indices } = maxPool1dWithIndices(tensor([[1, 5, 7, 2]]), 2);
 * console.log(await maxUnpool1d(values, indices, 2).array()); // [[0, 5, 7, 0]]
 * ```
 */
export function maxUnpool1d(x: Tensor, indices: Tensor, size: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool('maxUnpool1d', 1, x, indices, size, options);
}

/**
 * The partial inverse of `maxPool2d`: every value goes to the place its maximum came from, all other places are 0.
 *
 * @param indices int32, as `maxPool2dWithIndices` gives them.
 * @param size the window of the pooling.
 * @throws ShapeError for sizes that do not fit; IndexError, when computed, for an index outside the result.
 * @example
 * ```ts
 * import { maxPool2dWithIndices, maxUnpool2d, tensor } from '@cotangent/tensor';
 * const { values, indices } = maxPool2dWithIndices(tensor([[[1, 5], [7, 2]]]), 2);
 * console.log(await maxUnpool2d(values, indices, 2).array()); // [[[0, 0], [7, 0]]]
 * ```
 */
export function maxUnpool2d(x: Tensor, indices: Tensor, size: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool('maxUnpool2d', 2, x, indices, size, options);
}

/**
 * The partial inverse of `maxPool3d`: every value goes to the place its maximum came from, all other places are 0.
 *
 * @param indices int32, as `maxPool3dWithIndices` gives them.
 * @param size the window of the pooling.
 * @throws ShapeError for sizes that do not fit; IndexError, when computed, for an index outside the result.
 * @example
 * ```ts
 * import { maxPool3dWithIndices, maxUnpool3d, ones } from '@cotangent/tensor';
 * const { values, indices } = maxPool3dWithIndices(ones([1, 2, 2, 2]), 2);
 * console.log(await maxUnpool3d(values, indices, 2).flatten().array()); // [1, 0, 0, 0, 0, 0, 0, 0]
 * ```
 */
export function maxUnpool3d(x: Tensor, indices: Tensor, size: PerAxis, options: MaxUnpoolOptions = {}): Tensor {
  return maxUnpool('maxUnpool3d', 3, x, indices, size, options);
}
