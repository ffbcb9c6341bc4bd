/** Initial values that pass signals on unchanged: the identity matrix and the identity convolution. */
import {
  ArgumentError, eye as identityMatrix, readOptions, ShapeError, show, tensor, zeros, type Shape, type Tensor,
} from '@cotangent/tensor';
import { FACTORY_OPTIONS, type FactoryOptions } from '../options';

/**
 * The identity matrix, for a `Linear` that starts by passing on its inputs, as many as fit.
 *
 * @throws ShapeError unless there are two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(await init.eye([2, 3]).array()); // [[1, 0, 0], [0, 1, 0]]
 * ```
 */
export function eye(shape: Shape, options: FactoryOptions = {}): Tensor {
  readOptions('eye', options, FACTORY_OPTIONS);
  if (shape.length !== 2) throw new ShapeError(`eye: the shape is ${show(shape)}; expected two axes, [out, in].`);
  return identityMatrix(shape[0]!, shape[1], { dtype: options.dtype });
}

export interface DiracOptions extends FactoryOptions {
  /** How many groups of output channels each start as an identity of their own. Default 1. */
  readonly groups?: number;
}

/**
 * The weight of a convolution that starts by passing on its input channels, as many as fit: 1 in the middle of the kernel from
 * channel i to channel i, else 0. The
 * middle of an even kernel is its index size / 2, counted from 0.
 *
 * @param shape [out, in / groups, ...kernel] with one to three axes of the kernel.
 * @throws ShapeError for other shapes; ArgumentError when the groups do not divide the output channels.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(await init.dirac([2, 2, 3]).array()); // [[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]]
 * ```
 */
export function dirac(shape: Shape, options: DiracOptions = {}): Tensor {
  const { groups = 1, dtype } = readOptions('dirac', options, ['groups', 'dtype', 'generator']);
  if (shape.length < 3 || shape.length > 5) {
    throw new ShapeError(`dirac: the shape is ${show(shape)}; expected [out, in, ...kernel] with one to three axes of the kernel.`);
  }
  const [out, channels, ...kernel] = shape as [number, number, ...number[]];
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw new ArgumentError(`dirac: groups is ${groups}; expected a whole number that divides the ${out} output channels.`);
  }
  const taps = kernel.reduce((a, b) => a * b, 1);
  const middle = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0);
  const values = new Float32Array(out * channels * taps);
  if (values.length === 0) return zeros(shape, { dtype });
  for (let unit = 0; unit < out; unit++) {
    const channel = unit % (out / groups);
    if (channel < channels) values[(unit * channels + channel) * taps + middle] = 1;
  }
  return tensor(values, { shape, dtype });
}
