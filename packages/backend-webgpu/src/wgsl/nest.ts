/** Index spaces made small, and positions in memory as expressions. */
import type { Shader } from './shader';

export interface Nest {
  readonly sizes: readonly number[];
  /** One list of strides per operand, parallel to `sizes`. */
  readonly strides: readonly (readonly number[])[];
  /** The entry of `sizes` that walks each original axis; -1 where the axis has size 1. */
  readonly loopOf: readonly number[];
}

const NONE: ReadonlySet<number> = new Set();

/** Merges neighbouring axes that every operand walks as one and drops those of size 1; axes in `apart` stay on their own. */
export function nestOf(shape: readonly number[], strides: readonly (readonly number[])[], apart: ReadonlySet<number> = NONE): Nest {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  let closed = true;
  const loopOf = shape.map((n, axis) => {
    if (n === 1) return -1;
    const last = sizes.length - 1;
    const together = !closed && !apart.has(axis) && strides.every((s, k) => merged[k]![last] === s[axis]! * n);
    if (together) {
      sizes[last]! *= n;
      strides.forEach((s, k) => (merged[k]![last] = s[axis]!));
    } else {
      sizes.push(n);
      strides.forEach((s, k) => merged[k]!.push(s[axis]!));
    }
    closed = apart.has(axis);
    return sizes.length - 1;
  });
  return { sizes, strides: merged, loopOf };
}

/** Declares the coordinates of the row-major position `linear` and gives their names. */
export function coordinates(shader: Shader, linear: string, sizes: readonly number[]): string[] {
  const names = new Array<string>(sizes.length).fill(linear);
  let rest = linear;
  for (let axis = sizes.length - 1; axis > 0; axis--) {
    const size = shader.let('n', shader.int(sizes[axis]!));
    const above = shader.let('r', `i32(u32(${rest}) / u32(${size}))`);
    names[axis] = shader.let('c', `${rest} - ${above} * ${size}`);
    names[axis - 1] = above;
    rest = above;
  }
  return names;
}

/** `origin` plus the sum of coordinates times strides. */
export function position(shader: Shader, origin: string, at: readonly string[], strides: readonly number[]): string {
  return strides.reduce((sum, stride, k) => (stride === 0 ? sum : `${sum} + ${at[k]!} * ${shader.int(stride)}`), origin);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
