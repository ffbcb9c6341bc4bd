/** Householder reflections H = I - tau v v^T with v[0] = 1, on row-major matrices in double precision. */

/**
 * Turns x into the v of the reflection that maps it to (beta, 0, ..., 0), and returns beta and tau. As in LAPACK beta has the
 * sign opposite to x[0], so that nothing cancels, and an x that is zero below its first element is left alone (tau = 0).
 */
export function reflector(x: Float64Array): { readonly beta: number; readonly tau: number } {
  const first = x[0]!;
  let below = 0;
  for (let i = 1; i < x.length; i++) below += x[i]! ** 2;
  x[0] = 1;
  if (below === 0) return { beta: first, tau: 0 };
  const length = Math.sqrt(first * first + below);
  const beta = first >= 0 ? -length : length;
  for (let i = 1; i < x.length; i++) x[i] = x[i]! / (first - beta);
  return { beta, tau: (beta - first) / beta };
}

/** The block a[row.., from..to) becomes H times itself; `a` has `columns` columns. */
export function reflectRows(a: Float64Array, columns: number, row: number, from: number, to: number, v: Float64Array, tau: number): void {
  if (tau === 0) return;
  const sums = new Float64Array(to - from);
  for (let i = 0; i < v.length; i++) {
    const base = (row + i) * columns;
    const weight = tau * v[i]!;
    for (let j = from; j < to; j++) sums[j - from]! += weight * a[base + j]!;
  }
  for (let i = 0; i < v.length; i++) {
    const base = (row + i) * columns;
    const weight = v[i]!;
    for (let j = from; j < to; j++) a[base + j]! -= weight * sums[j - from]!;
  }
}

/** The block a[from..to, column..] becomes itself times H; `a` has `columns` columns. */
export function reflectColumns(
  a: Float64Array,
  columns: number,
  from: number,
  to: number,
  column: number,
  v: Float64Array,
  tau: number,
): void {
  if (tau === 0) return;
  for (let i = from; i < to; i++) {
    const base = i * columns + column;
    let sum = 0;
    for (let j = 0; j < v.length; j++) sum += a[base + j]! * v[j]!;
    sum *= tau;
    for (let j = 0; j < v.length; j++) a[base + j]! -= sum * v[j]!;
  }
}

/** A reflection that acts on the axes from `start` on. */
export interface Reflection {
  readonly start: number;
  readonly v: Float64Array;
  readonly tau: number;
}

/** The first `columns` columns of the product of the reflections, in order, as a row-major matrix with `rows` rows. */
export function productOf(reflections: readonly Reflection[], rows: number, columns: number): Float64Array {
  const q = identity(rows, columns);
  for (let i = reflections.length - 1; i >= 0; i--) {
    const { start, v, tau } = reflections[i]!;
    reflectRows(q, columns, start, 0, columns, v, tau);
  }
  return q;
}

/** Ones on the main diagonal. */
export function identity(rows: number, columns: number): Float64Array {
  const a = new Float64Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) a[i * columns + i] = 1;
  return a;
}

/** Column `column` of `a` from row `row` on. */
export function columnOf(a: Float64Array, columns: number, row: number, column: number): Float64Array {
  const x = new Float64Array(a.length / columns - row);
  for (let i = 0; i < x.length; i++) x[i] = a[(row + i) * columns + column]!;
  return x;
}
