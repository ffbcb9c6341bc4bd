/** The short-time Fourier transform and its inverse. */
import {
  add, arange, ArgumentError, div, expand, gt, indexPut, mul, narrow, normalizeAxis, pad, reshape, ShapeError, show, tensor, transpose,
  unfoldDim, where, zeros, type PadMode, type Tensor,
} from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';
import { fft, ifft, irfft, onParts, rfft } from './fft';
import { halfOf, type Complex } from './host/ops';
import { namedWindow, type WindowName } from './windows';

export interface StftOptions {
  /** Length of a frame. */
  readonly nFft: number;
  /** Distance of frames. Default floor(nFft / 4). */
  readonly hopLength?: number;
  /** Length of the window, which stands in the middle of the frame. Default nFft. */
  readonly winLength?: number;
  /** A periodic window by name, or `winLength` weights. Default 'rectangular'. */
  readonly window?: WindowName | Tensor;
  /** Frame t is centred at sample t * hopLength; the signal is padded by nFft / 2 on both sides. Default true. */
  readonly center?: boolean;
  /** How the signal is padded. Default 'reflect'. */
  readonly padMode?: PadMode;
  /** Divide by the root of nFft. Default false. */
  readonly normalized?: boolean;
  /** Frequencies 0 to nFft / 2 only, as the others are their conjugates. Default true. */
  readonly onesided?: boolean;
}

export type IstftOptions = Omit<StftOptions, 'padMode'> & {
  /** Number of samples of the result. Default: as far as the frames reach, without the padding. */
  readonly length?: number;
};

interface Frames {
  readonly nFft: number;
  readonly hop: number;
  /** nFft weights. */
  readonly window: Tensor;
  /** The same on the host, where the window was given by name. */
  readonly weights: Float64Array | undefined;
}

function framesOf(op: string, x: Tensor, { nFft, hopLength, winLength = nFft, window = 'rectangular' }: StftOptions): Frames {
  const hop = hopLength ?? Math.floor(nFft / 4);
  if (!Number.isInteger(nFft) || nFft < 1) throw new ArgumentError(`${op}: nFft is ${nFft}; expected a whole number >= 1.`);
  if (!Number.isInteger(hop) || hop < 1) throw new ArgumentError(`${op}: hopLength is ${hop}; expected a whole number >= 1.`);
  if (!Number.isInteger(winLength) || winLength < 1 || winLength > nFft) {
    throw new ArgumentError(`${op}: winLength is ${winLength}; expected a whole number from 1 to nFft (${nFft}).`);
  }
  const before = Math.floor((nFft - winLength) / 2);
  if (typeof window === 'string') {
    const weights = new Float64Array(nFft);
    weights.set(namedWindow(op, window, winLength), before);
    return { nFft, hop, window: tensor(weights, { dtype: x.dtype }), weights };
  }
  if (window.ndim !== 1 || window.shape[0] !== winLength) {
    throw new ShapeError(`${op}: the window has shape ${show(window.shape)}; expected [${winLength}], winLength weights.`);
  }
  return { nFft, hop, window: pad(window, [before, nFft - winLength - before]), weights: undefined };
}

/**
 * The spectra of overlapping frames of a signal, each multiplied by a window.
 *
 * @param x real, shape [..., time].
 * @returns both parts, shape [..., frequency, frame].
 * @throws DTypeError when x is not floating-point; ShapeError when it is shorter than a frame, or the window does not fit;
 * ArgumentError for lengths that make no sense.
 * @example
 * ```ts
 * import { rand } from '@cotangent/tensor';
 * import { stft } from '@cotangent/tensor/signal';
 * console.log(stft(rand([1000]), { nFft: 64, window: 'hann' }).real.shape); // [33, 63]
 * ```
 */
