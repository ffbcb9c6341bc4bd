/**
 * Scaling of features by numbers that are measured once, on the training part, and then applied to everything.
 */
import { ArgumentError, ShapeError, StateError, sizeOf } from '@cotangent/tensor';
import { checkNdArray, type NdArray } from './ndarray';

export interface ScalerOptions {
  /**
   * The axis whose positions are scaled each by its own numbers: -1 for the columns of a table, 1 for the channels of
   * `[n, channels, height, width]` images. `null` scales the whole array by one pair of numbers. Default: -1, and `null`
   * for arrays of one axis.
   */
  dim?: number | null;
}

/** What a scaler has measured, as plain numbers for JSON. */
export interface ScalerState {
  readonly dim: number | null;
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

/** `(x - offset) / scale` along one axis. Made by `standardScaler`, `minMaxScaler` and `restoreScaler`. */
export class Scaler {
  readonly #dim: number | null;
  readonly offset: Float64Array;
  readonly scale: Float64Array;

  constructor(dim: number | null, offset: Float64Array, scale: Float64Array) {
    this.#dim = dim;
    this.offset = offset;
    this.scale = scale;
  }

  /**
   * The array scaled, as float32.
   *
   * @throws ShapeError when its axis does not have as many positions as the array that the scaler was fitted on.
   */
  transform(array: NdArray): NdArray<Float32Array> {
    return this.#map('transform', array, (value, offset, scale) => (value - offset) / scale);
  }

  /** Undoes `transform`, up to rounding. */
  inverse(array: NdArray): NdArray<Float32Array> {
    return this.#map('inverse', array, (value, offset, scale) => value * scale + offset);
  }

