/** Discrete Fourier transforms along axes, and their frequencies. */
import {
  ArgumentError, moveDim, mul, normalizeAxis, pad, roll, sameShape, ShapeError, show, tensor, zerosLike, type CreateOptions, type Tensor,
} from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';
import { complexSums, halfOf, halfSums, realSums, type Complex } from './host/ops';

/** Which direction carries the factor 1 / n: 'backward' the inverse, 'forward' the transform, 'ortho' both its root. */
export type FftNorm = 'backward' | 'forward' | 'ortho';

export interface FftOptions {
  /** Length along `dim`: the input is cut, or padded with zeros at its end. Default: that of the input. */
  readonly n?: number;
  /** Default: the last axis. */
  readonly dim?: number;
  /** Default 'backward'. */
  readonly norm?: FftNorm;
}

export interface Fft2Options {
  /** Lengths along the two axes. Default: those of the input. */
  readonly size?: readonly [number, number];
  /** Default [-2, -1]. */
  readonly dim?: readonly [number, number];
  /** Default 'backward'. */
  readonly norm?: FftNorm;
}

/** A function of the parts of a complex tensor. */
export function onParts({ real, imag }: Complex, fn: (part: Tensor) => Tensor): Complex {
  return { real: fn(real), imag: fn(imag) };
}

function scaleOf(n: number, norm: FftNorm, inverse: boolean): number {
  if (norm === 'ortho') return 1 / Math.sqrt(n);
  return (norm === 'forward') === inverse ? 1 : 1 / n;
}

/** Both parts, checked; a real tensor has imaginary parts of 0. */
function complexOf(op: string, x: Tensor | Complex): Complex {
  if (!('real' in x)) {
    checkFloat(op, x);
    return { real: x, imag: zerosLike(x) };
  }
  checkFloat(op, x.real);
  checkFloat(op, x.imag);
  if (!sameShape(x.real.shape, x.imag.shape) || x.real.dtype !== x.imag.dtype) {
    throw new ShapeError(
      `${op}: the real part is ${x.real.dtype} ${show(x.real.shape)} and the imaginary part ${x.imag.dtype} ${show(x.imag.shape)}; ` +
        'expected the same shape and dtype.',
    );
  }
  return x;
}

function checkLength(op: string, n: number): void {
  if (!Number.isInteger(n) || n < 1) throw new ArgumentError(`${op}: the length is ${n}; expected a whole number >= 1.`);
}

/** The axis moved to the end, where it is cut or padded to `n`. */
function lastAxis(x: Tensor, axis: number, n: number): Tensor {
  const last = moveDim(x, axis, -1);
  const length = last.shape[last.ndim - 1]!;
  return length === n ? last : pad(last, [0, n - length]);
}

function lengthOf(op: string, x: Tensor, axis: number): number {
  if (x.ndim === 0) throw new ShapeError(`${op}: got a scalar; expected at least one axis.`);
  return x.shape[axis]!;
}

function transform(op: string, x: Tensor | Complex, { n, dim = -1, norm = 'backward' }: FftOptions, inverse: boolean): Complex {
  const parts = complexOf(op, x);
  const axis = normalizeAxis(op, dim, parts.real.ndim);
  const length = n ?? lengthOf(op, parts.real, axis);
  checkLength(op, length);
  const sums = complexSums(onParts(parts, (part) => lastAxis(part, axis, length)), inverse);
  return onParts(sums, (part) => moveDim(mul(part, scaleOf(length, norm, inverse)), -1, axis));
}

/**
 * The discrete Fourier transform: X_k is the sum over j of x_j e^(-2 pi i j k / n). Any length is fast: O(n log n).
 *
 * @param x real, or both parts of a complex tensor.
 * @throws DTypeError when x is not floating-point; ShapeError when its parts differ; ArgumentError for a length below 1.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { fft } from '@cotangent/tensor/signal';
 * const { real, imag } = fft(tensor([1, 0, -1, 0]));
 * console.log(await real.array(), await imag.array()); // [0, 2, 0, 2] [0, 0, 0, 0]
 * ```
 */
export function fft(x: Tensor | Complex, options: FftOptions = {}): Complex {
  return transform('fft', x, options, false);
}

/**
 * The inverse of `fft`: the sums over k of X_k e^(+2 pi i j k / n), divided by n.
 *
 * @throws as `fft`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { fft, ifft } from '@cotangent/tensor/signal';
 * console.log(await ifft(fft(tensor([1, 2, 3]))).real.array()); // about [1, 2, 3]
 * ```
 */
export function ifft(x: Tensor | Complex, options: FftOptions = {}): Complex {
  return transform('ifft', x, options, true);
}

/**
 * The discrete Fourier transform of a real tensor: frequencies 0 to n / 2 only, as the others are their conjugates.
 *
 * @throws as `fft`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { rfft } from '@cotangent/tensor/signal';
 * console.log(await rfft(tensor([1, 0, -1, 0])).real.array()); // [0, 2, 0]
 * ```
 */
export function rfft(x: Tensor, options: FftOptions = {}): Complex {
  const { n, dim = -1, norm = 'backward' } = options;
  checkFloat('rfft', x);
  const axis = normalizeAxis('rfft', dim, x.ndim);
  const length = n ?? lengthOf('rfft', x, axis);
  checkLength('rfft', length);
  const scale = scaleOf(length, norm, false);
  return onParts(realSums(lastAxis(x, axis, length)), (part) => moveDim(mul(part, scale), -1, axis));
}

