/** Discrete cosine transforms, by Fourier transforms of twice the length. */
import {
  add, ArgumentError, concat, flip, moveDim, mul, narrow, normalizeAxis, pad, ShapeError, tensor, type Tensor,
} from '@cotangent/tensor';
import { checkFloat } from '../sub-paths/float';
import { complexSums, halfSums, realSums } from './host/ops';

export type DctType = 1 | 2 | 3 | 4;

export interface DctOptions {
  /** Default 2, "the" DCT; 3 is its inverse, up to a factor. */
  readonly type?: DctType;
  /** Default: the last axis. */
  readonly dim?: number;
  /** 'ortho': an orthogonal matrix. 'backward' (default) leaves out all factors, 'forward' divides by 2 n (2 (n - 1) for type 1). */
  readonly norm?: 'backward' | 'forward' | 'ortho';
}

/**
 * The discrete cosine transform, with the sums and factors of SciPy. For x of length n:
 * type 1: y_k = x_0 + (-1)^k x_(n-1) + 2 sum over 0 < j < n - 1 of x_j cos(pi j k / (n - 1));
 * type 2: y_k = 2 sum of x_j cos(pi k (2 j + 1) / (2 n));
 * type 3: y_k = x_0 + 2 sum over j > 0 of x_j cos(pi j (2 k + 1) / (2 n));
 * type 4: y_k = 2 sum of x_j cos(pi (2 j + 1) (2 k + 1) / (4 n)).
 *
 * @throws DTypeError when x is not floating-point; ArgumentError for another type; ShapeError for an axis that is too short.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { dct } from '@cotangent/tensor/signal';
 * console.log(await dct(tensor([1, 1, 1, 1]), { norm: 'ortho' }).array()); // about [2, 0, 0, 0]
 * ```
 */
export function dct(x: Tensor, options: DctOptions = {}): Tensor {
  const { type = 2, dim = -1, norm = 'backward' } = options;
  checkFloat('dct', x);
  if (!Object.hasOwn(SUMS, type)) throw new ArgumentError(`dct: the type is ${type}; expected 1, 2, 3 or 4.`);
  const axis = normalizeAxis('dct', dim, x.ndim);
  const n = x.shape[axis] ?? 0;
  const least = type === 1 ? 2 : 1;
  if (n < least) throw new ShapeError(`dct: the axis has ${n} elements; expected at least ${least} for type ${type}.`);
  const last = moveDim(x, axis, -1);
  const period = type === 1 ? 2 * (n - 1) : 2 * n;
  const sums = SUMS[type];
  const vector = (values: readonly number[]): Tensor => tensor(values, { dtype: x.dtype });
  if (norm !== 'ortho') {
    const y = sums(last, n, vector);
    return moveDim(norm === 'forward' ? mul(y, 1 / period) : y, -1, axis);
  }
  // Elements that the sums count half as often as the others.
  const { before, after } = ENDS[type];
  const ends = (indices: readonly number[], factor: number, scale: number): Tensor =>
    vector(Array.from({ length: n }, (_, j) => (indices.some((i) => (i + n) % n === j) ? factor * scale : scale)));
  const y = sums(before.length > 0 ? mul(last, ends(before, Math.SQRT2, 1)) : last, n, vector);
  return moveDim(mul(y, ends(after, Math.SQRT1_2, 1 / Math.sqrt(period))), -1, axis);
}

/**
 * The inverse of `dct` with the same options.
 *
 * @throws as `dct`.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * import { dct, idct } from '@cotangent/tensor/signal';
 * console.log(await idct(dct(tensor([1, 2, 3]))).array()); // about [1, 2, 3]
 * ```
 */
export function idct(x: Tensor, options: DctOptions = {}): Tensor {
  const { type = 2, norm = 'backward' } = options;
  const inverseNorm = norm === 'ortho' ? norm : norm === 'backward' ? 'forward' : 'backward';
  return dct(x, { ...options, type: type === 2 ? 3 : type === 3 ? 2 : type, norm: inverseNorm });
}

/** For 'ortho': elements of x that are multiplied by the root of 2, and elements of y that are divided by it. */
const ENDS: Readonly<Record<DctType, { readonly before: readonly number[]; readonly after: readonly number[] }>> = {
  1: { before: [0, -1], after: [0, -1] },
  2: { before: [], after: [0] },
  3: { before: [0], after: [] },
  4: { before: [], after: [] },
};

type Sums = (x: Tensor, n: number, vector: (values: readonly number[]) => Tensor) => Tensor;

/** fn(0), fn(1), ..., fn(n - 1). */
const table = (n: number, fn: (k: number) => number): number[] => Array.from({ length: n }, (_, k) => fn(k));

const SUMS: Readonly<Record<DctType, Sums>> = {
  // x continued as its mirror image, without repeating the ends.
  1: (x, n) => realSums(n > 2 ? concat([x, flip(narrow(x, -1, 1, n - 2), -1)], -1) : x).real,
  // x followed by its mirror image; the sums turned back by half a sample.
  2: (x, n, vector) => {
    const { real, imag } = realSums(concat([x, flip(x, -1)], -1));
    const angle = (k: number): number => (Math.PI * k) / (2 * n);
    const [a, b] = [narrow(real, -1, 0, n), narrow(imag, -1, 0, n)];
    return add(mul(a, vector(table(n, (k) => Math.cos(angle(k))))), mul(b, vector(table(n, (k) => Math.sin(angle(k))))));
  },
  // The transpose of type 2, but for the weight of x_0.
  3: (x, n, vector) => {
    const weight = (k: number): number => (k === 0 ? 1 : 2);
    const angle = (k: number): number => (Math.PI * k) / (2 * n);
    const real = pad(mul(x, vector(table(n, (k) => weight(k) * Math.cos(angle(k))))), [0, 1]);
    const imag = pad(mul(x, vector(table(n, (k) => weight(k) * Math.sin(angle(k))))), [0, 1]);
    return narrow(halfSums({ real, imag }, 2 * n), -1, 0, n);
  },
  // x turned sample by sample, padded to twice its length, and turned once more.
  4: (x, n, vector) => {
    const first = (j: number): number => (Math.PI * j) / (2 * n);
    const real = pad(mul(x, vector(table(n, (j) => Math.cos(first(j))))), [0, n]);
    const imag = pad(mul(x, vector(table(n, (j) => -Math.sin(first(j))))), [0, n]);
    const sums = complexSums({ real, imag }, false);
    const second = (k: number): number => (Math.PI * (2 * k + 1)) / (4 * n);
    const a = mul(narrow(sums.real, -1, 0, n), vector(table(n, (k) => 2 * Math.cos(second(k)))));
    const b = mul(narrow(sums.imag, -1, 0, n), vector(table(n, (k) => 2 * Math.sin(second(k)))));
    return add(a, b);
  },
};
