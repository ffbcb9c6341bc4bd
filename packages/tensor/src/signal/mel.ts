/** Mel scale, mel spectrograms, decibels, and cepstral coefficients. */
import {
  add, amax, ArgumentError, clamp, eq, log, log10, matmul, maximum, mul, narrow, pow, sub, tensor, where, type CreateOptions, type Tensor,
} from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';
import { dct } from './dct';
import { halfOf, type Complex } from './host/ops';
import { stft, type StftOptions } from './stft';

/** 'htk': 2595 log10(1 + f / 700). 'slaney': linear up to 1000 Hz, logarithmic above (Slaney, "Auditory toolbox", 1998). */
export type MelScale = 'htk' | 'slaney';

export interface MelFilterOptions {
  /** Samples per second. Default 16000. */
  readonly sampleRate?: number;
  /** Length of a frame. Default 400. */
  readonly nFft?: number;
  /** Number of filters. Default 128. */
  readonly nMels?: number;
  /** Lowest frequency in Hz. Default 0. */
  readonly fMin?: number;
  /** Highest frequency in Hz. Default sampleRate / 2. */
  readonly fMax?: number;
  /** Default 'htk'. */
  readonly scale?: MelScale;
  /** 'slaney' divides every filter by its width in Hz, so that all have the same area. Default null: the peaks are 1. */
  readonly norm?: 'slaney' | null;
}

/** In the linear part of Slaney's scale a mel is 200 / 3 Hz; from 1000 Hz, 15 mel, on 27 mel are a factor of 6.4. */
const LINEAR = 200 / 3;
const BORDER = 1000;
const STEP = Math.log(6.4) / 27;

/** A frequency in mel. */
export function hzToMel(frequency: number, scale: MelScale = 'htk'): number {
  if (scale === 'htk') return 2595 * Math.log10(1 + frequency / 700);
  return frequency < BORDER ? frequency / LINEAR : BORDER / LINEAR + Math.log(frequency / BORDER) / STEP;
}

/** A frequency in Hz. */
export function melToHz(mel: number, scale: MelScale = 'htk'): number {
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1);
  const above = mel - BORDER / LINEAR;
  return above < 0 ? mel * LINEAR : BORDER * Math.exp(above * STEP);
}

/**
 * Triangular filters whose corners are evenly spaced in mel, [nMels, nFft / 2 + 1]: the product with a spectrum is its energy
 * per band.
 *
 * @throws ArgumentError for numbers that make no sense.
 * @example
 * ```ts
 * import { melFilterBank } from '@cotangent/tensor/signal';
 * console.log(melFilterBank({ sampleRate: 8000, nFft: 256, nMels: 10 }).shape); // [10, 129]
 * ```
 */
export function melFilterBank(options: MelFilterOptions = {}, create: CreateOptions = {}): Tensor {
  const { sampleRate = 16000, nFft = 400, nMels = 128, fMin = 0, fMax = sampleRate / 2, scale = 'htk', norm = null } = options;
  if (!Number.isInteger(nFft) || nFft < 1 || !Number.isInteger(nMels) || nMels < 1) {
    throw new ArgumentError(`melFilterBank: nFft is ${nFft} and nMels ${nMels}; expected whole numbers >= 1.`);
  }
  if (!(sampleRate > 0) || !(fMin >= 0) || !(fMax > fMin)) {
    throw new ArgumentError(
      `melFilterBank: fMin is ${fMin}, fMax ${fMax}, sampleRate ${sampleRate}; expected 0 <= fMin < fMax and a positive rate.`,
    );
  }
  const [low, high] = [hzToMel(fMin, scale), hzToMel(fMax, scale)];
  const corners = Array.from({ length: nMels + 2 }, (_, i) => melToHz(low + ((high - low) * i) / (nMels + 1), scale));
  const bins = halfOf(nFft);
  const weights = new Float64Array(nMels * bins);
  for (let band = 0; band < nMels; band++) {
    const [from, peak, to] = [corners[band]!, corners[band + 1]!, corners[band + 2]!];
    const height = norm === 'slaney' ? 2 / (to - from) : 1;
    for (let k = 0; k < bins; k++) {
      const frequency = (sampleRate / 2) * (k / Math.max(bins - 1, 1));
      const weight = Math.min((frequency - from) / (peak - from), (to - frequency) / (to - peak));
      weights[band * bins + k] = height * Math.max(0, weight);
    }
  }
  return tensor(weights, { shape: [nMels, bins], dtype: create.dtype ?? 'float32' });
}

export interface SpectrogramOptions extends Omit<StftOptions, 'onesided'> {
  /** Power of the magnitudes. Default 2. */
  readonly power?: number;
}

/**
 * The magnitudes of `stft` to a power, [..., frequency, frame].
 *
 * @throws as `stft`.
 * @example
 * ```ts
 * import { rand } from '@cotangent/tensor';
 * import { spectrogram } from '@cotangent/tensor/signal';
 * console.log(spectrogram(rand([2, 1000]), { nFft: 64, window: 'hann' }).shape); // [2, 33, 63]
 * ```
 */
export function spectrogram(x: Tensor, options: SpectrogramOptions): Tensor {
  const { power = 2, ...rest } = options;
  return magnitudes(stft(x, rest), power);
}