export function stft(x: Tensor, options: StftOptions): Complex {
  const { center = true, padMode = 'reflect', normalized = false, onesided = true } = options;
  checkFloat('stft', x);
  const { nFft, hop, window } = framesOf('stft', x, options);
  if (x.ndim === 0) throw new ShapeError('stft: got a scalar; expected a signal, [..., time].');
  const around = Math.floor(nFft / 2);
  const signal = center ? pad(x, [around, around], { mode: padMode }) : x;
  const length = signal.shape[signal.ndim - 1]!;
  if (length < nFft) {
    throw new ShapeError(`stft: the signal has ${length} samples${center ? ' with its padding' : ''}; expected at least nFft (${nFft}).`);
  }
  const windowed = mul(unfoldDim(signal, -1, nFft, hop), window);
  const spectra = (onesided ? rfft : fft)(windowed, { norm: normalized ? 'ortho' : 'backward' });
  return onParts(spectra, (part) => transpose(part, -2, -1));
}

/**
 * The signal whose `stft` comes closest to the spectra given (Griffin and Lim, "Signal estimation from modified short-time
 * Fourier transform", 1984): frames are windowed once more, added, and divided by the sum of squared windows.
 *
 * @param spectra both parts, shape [..., frequency, frame], as `stft` with the same options returns them.
 * @returns shape [..., time].
 * @throws ArgumentError where windows leave a gap; otherwise as `stft`.
 * @example
 * ```ts
 * import { arange } from '@cotangent/tensor';
 * import { istft, stft } from '@cotangent/tensor/signal';
 * const x = arange(32).cast('float32');
 * const again = istft(stft(x, { nFft: 8, window: 'hann' }), { nFft: 8, window: 'hann' });
 * console.log(await again.sub(x).abs().amax().item() < 1e-4); // true
 * ```
 */
export function istft(spectra: Complex, options: IstftOptions): Tensor {
  const { center = true, normalized = false, onesided = true, length } = options;
  checkFloat('istft', spectra.real);
  const { nFft, hop, window, weights } = framesOf('istft', spectra.real, options);
  const { shape } = spectra.real;
  const frequencies = onesided ? halfOf(nFft) : nFft;
  if (shape.length < 2 || shape[shape.length - 2] !== frequencies) {
    throw new ShapeError(`istft: the spectra have shape ${show(shape)}; expected [..., ${frequencies}, frames] for nFft ${nFft}.`);
  }
  const count = shape[shape.length - 1]!;
  const total = nFft + hop * (count - 1);
  const start = center ? Math.floor(nFft / 2) : 0;
  const end = length === undefined ? total - start : start + length;
  const norm = normalized ? 'ortho' : 'backward';
  const turned = onParts(spectra, (part) => transpose(part, -2, -1));
  const frames = onesided ? irfft(turned, { n: nFft, norm }) : ifft(turned, { norm }).real;
  const added = overlapped(mul(frames, window), hop, total);
  const squares = overlapped(expand(mul(window, window), [count, nFft]), hop, total);
  if (weights) checkCover(weights, hop, count, start, Math.min(end, total));
  const covered = gt(squares, TINY);
  const signal = where(covered, div(added, where(covered, squares, 1)), 0);
  return narrow(end > total ? pad(signal, [0, end - total]) : signal, -1, start, end - start);
}

/** Sums of squared windows up to this count as a gap. */
const TINY = 1e-11;

function checkCover(weights: Float64Array, hop: number, count: number, start: number, end: number): void {
  const sums = new Float64Array(weights.length + hop * (count - 1));
  for (let frame = 0; frame < count; frame++) weights.forEach((weight, i) => (sums[frame * hop + i]! += weight * weight));
  const gap = sums.subarray(start, end).findIndex((sum) => sum <= TINY);
  if (gap < 0) return;
  throw new ArgumentError(
    `istft: no window covers sample ${gap}, so that it cannot be recovered. Use a smaller hopLength, a longer window, or center: true.`,
  );
}

/** Adds frames, [..., count, size], each `hop` places after the one before: [..., total]. */
function overlapped(frames: Tensor, hop: number, total: number): Tensor {
  const [count, size] = frames.shape.slice(-2) as [number, number];
  const places = reshape(add(mul(reshape(arange(count), [count, 1]), hop), arange(size)), [count * size]);
  const lead = frames.shape.slice(0, -2);
  const target = zeros([...lead, total], { dtype: frames.dtype });
  return indexPut(target, normalizeAxis('istft', -1, target.ndim), places, reshape(frames, [...lead, count * size]), 'add');
}
