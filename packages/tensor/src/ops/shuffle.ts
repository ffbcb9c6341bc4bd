/** Rearrangements between channels and places, none of which copies more than once. */
import { ArgumentError, ShapeError } from '../errors';
import { show } from '../shape';
import type { Tensor } from '../tensor';
import { permute, reshape } from './movement';
import { nodeOf } from './operand';

function checkFactor(op: string, name: string, factor: number): void {
  if (!Number.isInteger(factor) || factor < 1) throw new ArgumentError(`${op}: ${name} is ${factor}; expected a whole number >= 1.`);
}

/**
 * [..., channels r^2, height, width] as [..., channels, height r, width r]: the r^2 channels of a group become a square of r by r
 * places. A convolution before it makes it a learnt upsampling. Shi et al., "Real-time single image and video super-resolution
 * using an efficient sub-pixel convolutional neural network", 2016.
 *
 * @throws ShapeError when the channels are no multiple of r^2.
 * @example
 * ```ts
 * import { arange, pixelShuffle, reshape } from '@cotangent/tensor';
 * console.log(await pixelShuffle(reshape(arange(4), [4, 1, 1]), 2).array()); // [[[0, 1], [2, 3]]]
 * ```
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  const { shape } = nodeOf('pixelShuffle', x);
  const r = upscaleFactor;
  checkFactor('pixelShuffle', 'upscaleFactor', r);
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  if (shape.length < 3 || channels % (r * r) !== 0) {
    throw new ShapeError(
      `pixelShuffle: got shape ${show(shape)}; expected [..., channels, height, width] with a multiple of ${r} x ${r} channels.`,
    );
  }
  const lead = shape.slice(0, -3);
  const at = lead.length;
  const split = reshape(x, [...lead, channels / (r * r), r, r, height, width]);
  const order = permute(split, [...lead.keys(), at, at + 3, at + 1, at + 4, at + 2]);
  return reshape(order, [...lead, channels / (r * r), height * r, width * r]);
}

/**
 * The inverse of `pixelShuffle`: [..., channels, height r, width r] as [..., channels r^2, height, width], a square of r by r places
 * becomes r^2 channels of one place.
 *
 * @throws ShapeError when height or width are no multiples of r.
 * @example
 * ```ts
 * import { ones, pixelUnshuffle } from '@cotangent/tensor';
 * console.log(pixelUnshuffle(ones([1, 3, 4, 6]), 2).shape); // [1, 12, 2, 3]
 * ```
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  const { shape } = nodeOf('pixelUnshuffle', x);
  const r = downscaleFactor;
  checkFactor('pixelUnshuffle', 'downscaleFactor', r);
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  if (shape.length < 3 || height % r !== 0 || width % r !== 0) {
    throw new ShapeError(
      `pixelUnshuffle: got shape ${show(shape)}; expected [..., channels, height, width] with height and width multiples of ${r}.`,
    );
  }
  const lead = shape.slice(0, -3);
  const at = lead.length;
  const split = reshape(x, [...lead, channels, height / r, r, width / r, r]);
  const order = permute(split, [...lead.keys(), at, at + 2, at + 4, at + 1, at + 3]);
  return reshape(order, [...lead, channels * r * r, height / r, width / r]);
}

/**
 * Channels dealt out anew: the [batch, groups * n, ...] channels are read as a table of groups and written column by column, so that
 * the next grouped convolution sees channels of all groups. Zhang et al., "ShuffleNet", 2018.
 *
 * @throws ShapeError when the groups do not divide the channels (axis 1).
 * @example
 * ```ts
 * import { arange, channelShuffle, reshape } from '@cotangent/tensor';
 * console.log(await channelShuffle(reshape(arange(4), [1, 4, 1]), 2).flatten().array()); // [0, 2, 1, 3]
 * ```
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  const { shape } = nodeOf('channelShuffle', x);
  checkFactor('channelShuffle', 'groups', groups);
  const [batch, channels, ...rest] = shape as [number, number, ...number[]];
  if (shape.length < 3 || channels % groups !== 0) {
    throw new ShapeError(
      `channelShuffle: got shape ${show(shape)}; expected [batch, channels, ...places] with a multiple of ${groups} channels.`,
    );
  }
  const table = reshape(x, [batch, groups, channels / groups, ...rest]);
  return reshape(permute(table, [0, 2, 1, ...rest.map((_, i) => i + 3)]), shape);
}
