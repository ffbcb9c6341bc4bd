import { beforeAll, describe, expect, it } from 'vitest';
import { gradCheck } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { arange, flip, rand, sin, tensor, use, zeros, type Tensor } from '../index';
import { expectClose } from '../testing/close';
import {
  amplitudeToDb, bartlettWindow, blackmanWindow, hammingWindow, hannWindow, hzToMel, istft, kaiserWindow, melFilterBank, melSpectrogram,
  melToHz, mfcc, preEmphasis, rfft, spectrogram, stft, type StftOptions,
} from './index';

beforeAll(async () => {
  await use(cpu());
});

const float64 = { dtype: 'float64' } as const;
const signalOf = (n: number): Tensor => tensor(Array.from({ length: n }, (_, i) => Math.sin(1 + 7.3 * i * i)), float64);

describe('windows', () => {
  it('periodic and symmetric', async () => {
    await expectClose(hannWindow(5), [0, 0.3454915, 0.9045085, 0.9045085, 0.3454915]);
    await expectClose(hannWindow(5, { periodic: false }), [0, 0.5, 1, 0.5, 0]);
    await expectClose(hammingWindow(5), [0.08, 0.39785218, 0.91214782, 0.91214782, 0.39785218]);
    await expectClose(hammingWindow(5, { alpha: 0.5, beta: 0.5 }), await hannWindow(5).array());
    await expectClose(blackmanWindow(5), [0, 0.20077014, 0.84922986, 0.84922986, 0.20077014]);
    await expectClose(blackmanWindow(5, { periodic: false }), [0, 0.34, 1, 0.34, 0]);
    await expectClose(bartlettWindow(5), [0, 0.4, 0.8, 0.8, 0.4]);
    await expectClose(kaiserWindow(5), [5.277e-5, 0.10171969, 0.79293983, 0.79293983, 0.10171969]);
    await expectClose(kaiserWindow(5, { beta: 6, periodic: false }), [0.01487334, 0.48295561, 1, 0.48295561, 0.01487334]);
  });

  it('of length 1 are 1, of length 0 empty, in any floating-point type', async () => {
    expect(await hannWindow(1).array()).toEqual([1]);
    expect(await bartlettWindow(0, float64).array()).toEqual([]);
    expect(() => hannWindow(2.5)).toThrow(/hannWindow: the length is 2.5/);
  });
});

describe('stft', () => {
  it('is the rfft of windowed frames', async () => {
    const x = signalOf(20);
    const window = kaiserWindow(6, { beta: 5, ...float64 });
    const { real, imag } = stft(x, { nFft: 8, hopLength: 3, winLength: 6, window, center: false, normalized: true });
    expect(real.shape).toEqual([5, 5]);
    const padded = (await window.array()) as number[];
    const frame = rfft(x.index([6, 14]).mul(tensor([0, ...padded, 0], float64)), { norm: 'ortho' });
    await expectClose(real.index(null, 2), await frame.real.array(), 1e-12);
    await expectClose(imag.index(null, 2), await frame.imag.array(), 1e-12);
  });

  it('centres frames, and gives all frequencies if asked', async () => {
    const x = signalOf(20);
    for (const padMode of ['reflect', 'constant'] as const) {
      const one = stft(x, { nFft: 8, hopLength: 4, window: 'hamming', padMode });
      const all = stft(x, { nFft: 8, hopLength: 4, window: 'hamming', padMode, onesided: false });
      expect([one.real.shape, all.real.shape]).toEqual([[5, 6], [8, 6]]);
      await expectClose(all.real.index([0, 5]), await one.real.array(), 1e-12);
      await expectClose(all.imag.index([5, 8]), await flip(one.imag.index([1, 4]), 0).neg().array(), 1e-12);
    }
  });

  it('finds the frequency of a tone', async () => {
    const tone = sin(arange(4000).cast('float32').mul((2 * Math.PI * 1000) / 8000));
    const power = spectrogram(tone, { nFft: 256, window: 'hann' });
    expect(await power.mean({ dim: -1 }).argmax().item()).toBe((1000 / 8000) * 256);
  });

  it('is undone by istft for windows, hops, lengths and both forms of spectra', async () => {
    const x = signalOf(50);
    const cases: StftOptions[] = [
      { nFft: 8, window: 'hann' },
      { nFft: 9, hopLength: 3, window: 'hamming' },
      { nFft: 16, hopLength: 4, winLength: 12, window: 'blackman', normalized: true },
      { nFft: 8, hopLength: 2, window: kaiserWindow(8, { beta: 3, ...float64 }), onesided: false },
      { nFft: 10, hopLength: 5, center: false },
    ];
    for (const options of cases) {
      await expectClose(istft(stft(x, options), { ...options, length: 50 }), await x.array(), 1e-12);
      const pair = x.reshape(2, 25);
      const start = [null, [0, 20]] as const;
      await expectClose(istft(stft(pair, options), options).index(...start), await pair.index(...start).array(), 1e-12);
    }
  });

  it('has gradients', async () => {
    const options = { nFft: 6, hopLength: 2, window: 'hann' } as const;
    expect((await gradCheck((x) => spectrogram(x, options), [signalOf(12)])).passed).toBe(true);
    expect((await gradCheck((x) => spectrogram(x, { ...options, power: 1 }), [signalOf(12)])).passed).toBe(true);
    const { real, imag } = stft(signalOf(12), options);
    expect((await gradCheck((a, b) => istft({ real: a, imag: b }, options).square(), [real, imag])).passed).toBe(true);
    const window = signalOf(6).add(2);
    expect((await gradCheck((w) => stft(signalOf(12), { nFft: 6, window: w }).real.square(), [window])).passed).toBe(true);
  });

  it('refuses what makes no frames', () => {
    expect(() => stft(rand([10]), { nFft: 16, center: false })).toThrow(/10 samples; expected at least nFft \(16\)/);
    expect(() => stft(rand([10]), { nFft: 4, window: rand([3]) })).toThrow(/\[3\]; expected \[4\]/);
    expect(() => stft(rand([10]), { nFft: 4, winLength: 5 })).toThrow(/winLength is 5/);
    expect(() => stft(rand([10]), { nFft: 2, hopLength: 0 })).toThrow(/hopLength is 0/);
    expect(() => stft(rand([10]), { nFft: 4, window: 'hanning' as 'hann' })).toThrow(/no window 'hanning'/);
    expect(() => istft(stft(rand([10]), { nFft: 4 }), { nFft: 6 })).toThrow(/expected \[..., 4, frames\]/);
    const spectra = stft(rand([20]), { nFft: 4, hopLength: 4, window: 'hann', center: false });
    expect(() => istft(spectra, { nFft: 4, hopLength: 4, window: 'hann', center: false })).toThrow(/no window covers sample 0/);
  });
});

