/** Convolution (cross-correlation) and transposed convolution in 1, 2 and 3 dimensions. Layout N C spatial, as PyTorch. */
import { commonDType } from '../dtype';
import { ArgumentError, ShapeError } from '../errors';
import type { Access } from '../plan/kernel';
import { show, windowedSize } from '../shape';
import type { Tensor } from '../tensor';
import { multiply, plain, spread, windowed } from './contract';
import { add } from './math';
import { flip, reshape } from './movement';
import { checkOptions, nodeOf } from './operand';
import { padConstant } from './pad';

/** One number for all spatial axes, or one per axis. */
export type PerAxis = number | readonly number[];

export interface ConvOptions {
  /** Default 1. */
  readonly stride?: PerAxis;
  /** Zeros added on both sides: numbers, 'valid' (none, default) or 'same' (output as large as input; stride 1 only). */
  readonly padding?: PerAxis | 'same' | 'valid';
  /** Distance between taps. Default 1. */
  readonly dilation?: PerAxis;
  /** Channels are split into this many independent groups. Default 1. */
  readonly groups?: number;
  /** Flip the kernel along every spatial axis: convolution as mathematics defines it. Default false. */
  readonly flipKernel?: boolean;
}

export interface ConvTransposeOptions {
  /** Default 1. */
  readonly stride?: PerAxis;
  /** Removed from both sides of the output. Default 0. */
  readonly padding?: PerAxis;
  /** Added at the end of the output. Default 0; smaller than stride or dilation. */
  readonly outputPadding?: PerAxis;
  /** Default 1. */
  readonly dilation?: PerAxis;
  /** Default 1. */
  readonly groups?: number;
}

/** A number per spatial axis; throws ArgumentError for anything but whole numbers >= `least`. */
export function perAxis(op: string, name: string, value: PerAxis, rank: number, least: number): number[] {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank || !list.every((v) => Number.isInteger(v) && v >= least)) {
    throw new ArgumentError(`${op}: ${name} is ${typeof value === 'number' ? value : show(value)}; expected a whole number >= ${least}, or ${rank} of them.`);
  }
  return list;
}

function convolve(op: string, rank: number, x: Tensor, weight: Tensor, bias: Tensor | undefined, options: ConvOptions): Tensor {
  checkOptions(op, options, '{ stride: 2, padding: 1 }');
  const { groups = 1, flipKernel = false } = options;
  const image = nodeOf(op, x).shape;
  const kernel = nodeOf(op, weight).shape;
  commonDType(op, x.dtype, weight.dtype);
  if (image.length === rank + 1 && kernel.length === rank + 2) {
    return reshapeBack(convolve(op, rank, reshape(x, [1, ...image]), weight, bias, options));
  }
  if (image.length !== rank + 2 || kernel.length !== rank + 2) {
    throw new ShapeError(
      `${op}: the input has shape ${show(image)} and the weight ${show(kernel)}; expected [batch, channels, ${rank} spatial] and [out, channels / groups, ${rank} spatial].`,
    );
  }
  const [batch, channels] = image as [number, number];
  const [filters, depth] = kernel as [number, number];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0 || filters % groups !== 0 || channels / groups !== depth) {
    throw new ShapeError(
      groups === 1
        ? `${op}: the input of shape ${show(image)} has ${channels} channels (axis 1), but a weight of shape ${show(kernel)} takes ${depth}; they must be equal.`
        : `${op}: ${channels} input channels in ${groups} groups do not fit a weight of shape ${show(kernel)}: ` +
          `its axis 1 must be ${channels} / ${groups}, and axis 0 a multiple of ${groups}.`,
    );
  }
  const size = image.slice(2);
  const taps = kernel.slice(2);
  const stride = perAxis(op, 'stride', options.stride ?? 1, rank, 1);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
  let padding: number[];
  let input = x;
  if (options.padding === 'same') {
    if (stride.some((s) => s !== 1)) throw new ArgumentError(`${op}: padding 'same' needs stride 1, but the stride is ${show(stride)}.`);
    const total = taps.map((k, i) => dilation[i]! * (k - 1));
    padding = total.map((t) => t >> 1);
    // An even kernel needs one more zero at the end than at the start.
    input = padConstant(x, image.map(() => 0), [0, 0, ...total.map((t) => t % 2)]);
  } else {
    padding = perAxis(op, 'padding', options.padding === undefined || options.padding === 'valid' ? 0 : options.padding, rank, 0);
  }
  const extent = input.shape.slice(2);
  const out = extent.map((n, i) => windowedSize(n, taps[i]!, stride[i]!, padding[i]!, dilation[i]!));
  if (out.some((n) => n < 1)) {
    throw new ShapeError(`${op}: a kernel of ${show(taps)} with dilation ${show(dilation)} is larger than the padded input ${show(size.map((n, i) => n + 2 * padding[i]!))}; add padding or use a smaller kernel.`);
  }
  checkBias(op, bias, filters);
  const w = flipKernel ? flip(weight, taps.map((_, i) => i + 2)) : weight;
  const y = grouped(rank, input, w, batch, groups, out, taps, (i, position, tap) =>
    windowed(position, stride[i]!, tap, dilation[i]!, padding[i]!),
  );
  const flat = reshape(y, [batch, filters, ...out]);
  return bias ? add(flat, reshape(bias, [filters, ...out.map(() => 1)])) : flat;
}

