/** Windows: weights that fade a frame in and out. */
import { ArgumentError, tensor, type CreateOptions, type Tensor } from '@cotangent/tensor';

export interface WindowOptions extends CreateOptions {
  /** true (default) for frames of a spectrum: one period of a function of period n. false is symmetric, of period n - 1. */
  readonly periodic?: boolean;
}

/** Windows that are known by name. */
export type WindowName = 'hann' | 'hamming' | 'blackman' | 'bartlett' | 'rectangular';

/** The value at a place from 0 to 1. */
const SHAPES: Readonly<Record<WindowName, (t: number) => number>> = {
  hann: cosines(0.5, 0.5),
  hamming: cosines(0.54, 0.46),
  blackman: cosines(0.42, 0.5, 0.08),
  bartlett: (t) => 1 - Math.abs(2 * t - 1),
  rectangular: () => 1,
};

/** a - b cos(2 pi t) + c cos(4 pi t). */
function cosines(a: number, b: number, c = 0): (t: number) => number {
  return (t) => a - b * Math.cos(2 * Math.PI * t) + c * Math.cos(4 * Math.PI * t);
}

function valuesOf(op: string, n: number, periodic: boolean, shape: (t: number) => number): Float64Array {
  if (!Number.isInteger(n) || n < 0) throw new ArgumentError(`${op}: the length is ${n}; expected a whole number >= 0.`);
  const period = periodic ? n : n - 1;
  return Float64Array.from({ length: n }, (_, i) => (n === 1 ? 1 : shape(i / period)));
}

function make(op: string, n: number, { periodic = true, dtype = 'float32' }: WindowOptions, shape: (t: number) => number): Tensor {
  return tensor(valuesOf(op, n, periodic, shape), { dtype });
}

/** The elements of the periodic window of that name. */
export function namedWindow(op: string, name: WindowName, n: number): Float64Array {
  if (!Object.hasOwn(SHAPES, name)) {
    throw new ArgumentError(`${op}: there is no window '${name}'; expected ${Object.keys(SHAPES).join(', ')}, or a tensor.`);
  }
  return valuesOf(op, n, true, SHAPES[name]);
}

/**
 * 0.5 - 0.5 cos(2 pi t), from 0 to 1 and back to 0.
 *
 * @throws ArgumentError for a length that is not a whole number >= 0.
 * @example
 * ```ts
 * import { hannWindow } from '@cotangent/tensor/signal';
 * console.log(await hannWindow(4).array()); // [0, 0.5, 1, 0.5]
 * ```
 */
export function hannWindow(n: number, options: WindowOptions = {}): Tensor {
  return make('hannWindow', n, options, SHAPES.hann);
}

export interface HammingOptions extends WindowOptions {
  /** Default 0.54. */
  readonly alpha?: number;
  /** Default 0.46. */
  readonly beta?: number;
}

/**
 * alpha - beta cos(2 pi t).
 *
 * @throws ArgumentError for a length that is not a whole number >= 0.
 * @example
 * ```ts
 * import { hammingWindow } from '@cotangent/tensor/signal';
 * console.log(await hammingWindow(4).array()); // about [0.08, 0.54, 1, 0.54]
 * ```
 */
export function hammingWindow(n: number, options: HammingOptions = {}): Tensor {
  return make('hammingWindow', n, options, cosines(options.alpha ?? 0.54, options.beta ?? 0.46));
}

/**
 * 0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t).
 *
 * @throws ArgumentError for a length that is not a whole number >= 0.
 * @example
 * ```ts
 * import { blackmanWindow } from '@cotangent/tensor/signal';
 * console.log(await blackmanWindow(4).array()); // about [0, 0.34, 1, 0.34]
 * ```
 */
export function blackmanWindow(n: number, options: WindowOptions = {}): Tensor {
  return make('blackmanWindow', n, options, SHAPES.blackman);
}

/**
 * A triangle: 1 - |2 t - 1|.
 *
 * @throws ArgumentError for a length that is not a whole number >= 0.
 * @example
 * ```ts
 * import { bartlettWindow } from '@cotangent/tensor/signal';
 * console.log(await bartlettWindow(4).array()); // [0, 0.5, 1, 0.5]
 * ```
 */
export function bartlettWindow(n: number, options: WindowOptions = {}): Tensor {
  return make('bartlettWindow', n, options, SHAPES.bartlett);
}

export interface KaiserOptions extends WindowOptions {
  /** How narrow it is. Default 12. */
  readonly beta?: number;
}

/**
 * I0(beta sqrt(1 - (2 t - 1)^2)) / I0(beta), with the modified Bessel function I0.
 *
 * @throws ArgumentError for a length that is not a whole number >= 0.
 * @example
 * ```ts
 * import { kaiserWindow } from '@cotangent/tensor/signal';
 * console.log(await kaiserWindow(4, { beta: 0 }).array()); // [1, 1, 1, 1]
 * ```
 */
export function kaiserWindow(n: number, options: KaiserOptions = {}): Tensor {
  const { beta = 12 } = options;
  return make('kaiserWindow', n, options, (t) => bessel(beta * Math.sqrt(Math.max(0, 1 - (2 * t - 1) ** 2))) / bessel(beta));
}

/** The modified Bessel function I0 by its power series: the sum of ((x / 2)^k / k!)^2, all terms positive. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
