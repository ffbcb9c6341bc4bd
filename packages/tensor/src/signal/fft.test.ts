import { beforeAll, describe, expect, it } from 'vitest';
import { gradCheck, gradients, track } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { compile, rand, tensor, use, type Tensor } from '../index';
import { expectClose } from '../testing/close';
import {
  dct, fft, fft2, fftfreq, fftshift, idct, ifft, ifft2, ifftshift, irfft, rfft, rfftfreq, type Complex, type DctType,
} from './index';

beforeAll(async () => {
  await use(cpu());
});

const float64 = { dtype: 'float64' } as const;
/** Numbers without a pattern. */
const numbers = (n: number, seed = 1): number[] => Array.from({ length: n }, (_, i) => Math.sin(seed + 7.3 * i * i));
const signalOf = (...shape: number[]): Tensor => tensor(numbers(shape.reduce((p, n) => p * n, 1)), { shape, ...float64 });
const TYPES: readonly DctType[] = [1, 2, 3, 4];
const NORMS = ['backward', 'forward', 'ortho'] as const;

/** The sums of the definition. */
function slowly(re: readonly number[], im: readonly number[], sign: 1 | -1): { re: number[]; im: number[] } {
  const n = re.length;
  const out = { re: new Array<number>(n).fill(0), im: new Array<number>(n).fill(0) };
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n;
      out.re[k]! += re[j]! * Math.cos(angle) - im[j]! * Math.sin(angle);
      out.im[k]! += re[j]! * Math.sin(angle) + im[j]! * Math.cos(angle);
    }
  }
  return out;
}

async function expectParts({ real, imag }: Complex, expected: { re: number[]; im: number[] }, tolerance = 1e-11): Promise<void> {
  await expectClose(real, expected.re, tolerance);
  await expectClose(imag, expected.im, tolerance);
}

describe('transforms of any length are the sums of their definition [B05]', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 30, 31, 37, 49, 60, 64, 74, 97, 101, 128, 211, 360, 1009])('%i', async (n) => {
    const [re, im] = [numbers(n), numbers(n, 2)];
    const z = { real: tensor(re, float64), imag: tensor(im, float64) };
    const expected = slowly(re, im, -1);
    await expectParts(fft(z), expected, 1e-10);
    const back = slowly(re, im, 1);
    await expectParts(ifft(z), { re: back.re.map((v) => v / n), im: back.im.map((v) => v / n) }, 1e-10);
    const half = Math.floor(n / 2) + 1;
    const real = slowly(re, new Array<number>(n).fill(0), -1);
    await expectParts(rfft(z.real), { re: real.re.slice(0, half), im: real.im.slice(0, half) }, 1e-10);
    await expectClose(irfft(rfft(z.real), { n }), re, 1e-11);
  });
});

