/** Index spaces made small: axes that every operand walks as one are merged, axes of size 1 disappear. */

export interface Nest {
  readonly sizes: readonly number[];
  /** One list of strides per operand, parallel to `sizes`. */
  readonly strides: readonly (readonly number[])[];
  /** The loop that walks each original axis of the range, relative to its begin; -1 where the axis has size 1. */
  readonly loopOf: readonly number[];
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Merges axes [begin, end) of `shape`. Two neighbours become one loop when every operand's outer stride is its inner
 * stride times the inner size. Axes in `kept` stay on their own, for bodies that ask for their coordinate.
 */
export function mergeAxes(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  begin = 0,
  end = shape.length,
  kept: ReadonlySet<number> = NONE,
): Nest {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  const loopOf: number[] = [];
  let lastKept = false;
  for (let axis = begin; axis < end; axis++) {
    const n = shape[axis]!;
    if (n === 1) {
      loopOf.push(-1);
      continue;
    }
    const last = sizes.length - 1;
    const keep = kept.has(axis);
    if (last >= 0 && !keep && !lastKept && strides.every((s, k) => merged[k]![last] === s[axis]! * n)) {
      sizes[last]! *= n;
      strides.forEach((s, k) => (merged[k]![last] = s[axis]!));
    } else {
      sizes.push(n);
      strides.forEach((s, k) => merged[k]!.push(s[axis]!));
    }
    lastKept = keep;
    loopOf.push(sizes.length - 1);
  }
  return { sizes, strides: merged, loopOf };
}

/** Number of elements. */
export function product(sizes: readonly number[]): number {
  let n = 1;
  for (const size of sizes) n *= size;
  return n;
}

/** Row-major strides in elements. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** `list` with the entry at `position` replaced. */
export function withAt<T>(list: readonly T[], position: number, value: T): T[] {
  return list.map((entry, k) => (k === position ? value : entry));
}
