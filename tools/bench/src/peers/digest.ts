/**
 * What is kept of a float64 reference, and how far a result is from it. A digest is small enough to be stored: some elements,
 * and one projection of all of them, which an error anywhere in the array changes.
 */
import { mix } from './inputs';

export interface Digest {
  readonly length: number;
  /** Largest magnitude. */
  readonly largest: number;
  /** Root of the sum of squares. */
  readonly norm: number;
  readonly samples: readonly number[];
  readonly projection: number;
}

const SAMPLES = 256;

function place(sample: number, length: number): number {
  return length <= SAMPLES ? sample : mix(sample, 101) % length;
}

/** The product with a fixed vector of entries in [-1, 1). */
function project(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * (mix(i, 102) / 2 ** 31 - 1);
  return sum;
}

export function digest(data: ArrayLike<number>): Digest {
  const { length } = data;
  let largest = 0;
  let squares = 0;
  for (let i = 0; i < length; i++) {
    const x = data[i]!;
    largest = Math.max(largest, Math.abs(x));
    squares += x * x;
  }
  const samples = Array.from({ length: Math.min(SAMPLES, length) }, (_, k) => data[place(k, length)]!);
  return { length, largest, norm: Math.sqrt(squares), samples, projection: project(data) };
}

/**
 * The larger of: the largest error of a sampled element relative to the largest element; the error of the projection relative to
 * what it is for random errors as large as the array. NaN counts as infinitely wrong.
 */
export function errorOf(data: ArrayLike<number>, reference: Digest): number {
  const { length, largest, norm, samples, projection } = reference;
  if (data.length !== length) throw new Error(`the result has ${data.length} elements; expected ${length}`);
  const errors = samples.map((expected, k) => Math.abs(data[place(k, length)]! - expected) / (largest || 1));
  // `max` is NaN when one of its arguments is.
  const worst = Math.max(Math.abs(project(data) - projection) / (norm || 1), ...errors);
  return Number.isNaN(worst) ? Infinity : worst;
}