/**
 * The inverse of `rfft`. The imaginary parts of frequency 0 and, where n is even, n / 2 are ignored.
 *
 * @param options n: the length of the result, which the input does not tell. Default 2 (h - 1) for h frequencies.
 * @throws as `fft`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { irfft, rfft } from '@cotangent/tensor/signal';
 * console.log(await irfft(rfft(tensor([1, 2, 3])), { n: 3 }).array()); // about [1, 2, 3]
 * ```
 */
export function irfft(x: Tensor | Complex, options: FftOptions = {}): Tensor {
  const parts = complexOf('irfft', x);
  const { dim = -1, norm = 'backward' } = options;
  const axis = normalizeAxis('irfft', dim, parts.real.ndim);
  const n = options.n ?? 2 * (lengthOf('irfft', parts.real, axis) - 1);
  checkLength('irfft', n);
  // Frequencies between 0 and n / 2 stand for their conjugates too.
  const scale = scaleOf(n, norm, true);
  const weights = Array.from({ length: halfOf(n) }, (_, k) => (k === 0 || 2 * k === n ? scale : 2 * scale));
  const weight = tensor(weights, { dtype: parts.real.dtype });
  return moveDim(halfSums(onParts(parts, (part) => mul(lastAxis(part, axis, halfOf(n)), weight)), n), -1, axis);
}

/**
 * The two-dimensional transform: `fft` along two axes.
 *
 * @throws as `fft`.
 * @example
 * ```ts
 * import { ones } from '@cotangent/tensor';
 * import { fft2 } from '@cotangent/tensor/signal';
 * console.log(await fft2(ones([2, 2])).real.array()); // [[4, 0], [0, 0]]
 * ```
 */
export function fft2(x: Tensor | Complex, options: Fft2Options = {}): Complex {
  return alongBoth(x, options, fft);
}

/**
 * The inverse of `fft2`.
 *
 * @throws as `fft`.
 * @example
 * ```ts
 * import { ones } from '@cotangent/tensor';
 * import { fft2, ifft2 } from '@cotangent/tensor/signal';
 * console.log(await ifft2(fft2(ones([2, 2]))).real.array()); // [[1, 1], [1, 1]]
 * ```
 */
export function ifft2(x: Tensor | Complex, options: Fft2Options = {}): Complex {
  return alongBoth(x, options, ifft);
}

function alongBoth(x: Tensor | Complex, { size, dim = [-2, -1], norm }: Fft2Options, fn: typeof fft): Complex {
  return fn(fn(x, { n: size?.[1], dim: dim[1], norm }), { n: size?.[0], dim: dim[0], norm });
}

/**
 * The frequency of each value of `fft`: 0, 1, ..., then the negative ones, divided by n times the distance of samples.
 *
 * @param spacing the distance of samples. Default 1: cycles per sample.
 * @throws ArgumentError for a length below 1.
 * @example
 * ```ts
 * import { fftfreq } from '@cotangent/tensor/signal';
 * console.log(await fftfreq(4, 0.25).array()); // [0, 1, -2, -1]
 * ```
 */
export function fftfreq(n: number, spacing = 1, options: CreateOptions = {}): Tensor {
  checkLength('fftfreq', n);
  const positive = Math.ceil(n / 2);
  return tensor(Array.from({ length: n }, (_, k) => (k < positive ? k : k - n) / (n * spacing)), { dtype: options.dtype ?? 'float32' });
}

/**
 * The frequency of each value of `rfft`.
 *
 * @throws ArgumentError for a length below 1.
 * @example
 * ```ts
 * import { rfftfreq } from '@cotangent/tensor/signal';
 * console.log(await rfftfreq(4, 0.25).array()); // [0, 1, 2]
 * ```
 */
export function rfftfreq(n: number, spacing = 1, options: CreateOptions = {}): Tensor {
  checkLength('rfftfreq', n);
  return tensor(Array.from({ length: halfOf(n) }, (_, k) => k / (n * spacing)), { dtype: options.dtype ?? 'float32' });
}

/**
 * Moves frequency 0 to the middle of the given axes (default: all).
 *
 * @example
 * ```ts
 * import { fftfreq, fftshift } from '@cotangent/tensor/signal';
 * console.log(await fftshift(fftfreq(4)).array()); // [-0.5, -0.25, 0, 0.25]
 * ```
 */
export function fftshift(x: Tensor, dim?: number | readonly number[]): Tensor {
  return shifted(x, dim, (n) => Math.floor(n / 2));
}

/**
 * The inverse of `fftshift`.
 *
 * @example
 * ```ts
 * import { arange } from '@cotangent/tensor';
 * import { fftshift, ifftshift } from '@cotangent/tensor/signal';
 * console.log(await ifftshift(fftshift(arange(5))).array()); // [0, 1, 2, 3, 4]
 * ```
 */
export function ifftshift(x: Tensor, dim?: number | readonly number[]): Tensor {
  return shifted(x, dim, (n) => Math.ceil(n / 2));
}

function shifted(x: Tensor, dim: number | readonly number[] | undefined, by: (n: number) => number): Tensor {
  const axes = dim === undefined ? x.shape.map((_, axis) => axis) : typeof dim === 'number' ? [dim] : dim;
  return roll(x, axes.map((axis) => by(x.shape[normalizeAxis('fftshift', axis, x.ndim)] ?? 1)), axes);
}
