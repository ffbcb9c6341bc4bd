/**
 * The three sums that all transforms of this folder are made of, over the last axis and without factors, each with its
 * transpose as its gradient. Results with a real and an imaginary part carry both along a new first axis of size 2.
 */
import { custom, select, sizeOf, type Shape, type Tensor } from '@cotangent/tensor';
import { transformOf } from './fft';

/** A complex tensor as two real ones of the same shape. */
export interface Complex {
  readonly real: Tensor;
  readonly imag: Tensor;
}

/** The parts of a result with a first axis of size 2. */
function partsOf(both: Tensor): Complex {
  return { real: select(both, 0, 0), imag: select(both, 0, 1) };
}

const lastOf = (shape: Shape): number => shape[shape.length - 1]!;

/** Number of values for the frequencies 0 to n / 2. */
export const halfOf = (n: number): number => Math.floor(n / 2) + 1;

interface Direction {
  readonly inverse: boolean;
}

const complexOp: (inputs: readonly Tensor[], options: Direction) => Tensor = custom<Direction>({
  name: 'fft',
  shape: ([real]) => [2, ...real!],
  forward: ([real, imag], { data }, { inverse }) => {
    const n = lastOf(real!.shape);
    const total = sizeOf(real!.shape);
    const transform = transformOf(n);
    const re = new Float64Array(n);
    const im = new Float64Array(n);
    for (let start = 0; start < total; start += n) {
      re.set(real!.data.subarray(start, start + n));
      im.set(imag!.data.subarray(start, start + n));
      if (inverse) transform(im, re);
      else transform(re, im);
      data.set(re, start);
      data.set(im, total + start);
    }
  },
  // The transpose of multiplying by a symmetric complex matrix is multiplying by its conjugate.
  vjp: ({ inverse }) => (grad) => {
    const { real, imag } = partsOf(grad);
    const back = partsOf(complexOp([real, imag], { inverse: !inverse }));
    return [back.real, back.imag];
  },
});

const realOp: (inputs: readonly Tensor[]) => Tensor = custom({
  name: 'rfft',
  shape: ([x]) => [2, ...x!.slice(0, -1), halfOf(lastOf(x!))],
  forward: ([x], { data }) => {
    const n = lastOf(x!.shape);
    const half = halfOf(n);
    const total = data.length / 2;
    const rows = total / half;
    const transform = transformOf(n);
    const re = new Float64Array(n);
    const im = new Float64Array(n);
    for (let row = 0; row < rows; row += 2) {
      const isPair = row + 1 < rows;
      re.set(x!.data.subarray(row * n, (row + 1) * n));
      if (isPair) im.set(x!.data.subarray((row + 1) * n, (row + 2) * n));
      else im.fill(0);
      transform(re, im);
      // Of x + i y: what is conjugate under k -> n - k belongs to x, the rest to y.
      for (let k = 0; k < half; k++) {
        const m = (n - k) % n;
        const at = row * half + k;
        data[at] = (re[k]! + re[m]!) / 2;
        data[total + at] = (im[k]! - im[m]!) / 2;
        if (!isPair) continue;
        data[at + half] = (im[k]! + im[m]!) / 2;
        data[total + at + half] = (re[m]! - re[k]!) / 2;
      }
    }
  },
  vjp: () => (grad, [x]) => {
    const { real, imag } = partsOf(grad);
    return [halfOp([real, imag], { n: lastOf(x!.shape) })];
  },
});

interface Length {
  readonly n: number;
}

const halfOp: (inputs: readonly Tensor[], options: Length) => Tensor = custom<Length>({
  name: 'irfft',
  shape: ([real], { n }) => [...real!.slice(0, -1), n],
  forward: ([real, imag], { data }, { n }) => {
    const half = lastOf(real!.shape);
    const rows = data.length / n;
    const transform = transformOf(n);
    const re = new Float64Array(n);
    const im = new Float64Array(n);
    // Half of a value at k and half of its conjugate at n - k make the sum over all k real; times i for every second row.
    const spread = (row: number, turned: boolean): void => {
      for (let k = 0; k < half; k++) {
        const m = (n - k) % n;
        const a = real!.data[row * half + k]! / 2;
        const b = imag!.data[row * half + k]! / 2;
        re[k]! += turned ? -b : a;
        im[k]! += turned ? a : b;
        re[m]! += turned ? b : a;
        im[m]! += turned ? a : -b;
      }
    };
    for (let row = 0; row < rows; row += 2) {
      re.fill(0);
      im.fill(0);
      spread(row, false);
      if (row + 1 < rows) spread(row + 1, true);
      transform(im, re);
      data.set(re, row * n);
      if (row + 1 < rows) data.set(im, (row + 1) * n);
    }
  },
  vjp: () => (grad) => {
    const { real, imag } = partsOf(realOp([grad]));
    return [real, imag];
  },
});

/** The sums over j of x_j e^(-2 pi i j k / n) for every k, with e^(+...) for `inverse`. */
export function complexSums({ real, imag }: Complex, inverse: boolean): Complex {
  return partsOf(complexOp([real, imag], { inverse }));
}

/** The sums over j of x_j e^(-2 pi i j k / n) for k from 0 to n / 2, of real x. */
export function realSums(x: Tensor): Complex {
  return partsOf(realOp([x]));
}

/** The real parts of the sums over k from 0 to n / 2 of X_k e^(+2 pi i j k / n), for j below n. */
export function halfSums({ real, imag }: Complex, n: number): Tensor {
  return halfOp([real, imag], { n });
}