describe('fft', () => {
  it('keeps energy: the sum of |x|^2 is that of |X|^2 / n (Parseval) [B05]', async () => {
    for (const n of [64, 60, 101]) {
      const x = rand([3, n]).sub(0.5);
      const { real, imag } = fft(x);
      const energy = await x.square().sum({ dim: -1 }).array();
      await expectClose(real.square().add(imag.square()).sum({ dim: -1 }).div(n), energy, 1e-5);
      const ortho = fft(x, { norm: 'ortho' });
      await expectClose(ortho.real.square().add(ortho.imag.square()).sum({ dim: -1 }), energy, 1e-5);
    }
  });

  it('goes along any axis, with a length of its own, and undoes itself for every norm', async () => {
    const x = signalOf(2, 6, 3);
    expect([rfft(x, { dim: 1 }).real.shape, rfft(x, { dim: 0, n: 5 }).imag.shape]).toEqual([[2, 4, 3], [3, 6, 3]]);
    for (const norm of NORMS) {
      await expectClose(ifft(fft(x, { dim: 1, norm }), { dim: 1, norm }).real, await x.array(), 1e-12);
      await expectClose(irfft(rfft(x, { dim: 1, norm }), { dim: 1, norm }), await x.array(), 1e-12);
      await expectClose(ifft2(fft2(x, { dim: [0, 1], norm }), { dim: [0, 1], norm }).real, await x.array(), 1e-12);
    }
    const row = tensor([1, 2, 3], float64);
    await expectClose(fft(row, { n: 2 }).real, [3, -1]);
    await expectClose(fft(row, { n: 4 }).real, [6, -2, 2, -2]);
    await expectClose(fft(row, { norm: 'forward' }).real, [2, -0.5, -0.5]);
    const [summed] = (await fft2(x, { dim: [0, 1] }).real.array()) as number[][][];
    expect(summed![0]![0]).toBeCloseTo((await x.sum({ dim: [0, 1] }).array() as number[])[0]!, 10);
  });

  it('ignores the imaginary parts of an irfft that no real signal has', async () => {
    const real = tensor([1, 2, 3], float64);
    const imag = tensor([9, 0.5, 9], float64);
    await expectClose(irfft({ real, imag }), await irfft({ real, imag: tensor([0, 0.5, 0], float64) }).array());
    expect(irfft({ real, imag }, { n: 5 }).shape).toEqual([5]);
    await expectClose(irfft(real, { n: 2 }), [1.5, -0.5]);
  });

  it('has frequencies, and shifts them', async () => {
    await expectClose(fftfreq(5), [0, 0.2, 0.4, -0.4, -0.2]);
    await expectClose(fftfreq(4, 0.5), [0, 0.5, -1, -0.5]);
    await expectClose(rfftfreq(5, 2), [0, 0.1, 0.2]);
    await expectClose(fftshift(fftfreq(5)), [-0.4, -0.2, 0, 0.2, 0.4]);
    const grid = signalOf(3, 4);
    await expectClose(ifftshift(fftshift(grid)), await grid.array());
    await expectClose(ifftshift(fftshift(grid, 1), [1]), await grid.array());
  });

  it('is linear: gradients are the transposed sums', async () => {
    const x = signalOf(3, 6);
    const both = ({ real, imag }: Complex): Tensor => real.mul(imag.add(2)).add(real.square());
    for (const n of [5, 6, 8]) {
      expect((await gradCheck((t) => both(rfft(t, { n, norm: 'ortho' })), [x])).passed).toBe(true);
      expect((await gradCheck((a, b) => both(fft({ real: a, imag: b }, { n, dim: 0 })), [x, x.mul(2)])).passed).toBe(true);
      expect((await gradCheck((a, b) => both(ifft({ real: a, imag: b }, { n })), [x, x.mul(2)])).passed).toBe(true);
      expect((await gradCheck((a, b) => irfft({ real: a, imag: b }, { n }).square(), [x, x.mul(2)])).passed).toBe(true);
    }
    const leaf = track(signalOf(4));
    const [slope] = gradients(rfft(leaf).real.square().sum(), [leaf]);
    const [second] = gradients(slope!.square().sum(), [leaf]);
    expect(second!.shape).toEqual([4]);
  });

  it('is recorded: works in compile', async () => {
    const filter = compile((t: Tensor) => irfft(rfft(t), { n: 6 }).mul(2));
    for (const seed of [1, 2]) {
      const x = tensor(numbers(6, seed), float64);
      await expectClose(filter(x), await x.mul(2).array(), 1e-12);
    }
  });

  it('refuses what it cannot transform', () => {
    expect(() => fft(tensor([1, 2], { dtype: 'int32' }))).toThrow(/fft: got int32/);
    expect(() => rfft(rand([4]), { n: 0 })).toThrow(/rfft: the length is 0/);
    expect(() => fft({ real: rand([4]), imag: rand([3]) })).toThrow(/\[4\].*\[3\].*same shape/);
    expect(() => irfft(rand([1]))).toThrow(/irfft: the length is 0/);
    expect(() => fft(rand([4]), { dim: 1 })).toThrow(/dim 1 is out of range/);
  });
});

describe('dct', () => {
  const x = tensor([1, -2, 3, 0.5, 4], float64);

  it('is that of SciPy for every type and norm', async () => {
    const expected: Record<DctType, Record<(typeof NORMS)[number], number[]>> = {
      1: {
        backward: [8, -6.53553391, -1, 0.53553391, 14],
        ortho: [2.51776695, -2.75, 0.37867966, -0.25, 4.01776695],
        forward: [1, -0.81694174, -0.125, 0.06694174, 1.75],
      },
      2: {
        backward: [13, -8.64526536, 3.01722093, 1.22857107, 11.51722093],
        ortho: [2.90688837, -2.73387295, 0.95412903, 0.38850828, 3.64206504],
        forward: [1.3, -0.86452654, 0.30172209, 0.12285711, 1.15172209],
      },
      3: {
        backward: [5.10979711, -10.62843545, 3, -4.0240404, 11.54267873],
        ortho: [1.74684555, -3.23002057, 1.07966913, -1.14152748, 3.78110134],
        forward: [0.51097971, -1.06284354, 0.3, -0.40240404, 1.15426787],
      },
      4: {
        backward: [4.35945749, -7.70597784, 6.36396103, 2.12975732, 13.38197182],
        ortho: [1.3785815, -2.43684416, 2.01246118, 0.6734884, 4.23175105],
        forward: [0.43594575, -0.77059778, 0.6363961, 0.21297573, 1.33819718],
      },
    };
    for (const type of TYPES) for (const norm of NORMS) await expectClose(dct(x, { type, norm }), expected[type][norm], 1e-8);
  });

  it('is undone by idct, along any axis', async () => {
    for (const shape of [[2, 2], [5, 3], [4, 7]]) {
      const grid = signalOf(...shape);
      for (const type of TYPES) {
        for (const norm of NORMS) {
          await expectClose(idct(dct(grid, { type, norm, dim: 0 }), { type, norm, dim: 0 }), await grid.array(), 1e-12);
          expect((await gradCheck((t) => dct(t, { type, norm }).square(), [grid])).passed).toBe(true);
        }
      }
    }
  });

  it('refuses unknown types and axes that are too short', () => {
    expect(() => dct(x, { type: 5 as DctType })).toThrow(/the type is 5/);
    expect(() => dct(rand([1]), { type: 1 })).toThrow(/at least 2 for type 1/);
  });
});
