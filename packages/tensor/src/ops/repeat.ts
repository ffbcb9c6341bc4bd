/** Repeating elements and whole tensors along axes, and sliding windows over an axis. */
import { ArgumentError, ShapeError } from '../errors';
import { normalizeAxis, show, sizeOf } from '../shape';
import type { Tensor } from '../tensor';
import { tensor } from './create';
import { indexSelect } from './gather';
import { expand, moveDim, reshape, unflatten } from './movement';
import { nodeOf } from './operand';

/**
 * Every slice along `dim` repeated right after itself: `repeats` times, or as often as a list says for each slice.
 *
 * @param dim default: the flattened tensor.
 * @throws ArgumentError for a count that is not a whole number >= 0; ShapeError when the list does not have one per slice.
 * @example
 * ```ts
 * import { repeatInterleave, tensor } from '@cotangent/tensor';
 * console.log(await repeatInterleave(tensor([1, 2]), 2).array()); // [1, 1, 2, 2]
 * console.log(await repeatInterleave(tensor([1, 2]), [3, 0]).array()); // [1, 1, 1]
 * ```
 */
export function repeatInterleave(x: Tensor, repeats: number | readonly number[], dim?: number): Tensor {
  const { shape } = nodeOf('repeatInterleave', x);
  if (dim === undefined) return repeatInterleave(reshape(x, [-1]), repeats, 0);
  const axis = normalizeAxis('repeatInterleave', dim, shape.length);
  if (shape.length === 0) return repeatInterleave(reshape(x, [1]), repeats, 0);
  const n = shape[axis]!;
  const counts = typeof repeats === 'number' ? new Array<number>(n).fill(repeats) : repeats.length === 1 ? new Array<number>(n).fill(repeats[0]!) : repeats;
  if (counts.length !== n) {
    throw new ShapeError(`repeatInterleave: ${counts.length} counts for dim ${dim} of shape ${show(shape)}; expected one count, or ${n} of them.`);
  }
  const bad = counts.find((c) => !Number.isInteger(c) || c < 0);
  if (bad !== undefined) throw new ArgumentError(`repeatInterleave: a count is ${bad}; expected whole numbers >= 0.`);
  const places = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  return indexSelect(x, axis, tensor(Int32Array.from(places)));
}

/**
 * All windows of `size` places along `dim`, `step` apart, as a new last axis (PyTorch's Tensor.unfold).
 *
 * @throws ArgumentError when a window is larger than the axis, or the step smaller than 1.
 * @example
 * ```ts
 * import { arange, unfoldDim } from '@cotangent/tensor';
 * console.log(await unfoldDim(arange(5), 0, 3, 2).array()); // [[0, 1, 2], [2, 3, 4]]
 * ```
 */
export function unfoldDim(x: Tensor, dim: number, size: number, step: number): Tensor {
  const { shape } = nodeOf('unfoldDim', x);
  const axis = normalizeAxis('unfoldDim', dim, shape.length);
  const n = shape[axis] ?? 1;
  if (!Number.isInteger(size) || size < 0 || size > n || !Number.isInteger(step) || step < 1) {
    throw new ArgumentError(
      `unfoldDim: windows of ${size} in steps of ${step} over dim ${dim} of shape ${show(shape)}; expected a size from 0 to ${n} and a step >= 1.`,
    );
  }
  const row = shape.length === 0 ? reshape(x, [1]) : x;
  const count = Math.floor((n - size) / step) + 1;
  const places = Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * step + (i % size));
  const windows = unflatten(indexSelect(row, axis, tensor(Int32Array.from(places))), axis, [count, size]);
  return shape.length === 0 ? reshape(windows, [size]) : moveDim(windows, axis + 1, -1);
}

/**
 * The tensor repeated `counts[i]` times along axis i; more counts than axes add leading axes (NumPy's tile, PyTorch's
 * repeat).
 *
 * @example
 * ```ts
 * import { tensor, tile } from '@cotangent/tensor';
 * console.log(await tile(tensor([1, 2]), [2]).array()); // [1, 2, 1, 2]
 * ```
 */
export function tile(x: Tensor, counts: readonly number[]): Tensor {
  const { shape } = nodeOf('tile', x);
  if (!counts.every((n) => Number.isInteger(n) && n >= 0)) throw new ArgumentError(`tile: the counts are ${show(counts)}; expected whole numbers >= 0.`);
  const rank = Math.max(shape.length, counts.length);
  const sizes = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const times = [...new Array<number>(rank - counts.length).fill(1), ...counts];
  // Axes that are not repeated are one with the repeated axis before them; more than four such runs take a step of their own.
  const starts = times.flatMap((n, i) => (i === 0 || n !== 1 ? [i] : []));
  const cut = starts[4];
  if (cut !== undefined) return tile(tile(x, times.map((n, i) => (i < cut ? n : 1))), times.map((n, i) => (i < cut ? 1 : n)));
  const runs = starts.map((start, k) => ({ count: times[start]!, size: sizeOf(sizes.slice(start, starts[k + 1])) }));
  const spread = expand(reshape(x, runs.flatMap(({ size }) => [1, size])), runs.flatMap(({ count, size }) => [count, size]));
  return reshape(spread, sizes.map((n, i) => n * times[i]!));
}