describe('mel', () => {
  it('scales go there and back', () => {
    expect(hzToMel(1000)).toBeCloseTo(999.9855, 3);
    expect(hzToMel(440, 'slaney')).toBeCloseTo(6.6, 10);
    expect(hzToMel(4000, 'slaney')).toBeCloseTo(35.16376031, 7);
    for (const scale of ['htk', 'slaney'] as const) {
      for (const f of [0, 300, 1000, 5000]) expect(melToHz(hzToMel(f, scale), scale)).toBeCloseTo(f, 9);
    }
  });

  it('filters are triangles whose neighbours add up to 1; slaney gives them equal areas', async () => {
    const bank = melFilterBank({ sampleRate: 8000, nFft: 512, nMels: 8, fMin: 100, fMax: 3900 }, float64);
    expect(bank.shape).toEqual([8, 257]);
    const inner = ((await bank.sum({ dim: 0 }).array()) as number[]).slice(40, 170);
    for (const sum of inner) expect(sum).toBeCloseTo(1, 10);
    const even = melFilterBank({ sampleRate: 8000, nFft: 4096, nMels: 8, scale: 'slaney', norm: 'slaney' }, float64);
    const areas = (await even.sum({ dim: 1 }).mul(8000 / 4096).array()) as number[];
    for (const area of areas) expect(area).toBeCloseTo(1, 2);
    expect(() => melFilterBank({ fMin: 5000, fMax: 100 })).toThrow(/fMin is 5000, fMax 100/);
  });

  it('spectrograms, decibels and coefficients', async () => {
    const x = rand([2, 1600]);
    const mel = melSpectrogram(x, { nMels: 20, power: 1 });
    expect(mel.shape).toEqual([2, 20, 9]);
    const same = melFilterBank({ nMels: 20 }).matmul(spectrogram(x, { nFft: 400, hopLength: 200, window: 'hann', power: 1 }));
    await expectClose(mel, await same.array(), 1e-5);
    await expectClose(amplitudeToDb(tensor([100, 1, 0])), [20, 0, -100], 1e-5);
    await expectClose(amplitudeToDb(tensor([100, 1, 0]), { topDb: 30, ref: 10 }), [10, -10, -20], 1e-5);
    await expectClose(amplitudeToDb(tensor([10]), { kind: 'magnitude' }), [20], 1e-5);
    const coefficients = mfcc(x, { nMfcc: 5, nMels: 20 });
    expect(coefficients.shape).toEqual([2, 5, 9]);
    const levels = amplitudeToDb(melSpectrogram(x, { nMels: 20 }), { topDb: 80 });
    await expectClose(coefficients.index(null, 0), await levels.sum({ dim: 1 }).div(Math.sqrt(20)).array(), 1e-5);
    const few = { nMfcc: 3, nMels: 4, nFft: 16, logMels: true, sampleRate: 64 };
    expect((await gradCheck((t) => mfcc(t, few), [signalOf(40)])).passed).toBe(true);
    expect(await melSpectrogram(zeros([800]), { power: 1 }).sum().item()).toBe(0);
    expect(() => mfcc(x, { nMels: 10 })).toThrow(/nMfcc is 40; expected a whole number from 1 to nMels \(10\)/);
  });
});

describe('preEmphasis', () => {
  it('subtracts a part of the sample before', async () => {
    await expectClose(preEmphasis(tensor([[1, 1, 2], [0, 4, 4]]), { coefficient: 0.5 }), [[1, 0.5, 1.5], [0, 4, 2]]);
    await expectClose(preEmphasis(tensor([1, 2])), [1, 1.03]);
    expect((await gradCheck((x) => preEmphasis(x).square(), [signalOf(5)])).passed).toBe(true);
  });
});