/** (re^2 + im^2)^(power / 2), with gradient 0 where both are 0. */
function magnitudes({ real, imag }: Complex, power: number): Tensor {
  const squares = add(mul(real, real), mul(imag, imag));
  if (power === 2) return squares;
  const silent = eq(squares, 0);
  return where(silent, 0, pow(where(silent, 1, squares), power / 2));
}

export interface MelSpectrogramOptions extends Omit<SpectrogramOptions, 'nFft'>, MelFilterOptions {}

/**
 * The energy of frames in bands of equal width in mel, [..., nMels, frame].
 *
 * @param x shape [..., time].
 * @param options as `stft` and `melFilterBank`; window: default 'hann'; hopLength: default half of winLength.
 * @throws as `stft` and `melFilterBank`.
 * @example
 * ```ts
 * import { rand } from '@cotangent/tensor';
 * import { melSpectrogram } from '@cotangent/tensor/signal';
 * console.log(melSpectrogram(rand([16000]), { nMels: 40 }).shape); // [40, 81]
 * ```
 */
export function melSpectrogram(x: Tensor, options: MelSpectrogramOptions = {}): Tensor {
  const { sampleRate, nFft = 400, nMels, fMin, fMax, scale, norm, winLength = nFft, ...rest } = options;
  const hopLength = options.hopLength ?? Math.floor(winLength / 2);
  const energies = spectrogram(x, { window: 'hann', ...rest, nFft, winLength, hopLength });
  return matmul(melFilterBank({ sampleRate, nFft, nMels, fMin, fMax, scale, norm }, { dtype: x.dtype }), energies);
}

export interface DecibelOptions {
  /** 'power' (default): 10 log10(x / ref). 'magnitude': 20 log10(x / ref). */
  readonly kind?: 'power' | 'magnitude';
  /** What counts as 0 dB. Default 1. */
  readonly ref?: number;
  /** Smaller values count as this. Default 1e-10. */
  readonly amin?: number;
  /** Values further below the largest are raised to it minus `topDb`. Default: no limit. */
  readonly topDb?: number;
}

/**
 * Decibels of a spectrogram. With `topDb` the largest value is sought over the last three axes: channel, frequency, frame.
 *
 * @throws ArgumentError for numbers that are not positive; DTypeError when x is not floating-point.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { amplitudeToDb } from '@cotangent/tensor/signal';
 * console.log(await amplitudeToDb(tensor([1, 0.1, 0])).array()); // [0, -10, -100]
 * ```
 */
export function amplitudeToDb(x: Tensor, options: DecibelOptions = {}): Tensor {
  const { kind = 'power', ref = 1, amin = 1e-10, topDb } = options;
  checkFloat('amplitudeToDb', x);
  if (!(ref > 0) || !(amin > 0) || (topDb !== undefined && !(topDb >= 0))) {
    throw new ArgumentError(`amplitudeToDb: ref is ${ref}, amin ${amin}, topDb ${topDb ?? 'not given'}; expected positive numbers.`);
  }
  const factor = kind === 'power' ? 10 : 20;
  const decibels = sub(mul(log10(clamp(x, { min: amin })), factor), factor * Math.log10(Math.max(amin, ref)));
  if (topDb === undefined) return decibels;
  const axes = Array.from({ length: Math.min(3, x.ndim) }, (_, i) => x.ndim - 1 - i);
  return maximum(decibels, sub(amax(decibels, { dim: axes, keepdim: true }), topDb));
}

export interface MfccOptions extends MelSpectrogramOptions {
  /** Number of coefficients. Default 40. */
  readonly nMfcc?: number;
  /** Factors of the cosine transform. Default 'ortho'. */
  readonly dctNorm?: 'ortho' | 'backward';
  /** Take log(energy + 1e-6) instead of decibels with topDb 80. Default false. */
  readonly logMels?: boolean;
}

/**
 * Mel-frequency cepstral coefficients, [..., nMfcc, frame]: the cosine transform of decibels over the bands of a mel spectrogram.
 *
 * @param x shape [..., time].
 * @throws ArgumentError for more coefficients than bands; otherwise as `melSpectrogram`.
 * @example
 * ```ts
 * import { rand } from '@cotangent/tensor';
 * import { mfcc } from '@cotangent/tensor/signal';
 * console.log(mfcc(rand([16000]), { nMfcc: 13, nMels: 40 }).shape); // [13, 81]
 * ```
 */
export function mfcc(x: Tensor, options: MfccOptions = {}): Tensor {
  const { nMfcc = 40, dctNorm = 'ortho', logMels = false, ...rest } = options;
  const bands = rest.nMels ?? 128;
  if (!Number.isInteger(nMfcc) || nMfcc < 1 || nMfcc > bands) {
    throw new ArgumentError(`mfcc: nMfcc is ${nMfcc}; expected a whole number from 1 to nMels (${bands}).`);
  }
  const energies = melSpectrogram(x, rest);
  const levels = logMels ? log(add(energies, 1e-6)) : amplitudeToDb(energies, { topDb: 80 });
  return narrow(dct(levels, { dim: -2, norm: dctNorm }), -2, 0, nMfcc);
}
