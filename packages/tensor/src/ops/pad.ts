/** Padding: constant, reflect, replicate and circular borders. */
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import { record } from '../graph/record';
import { show } from '../shape';
import { Tensor } from '../tensor';
import { concat, flip, narrow, strided, expand } from './movement';
import { canHold, checkOptions, nodeOf, unchanged } from './operand';

export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

export interface PadOptions {
  /** Default 'constant'. */
  readonly mode?: PadMode;
  /** The value of a constant border. Default 0. */
  readonly value?: number;
}

/**
 * Adds borders. `padding` lists pairs (before, after) from the last axis backwards, as PyTorch's `pad`; negative numbers
 * cut. `reflect` mirrors without repeating the edge, `replicate` repeats the edge, `circular` wraps around.
 *
 * @throws ShapeError when a reflected or wrapped border is wider than the axis allows.
 * @example
 * ```ts
 * import { pad, tensor } from '@cotangent/tensor';
 * console.log(await pad(tensor([1, 2, 3]), [1, 2]).array()); // [0, 1, 2, 3, 0, 0]
 * console.log(await pad(tensor([1, 2, 3]), [2, 0], { mode: 'reflect' }).array()); // [3, 2, 1, 2, 3]
 * ```
 */
export function pad(x: Tensor, padding: readonly number[], options: PadOptions = {}): Tensor {
  checkOptions('pad', options, "{ mode: 'reflect' }");
  const { mode = 'constant', value = 0 } = options;
  const { shape, dtype } = nodeOf('pad', x);
  if (!canHold(dtype, value)) throw new DTypeError(`pad: the border value ${value} does not fit ${dtype}; choose another one, or convert x with .cast('float32').`);
  if (padding.length % 2 !== 0 || padding.length > 2 * shape.length || !padding.every(Number.isInteger)) {
    throw new ArgumentError(
      `pad: got ${show(padding)} for shape ${show(shape)}; expected whole numbers in pairs (before, after) from the last axis, at most ${shape.length} pairs.`,
    );
  }
  const low = shape.map((_, i) => padding[2 * (shape.length - 1 - i)] ?? 0);
  const high = shape.map((_, i) => padding[2 * (shape.length - 1 - i) + 1] ?? 0);
  shape.forEach((n, i) => {
    const cut = Math.max(-low[i]!, 0) + Math.max(-high[i]!, 0);
    if (cut > n) throw new ShapeError(`pad: ${show(padding)} cuts ${cut} places from axis ${i} of shape ${show(shape)}, which has ${n}; cut at most that many.`);
  });
  const start = low.map((p) => Math.max(-p, 0));
  const size = shape.map((n, i) => n - start[i]! - Math.max(-high[i]!, 0));
  const cut = strided(x, start, size, shape.map(() => 1));
  const before = low.map((p) => Math.max(p, 0));
  const after = high.map((p) => Math.max(p, 0));
  if (mode === 'constant') return padConstant(cut, before, after, value);
  return cut.shape.reduce((out, _, axis) => padAxis(out, axis, before[axis]!, after[axis]!, mode), cut);
}

/** Adds `low[i]` places before and `high[i]` after axis i, all >= 0. */
export function padConstant(x: Tensor, low: readonly number[], high: readonly number[], value = 0): Tensor {
  if (low.every((p) => p === 0) && high.every((p) => p === 0)) return unchanged(x);
  return new Tensor(record('pad', [x.node], { low, high, value }));
}

function padAxis(x: Tensor, axis: number, before: number, after: number, mode: Exclude<PadMode, 'constant'>): Tensor {
  if (before === 0 && after === 0) return unchanged(x);
  const n = x.shape[axis]!;
  const limit = mode === 'reflect' ? n - 1 : mode === 'circular' ? n : n === 0 ? 0 : Infinity;
  if (Math.max(before, after) > limit) {
    throw new ShapeError(`pad: a ${mode} border of ${Math.max(before, after)} is too wide for axis ${axis} of shape ${show(x.shape)}; at most ${limit}.`);
  }
  const edge = (at: number, count: number): Tensor =>
    expand(narrow(x, axis, at, 1), x.shape.map((m, i) => (i === axis ? count : m)));
  const left =
    mode === 'replicate' ? edge(0, before) : mode === 'reflect' ? flip(narrow(x, axis, 1, before), axis) : narrow(x, axis, n - before, before);
  const right =
    mode === 'replicate' ? edge(n - 1, after) : mode === 'reflect' ? flip(narrow(x, axis, n - 1 - after, after), axis) : narrow(x, axis, 0, after);
  return concat([left, x, right].filter((part) => part.shape[axis] !== 0 || part === x), axis);
}