  /** What to keep beside a model so that new data are scaled in the same way; see `restoreScaler`. */
  state(): ScalerState {
    return { dim: this.#dim, offset: [...this.offset], scale: [...this.scale] };
  }

  #map(method: string, array: NdArray, change: (value: number, offset: number, scale: number) => number): NdArray<Float32Array> {
    checkNumbers(`Scaler.${method}`, array);
    const { positions, inner } = axisOf(`Scaler.${method}`, array.shape, this.#dim);
    if (positions !== this.offset.length) {
      throw new ShapeError(
        `Scaler.${method}: dim ${this.#dim} of shape [${array.shape.join(', ')}] has ${positions} positions, ` +
          `but the scaler was fitted on ${this.offset.length}.`,
      );
    }
    const data = new Float32Array(array.data.length);
    for (let i = 0; i < data.length; i++) {
      const at = Math.floor(i / inner) % positions;
      data[i] = change(array.data[i]!, this.offset[at]!, this.scale[at]!);
    }
    return { data, shape: array.shape };
  }
}

/**
 * Mean 0 and standard deviation 1 (divided by n, not n - 1). A feature that never changes becomes 0.
 *
 * Fit it on the training part only: numbers measured on test data leak into training.
 *
 * @param train float or integer array of at least one element.
 * @throws ArgumentError when it holds NaN or an infinity.
 * @example
 * ```ts
 * import { standardScaler } from '@cotangent/data';
 * const scaler = standardScaler({ data: Float32Array.of(1, 10, 3, 30), shape: [2, 2] });
 * console.log(scaler.transform({ data: Float32Array.of(2, 40), shape: [1, 2] }).data); // 0, 2
 * ```
 */
export function standardScaler(train: NdArray, options: ScalerOptions = {}): Scaler {
  const { dim, positions, at, count } = prepare('standardScaler', train, options);
  const offset = new Float64Array(positions);
  const scale = new Float64Array(positions);
  // Two passes: the sum of squares minus the square of the sum loses all digits when the mean is large.
  train.data.forEach((value, i) => (offset[at(i)]! += value / count));
  train.data.forEach((value, i) => (scale[at(i)]! += (value - offset[at(i)]!) ** 2 / count));
  scale.forEach((variance, i) => {
    const deviation = Math.sqrt(variance);
    // The mean of equal numbers is off by rounding, and dividing by that would blow the rounding up.
    scale[i] = deviation > 1e-12 * Math.abs(offset[i]!) ? deviation : 1;
  });
  return new Scaler(dim, offset, scale);
}

/**
 * The smallest value becomes `range[0]`, the largest `range[1]`. A feature that never changes becomes `range[0]`. New
 * data outside what was measured land outside the range.
 *
 * @param train float or integer array of at least one element; the training part only.
 * @throws ArgumentError when it holds NaN or an infinity, or the range is empty.
 * @example
 * ```ts
 * import { minMaxScaler } from '@cotangent/data';
 * const scaler = minMaxScaler({ data: Float32Array.of(0, 8, 16), shape: [3] });
 * console.log(scaler.transform({ data: Float32Array.of(4), shape: [1] }).data); // 0.25
 * ```
 */
export function minMaxScaler(train: NdArray, options: ScalerOptions & { range?: readonly [number, number] } = {}): Scaler {
  const [low, high] = options.range ?? [0, 1];
  if (!(low < high)) {
    throw new ArgumentError(`minMaxScaler: range is [${low}, ${high}], expected the smaller number first, such as [0, 1].`);
  }
  const { dim, positions, at } = prepare('minMaxScaler', train, options);
  const least = new Float64Array(positions).fill(Infinity);
  const most = new Float64Array(positions).fill(-Infinity);
  train.data.forEach((value, i) => {
    least[at(i)] = Math.min(least[at(i)]!, value);
    most[at(i)] = Math.max(most[at(i)]!, value);
  });
  const scale = least.map((from, i) => (most[i]! > from ? (most[i]! - from) / (high - low) : 1));
  return new Scaler(dim, least.map((from, i) => from - low * scale[i]!), scale);
}

/**
 * The scaler that `state()` described.
 *
 * @throws StateError when the state is damaged.
 * @example
 * ```ts
 * import { restoreScaler } from '@cotangent/data';
 * const scaler = restoreScaler({ dim: -1, offset: [5.8, 3], scale: [0.8, 0.4] });
 * ```
 */
export function restoreScaler(state: ScalerState): Scaler {
  const { dim, offset, scale } = state;
  const numbers = (list: unknown): boolean => Array.isArray(list) && list.length > 0 && list.every(Number.isFinite);
  if ((dim !== null && !Number.isInteger(dim)) || !numbers(offset) || !numbers(scale) || offset.length !== scale.length) {
    throw new StateError(`restoreScaler: got ${JSON.stringify(state)}, expected what state() returns: { dim, offset, scale }.`);
  }
  return new Scaler(dim, Float64Array.from(offset), Float64Array.from(scale));
}

interface Prepared {
  dim: number | null;
  positions: number;
  /** How many elements each position has. */
  count: number;
  at: (index: number) => number;
}

function prepare(where: string, train: NdArray, options: ScalerOptions): Prepared {
  checkNumbers(where, train);
  const dim = options.dim === undefined ? (train.shape.length < 2 ? null : -1) : options.dim;
  const { positions, inner } = axisOf(where, train.shape, dim);
  if (train.data.length === 0) throw new ArgumentError(`${where}: the array is empty, expected at least one element to measure.`);
  const wrong = train.data.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) {
    throw new ArgumentError(
      `${where}: element ${wrong} is ${train.data[wrong]}, expected finite numbers. Replace or drop missing values first.`,
    );
  }
  const at = (index: number): number => Math.floor(index / inner) % positions;
  return { dim, positions, count: train.data.length / positions, at };
}

function axisOf(where: string, shape: readonly number[], dim: number | null): { positions: number; inner: number } {
  if (dim === null) return { positions: 1, inner: 1 };
  const axis = dim < 0 ? dim + shape.length : dim;
  if (!Number.isInteger(dim) || axis < 0 || axis >= shape.length) {
    throw new ShapeError(
      `${where}: dim is ${dim}, but shape [${shape.join(', ')}] has ${shape.length} axes. ` +
        `Expected ${-shape.length} to ${shape.length - 1}, or null for one pair of numbers.`,
    );
  }
  return { positions: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}

function checkNumbers(where: string, array: NdArray): void {
  checkNdArray(where, array);
  if (array.data instanceof Uint16Array) {
    throw new ArgumentError(`${where}: float16 bits cannot be scaled. Convert them to a Float32Array first.`);
  }
}
