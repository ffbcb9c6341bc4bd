/** Windows of an image as columns of a matrix, and the way back: im2col and col2im. */
import { DTypeError, ShapeError } from '../errors';
import { isFloat } from '../dtype';
import { show, sizeOf, windowedSize, type Shape } from '../shape';
import type { Tensor } from '../tensor';
import { perAxis, type PerAxis } from './conv';
import { arange, zeros } from './create';
import { indexPut, indexSelect } from './gather';
import { add } from './math';
import { reshape, strided } from './movement';
import { checkOptions, nodeOf } from './operand';
import { padConstant } from './pad';

export interface UnfoldOptions {
  /** Distance between windows. Default 1. */
  readonly stride?: PerAxis;
  /** Zeros added on both sides. Default 0. */
  readonly padding?: PerAxis;
  /** Distance between the places of a window. Default 1. */
  readonly dilation?: PerAxis;
}

interface Windows {
  readonly taps: readonly number[];
  readonly padding: readonly number[];
  /** Sizes of the padded image. */
  readonly padded: readonly number[];
  /** How many windows there are along each axis. */
  readonly counts: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
}

function windowsOf(op: string, image: Shape, kernelSize: PerAxis, options: UnfoldOptions): Windows {
  checkOptions(op, options, '{ stride: 2 }');
  const taps = perAxis(op, 'kernelSize', kernelSize, 2, 1);
  const stride = perAxis(op, 'stride', options.stride ?? 1, 2, 1);
  const padding = perAxis(op, 'padding', options.padding ?? 0, 2, 0);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, 2, 1);
  const padded = image.map((n, i) => n + 2 * padding[i]!);
  const counts = image.map((n, i) => windowedSize(n, taps[i]!, stride[i]!, padding[i]!, dilation[i]!));
  if (counts.some((n) => n < 1)) {
    throw new ShapeError(
      `${op}: a window of ${show(taps)} with dilation ${show(dilation)} is larger than the padded image ${show(padded)}; add padding or use a smaller window.`,
    );
  }
  return { taps, padding, padded, counts, stride, dilation };
}

/** The position within the flattened padded image of every place of every window: places first, windows second. */
function positions({ taps, padded, counts, stride, dilation }: Windows): Tensor {
  const along = (axis: 0 | 1): Tensor => {
    const step = axis === 0 ? padded[1]! : 1;
    const tap = arange(0, taps[axis]! * dilation[axis]! * step, dilation[axis]! * step);
    const window = arange(0, counts[axis]! * stride[axis]! * step, stride[axis]! * step);
    return add(reshape(tap, [taps[axis]!, 1, 1, 1]), reshape(window, [counts[axis]!, 1]));
  };
  const columns = reshape(along(1), [1, taps[1]!, 1, counts[1]!]);
  return reshape(add(along(0), columns), [-1]);
}

/**
 * The windows of an image as columns: column l of the result holds what a kernel sees at its l-th place, channel by channel, so
 * that a convolution is a product with the flattened kernels.
 *
 * @param x shape [batch, channels, height, width], or without batch.
 * @param kernelSize the window: one number for both axes, or one per axis.
 * @returns shape [batch, channels * kh * kw, windows], or without batch.
 * @throws ShapeError when a window is larger than the padded image.
 * @example
 * ```ts
 * import { ones, unfold } from '@cotangent/tensor';
 * console.log(unfold(ones([1, 3, 5, 5]), 3).shape); // [1, 27, 9]
 * ```
 */
export function unfold(x: Tensor, kernelSize: PerAxis, options: UnfoldOptions = {}): Tensor {
  const { shape, dtype } = nodeOf('unfold', x);
  if (!isFloat(dtype)) throw new DTypeError(`unfold: got ${dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
  if (shape.length === 3) {
    const y = unfold(reshape(x, [1, ...shape]), kernelSize, options);
    return reshape(y, y.shape.slice(1));
  }
  if (shape.length !== 4) throw new ShapeError(`unfold: got shape ${show(shape)}; expected [batch, channels, height, width], or without batch.`);
  const [batch, channels] = shape as [number, number];
  const windows = windowsOf('unfold', shape.slice(2), kernelSize, options);
  const border = [0, 0, ...windows.padding];
  const flat = reshape(padConstant(x, border, border), [batch, channels, sizeOf(windows.padded)]);
  return reshape(indexSelect(flat, 2, positions(windows)), [batch, channels * sizeOf(windows.taps), sizeOf(windows.counts)]);
}

/**
 * The adjoint of `unfold`: every column is added back to the places of the image that it was taken from. Where windows overlap
 * the result is the sum, so that `fold(unfold(x))` is x times the number of windows over each place.
 *
 * @param x shape [batch, channels * kh * kw, windows], or without batch.
 * @param outputSize height and width of the image.
 * @param kernelSize the window, as for `unfold`; the options are those of `unfold` too.
 * @returns shape [batch, channels, height, width], or without batch.
 * @throws ShapeError when the columns do not fit the image.
 * @example
 * ```ts
 * import { fold, ones } from '@cotangent/tensor';
 * console.log(await fold(ones([1, 2, 2]), [1, 3], [1, 2]).array()); // [[[[1, 2, 1]]]]
 * ```
 */
export function fold(x: Tensor, outputSize: PerAxis, kernelSize: PerAxis, options: UnfoldOptions = {}): Tensor {
  const { shape, dtype } = nodeOf('fold', x);
  if (shape.length === 2) {
    const y = fold(reshape(x, [1, ...shape]), outputSize, kernelSize, options);
    return reshape(y, y.shape.slice(1));
  }
  const image = perAxis('fold', 'outputSize', outputSize, 2, 1);
  const windows = windowsOf('fold', image, kernelSize, options);
  const [places, count] = [sizeOf(windows.taps), sizeOf(windows.counts)];
  const [batch, rows] = shape as [number, number];
  if (shape.length !== 3 || rows % places !== 0 || shape[2] !== count) {
    throw new ShapeError(
      `fold: the columns have shape ${show(shape)}; expected [batch, channels * ${places}, ${count}] for windows of ${show(windows.taps)} over an image of ${show(image)}, or without batch.`,
    );
  }
  const channels = rows / places;
  const blank = zeros([batch, channels, sizeOf(windows.padded)], { dtype });
  const sums = indexPut(blank, 2, positions(windows), reshape(x, [batch, channels, places * count]), 'add');
  const padded = reshape(sums, [batch, channels, ...windows.padded]);
  return strided(padded, [0, 0, ...windows.padding], [batch, channels, ...image], [1, 1, 1, 1]);
}