function checkBias(op: string, bias: Tensor | undefined, filters: number): void {
  if (bias && (bias.ndim !== 1 || bias.shape[0] !== filters)) {
    throw new ShapeError(`${op}: the bias has shape ${show(bias.shape)}; expected [${filters}].`);
  }
}

function reshapeBack(y: Tensor): Tensor {
  return reshape(y, y.shape.slice(1));
}

/**
 * The contraction shared by both directions. Labels: batch, group, out channel, in channel, positions, taps. The weight is
 * [out, in / groups, taps]; `access` addresses spatial axis i of the input.
 */
function grouped(
  rank: number,
  x: Tensor,
  weight: Tensor,
  batch: number,
  groups: number,
  out: readonly number[],
  taps: readonly number[],
  access: (axis: number, position: number, tap: number) => Access,
): Tensor {
  const spatial = x.shape.slice(2);
  const depth = weight.shape[1]!;
  const perGroup = weight.shape[0]! / groups;
  const axes = Array.from({ length: rank }, (_, i) => i);
  const [n, g, o, c] = [0, 1, 2, 3];
  const position = (i: number): number => 4 + i;
  const tap = (i: number): number => 4 + rank + i;
  return multiply(reshape(x, [batch, groups, depth, ...spatial]), reshape(weight, [groups, perGroup, depth, ...taps]), {
    sizes: [batch, groups, perGroup, depth, ...out, ...taps],
    accessA: [plain(n), plain(g), plain(c), ...axes.map((i) => access(i, position(i), tap(i)))],
    accessB: [plain(g), plain(o), plain(c), ...axes.map((i) => plain(tap(i)))],
    out: [n, g, o, ...axes.map(position)],
  });
}

function convolveTransposed(
  op: string,
  rank: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: ConvTransposeOptions,
): Tensor {
  checkOptions(op, options, '{ stride: 2, padding: 1 }');
  const { groups = 1 } = options;
  const image = nodeOf(op, x).shape;
  const kernel = nodeOf(op, weight).shape;
  commonDType(op, x.dtype, weight.dtype);
  if (image.length === rank + 1 && kernel.length === rank + 2) {
    return reshapeBack(convolveTransposed(op, rank, reshape(x, [1, ...image]), weight, bias, options));
  }
  if (image.length !== rank + 2 || kernel.length !== rank + 2 || image[1] !== kernel[0] || kernel[0]! % groups !== 0) {
    throw new ShapeError(
      `${op}: the input has shape ${show(image)} and the weight ${show(kernel)}; expected [batch, channels, ${rank} spatial] and ` +
        `[channels, out / groups, ${rank} spatial] with channels a multiple of ${groups}.`,
    );
  }
  const [batch, channels] = image as [number, number];
  const taps = kernel.slice(2);
  const stride = perAxis(op, 'stride', options.stride ?? 1, rank, 1);
  const padding = perAxis(op, 'padding', options.padding ?? 0, rank, 0);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
  const extra = perAxis(op, 'outputPadding', options.outputPadding ?? 0, rank, 0);
  extra.forEach((e, i) => {
    if (e > 0 && e >= Math.max(stride[i]!, dilation[i]!)) {
      throw new ArgumentError(`${op}: outputPadding ${e} must be smaller than the stride ${stride[i]!} or the dilation ${dilation[i]!}.`);
    }
  });
  const out = taps.map((k, i) => (image[i + 2]! - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (k - 1) + extra[i]! + 1);
  if (out.some((n) => n < 1)) throw new ShapeError(`${op}: padding ${show(padding)} leaves nothing of the output (${show(out)}).`);
  const perGroup = kernel[1]!;
  checkBias(op, bias, perGroup * groups);
  // [groups, in, out, taps] -> [groups * out, in, taps], the layout of a forward convolution.
  const turned = reshape(weight, [groups, channels / groups, perGroup, ...taps]).transpose(1, 2);
  const w = reshape(turned, [groups * perGroup, channels / groups, ...taps]);
  const y = grouped(rank, x, w, batch, groups, out, taps, (i, position, tap) =>
    spread(position, stride[i]!, tap, dilation[i]!, padding[i]!),
  );
  const flat = reshape(y, [batch, groups * perGroup, ...out]);
  return bias ? add(flat, reshape(bias, [perGroup * groups, ...out.map(() => 1)])) : flat;
}

/**
 * 1-d cross-correlation, what deep learning calls convolution: every output is the sum of products of the kernel with the
 * input under it. Output size: floor((n + 2 padding - dilation (k - 1) - 1) / stride) + 1.
 *
 * @param x shape [batch, channels, length], or without batch.
 * @param weight shape [out, channels / groups, k].
 * @param bias shape [out], optional.
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * ```ts
 * import { conv1d, ones } from '@cotangent/tensor';
 * console.log(conv1d(ones([1, 1, 5]), ones([1, 1, 3])).shape); // [1, 1, 3]
 * ```
 */
export function conv1d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  return convolve('conv1d', 1, x, weight, bias, options);
}

