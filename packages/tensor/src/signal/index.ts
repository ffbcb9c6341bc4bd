/**
 * `@cotangent/tensor/signal`: Fourier and cosine transforms, spectrograms, and the features of sound made of them. All are
 * recorded as any other op: lazy, differentiable, fit for `compile`.
 */
export { dct, idct, type DctOptions, type DctType } from './dct';
export { preEmphasis } from './emphasis';
export {
  fft, fft2, fftfreq, fftshift, ifft, ifft2, ifftshift, irfft, rfft, rfftfreq, type Fft2Options, type FftNorm, type FftOptions,
} from './fft';
export type { Complex } from './host/ops';
export {
  amplitudeToDb, hzToMel, melFilterBank, melSpectrogram, melToHz, mfcc, spectrogram, type DecibelOptions, type MelFilterOptions,
  type MelScale, type MelSpectrogramOptions, type MfccOptions, type SpectrogramOptions,
} from './mel';
export { istft, stft, type IstftOptions, type StftOptions } from './stft';
export {
  bartlettWindow, blackmanWindow, hammingWindow, hannWindow, kaiserWindow, type HammingOptions, type KaiserOptions, type WindowName,
  type WindowOptions,
} from './windows';
