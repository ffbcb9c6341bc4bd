/** Readable printing of elements, in the manner of NumPy: aligned columns, long axes abbreviated in the middle. */
import { isFloat, type DType, type TypedArray } from './dtype';
import { sizeOf, type Shape } from './shape';

export interface FormatOptions {
  /** Digits after the point. Default 4. */
  readonly precision?: number;
  /** Above this many elements only the ends of each axis are shown. Default 1000. */
  readonly threshold?: number;
  /** Elements shown at each end of an abbreviated axis. Default 3. */
  readonly edge?: number;
}

/**
 * The elements of a row-major array as text.
 *
 * @example
 * ```ts
 * import { format } from '@cotangent/tensor';
 * console.log(format(Float32Array.of(1, 2.5, 3, 4), [2, 2], 'float32'));
 * // [[1.0000, 2.5000],
 * //  [3.0000, 4.0000]]
 * ```
 */
export function format(data: TypedArray, shape: Shape, dtype: DType, options: FormatOptions = {}): string {
  const { precision = 4, threshold = 1000, edge = 3 } = options;
  const edges = sizeOf(shape) > threshold ? edge : Infinity;
  const element = formatter(data, dtype, precision);
  const cells: string[] = [];
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  visit(shape, 0, 0, strides, edges, (at) => cells.push(element(data[at]!)));
  const width = cells.reduce((w, cell) => Math.max(w, cell.length), 0);
  let next = 0;
  const build = (axis: number): string => {
    if (axis === shape.length) return cells[next++]!.padStart(width);
    const parts = positions(shape[axis]!, edges).map((p) => (p < 0 ? '...' : build(axis + 1)));
    const separator = axis === shape.length - 1 ? ', ' : `,${'\n'.repeat(shape.length - 1 - axis)}${' '.repeat(axis + 1)}`;
    return `[${parts.join(separator)}]`;
  };
  return build(0);
}

/** Positions shown along an axis; -1 stands for the dots. */
function positions(n: number, edge: number): number[] {
  if (n <= 2 * edge) return Array.from({ length: n }, (_, i) => i);
  return [...Array.from({ length: edge }, (_, i) => i), -1, ...Array.from({ length: edge }, (_, i) => n - edge + i)];
}

function visit(shape: Shape, axis: number, at: number, strides: readonly number[], edge: number, cell: (at: number) => void): void {
  if (axis === shape.length) {
    cell(at);
    return;
  }
  for (const p of positions(shape[axis]!, edge)) if (p >= 0) visit(shape, axis + 1, at + p * strides[axis]!, strides, edge, cell);
}

function formatter(data: TypedArray, dtype: DType, precision: number): (x: number) => string {
  if (dtype === 'bool') return (x) => (x ? 'true' : 'false');
  if (!isFloat(dtype)) return String;
  let large = 0;
  let small = Infinity;
  for (const x of data) {
    const size = Math.abs(x);
    if (!Number.isFinite(x) || size === 0) continue;
    if (size > large) large = size;
    if (size < small) small = size;
  }
  const scientific = large >= 1e8 || (small < 1e-4 && large < 1e-2) || (large > 0 && large / small > 1e6);
  return (x) => {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? 'Infinity' : '-Infinity';
    return scientific ? x.toExponential(precision) : x.toFixed(precision);
  };
}