/**
 * 1-d transposed convolution, the adjoint of `conv1d`: every input is spread over the output by the kernel. Output
 * size: (n - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1.
 *
 * @param x shape [batch, channels, length], or without batch.
 * @param weight shape [channels, out / groups, k].
 * @param bias shape [out], optional.
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * ```ts
 * import { convTranspose1d, ones } from '@cotangent/tensor';
 * console.log(convTranspose1d(ones([1, 1, 5]), ones([1, 1, 3])).shape); // [1, 1, 7]
 * ```
 */
export function convTranspose1d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed('convTranspose1d', 1, x, weight, bias, options);
}

/**
 * 2-d cross-correlation, what deep learning calls convolution: every output is the sum of products of the kernel with the
 * input under it. Output size: floor((n + 2 padding - dilation (k - 1) - 1) / stride) + 1.
 *
 * @param x shape [batch, channels, height, width], or without batch.
 * @param weight shape [out, channels / groups, kh, kw].
 * @param bias shape [out], optional.
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * ```ts
 * import { conv2d, ones } from '@cotangent/tensor';
 * console.log(conv2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3])).shape); // [1, 1, 3, 3]
 * ```
 */
export function conv2d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  return convolve('conv2d', 2, x, weight, bias, options);
}

/**
 * 2-d transposed convolution, the adjoint of `conv2d`: every input is spread over the output by the kernel. Output
 * size: (n - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1.
 *
 * @param x shape [batch, channels, height, width], or without batch.
 * @param weight shape [channels, out / groups, kh, kw].
 * @param bias shape [out], optional.
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * ```ts
 * import { convTranspose2d, ones } from '@cotangent/tensor';
 * console.log(convTranspose2d(ones([1, 1, 5, 5]), ones([1, 1, 3, 3])).shape); // [1, 1, 7, 7]
 * ```
 */
export function convTranspose2d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed('convTranspose2d', 2, x, weight, bias, options);
}

/**
 * 3-d cross-correlation, what deep learning calls convolution: every output is the sum of products of the kernel with the
 * input under it. Output size: floor((n + 2 padding - dilation (k - 1) - 1) / stride) + 1.
 *
 * @param x shape [batch, channels, depth, height, width], or without batch.
 * @param weight shape [out, channels / groups, kd, kh, kw].
 * @param bias shape [out], optional.
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * ```ts
 * import { conv3d, ones } from '@cotangent/tensor';
 * console.log(conv3d(ones([1, 1, 5, 5, 5]), ones([1, 1, 3, 3, 3])).shape); // [1, 1, 3, 3, 3]
 * ```
 */
export function conv3d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  return convolve('conv3d', 3, x, weight, bias, options);
}

/**
 * 3-d transposed convolution, the adjoint of `conv3d`: every input is spread over the output by the kernel. Output
 * size: (n - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1.
 *
 * @param x shape [batch, channels, depth, height, width], or without batch.
 * @param weight shape [channels, out / groups, kd, kh, kw].
 * @param bias shape [out], optional.
 * @throws ShapeError when channels or sizes do not fit.
 * @example
 * ```ts
 * import { convTranspose3d, ones } from '@cotangent/tensor';
 * console.log(convTranspose3d(ones([1, 1, 5, 5, 5]), ones([1, 1, 3, 3, 3])).shape); // [1, 1, 7, 7, 7]
 * ```
 */
export function convTranspose3d(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed('convTranspose3d', 3, x, weight, bias, options);
}
