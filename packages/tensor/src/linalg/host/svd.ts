/**
 * The singular value decomposition of one matrix in double precision: Householder reflections from both sides make it
 * bidiagonal, and implicit QR steps make that diagonal (Golub & Van Loan, sections 5.4.8 and 8.6.2).
 */
import { columnOf, productOf, reflectColumns, reflector, reflectRows, type Reflection } from './householder';
import { rotate, transposed } from './matrix';

export interface Singular {
  /** Descending. */
  readonly values: Float64Array;
  /** Row i is left vector i: U^T, as many rows as were asked for; empty when vectors were not asked for. */
  readonly left: Float64Array;
  /** Row i is right vector i: V^T. */
  readonly right: Float64Array;
}

/** Which vectors to compute: none, one for each value, or whole bases. */
export type Vectors = 'none' | 'reduced' | 'full';

/** The matrix must be finite. */
export function singularOf(a: Float64Array, rows: number, columns: number, vectors: Vectors): Singular {
  if (rows >= columns) return tallSingularOf(a.slice(), rows, columns, vectors);
  const { values, left, right } = tallSingularOf(transposed(a, rows, columns), columns, rows, vectors);
  return { values, left: right, right: left };
}

/** A bidiagonal matrix and the rows that its rotations turn. */
interface Work {
  readonly d: Float64Array;
  /** e[i] stands right of d[i]. */
  readonly e: Float64Array;
  readonly left: Float64Array;
  readonly leftLength: number;
  readonly right: Float64Array;
  readonly rightLength: number;
}

/** Steps for one value; two or three are usual. */
const MOST_STEPS = 60;

function tallSingularOf(a: Float64Array, rows: number, columns: number, vectors: Vectors): Singular {
  const work = bidiagonal(a, rows, columns, vectors);
  const { d, e } = work;
  let scale = 0;
  for (let i = 0; i < columns; i++) scale = Math.max(scale, Math.abs(d[i]!) + Math.abs(e[i]!));
  const tiny = Number.EPSILON * scale;
  for (let steps = MOST_STEPS * columns; steps > 0; steps--) {
    for (let i = 0; i < columns; i++) {
      if (i < columns - 1 && Math.abs(e[i]!) <= Number.EPSILON * (Math.abs(d[i]!) + Math.abs(d[i + 1]!))) e[i] = 0;
      if (Math.abs(d[i]!) <= tiny) d[i] = 0;
    }
    let last = columns - 1;
    while (last > 0 && e[last - 1] === 0) last--;
    if (last <= 0) break;
    let first = last - 1;
    while (first > 0 && e[first - 1] !== 0) first--;
    const zero = d.subarray(first, last).lastIndexOf(0);
    if (zero >= 0) clearRow(work, first + zero, last);
    else if (d[last] === 0) clearColumn(work, first, last);
    else step(work, first, last);
  }
  return inOrder(work, columns);
}

/** B of A = U B V^T, with U^T and V^T. */
function bidiagonal(a: Float64Array, rows: number, columns: number, vectors: Vectors): Work {
  const d = new Float64Array(columns);
  const e = new Float64Array(columns);
  const left: Reflection[] = [];
  const right: Reflection[] = [];
  for (let k = 0; k < columns; k++) {
    const v = columnOf(a, columns, k, k);
    const down = reflector(v);
    d[k] = down.beta;
    reflectRows(a, columns, k, k + 1, columns, v, down.tau);
    left.push({ start: k, v, tau: down.tau });
    if (k === columns - 1) break;
    const w = a.slice(k * columns + k + 1, (k + 1) * columns);
    const across = reflector(w);
    e[k] = across.beta;
    reflectColumns(a, columns, k + 1, rows, k + 1, w, across.tau);
    right.push({ start: k + 1, v: w, tau: across.tau });
  }
  if (vectors === 'none') return { d, e, left: new Float64Array(0), leftLength: 0, right: new Float64Array(0), rightLength: 0 };
  const width = vectors === 'full' ? rows : columns;
  return {
    d,
    e,
    left: transposed(productOf(left, rows, width), rows, width),
    leftLength: rows,
    right: transposed(productOf(right, columns, columns), columns, columns),
    rightLength: columns,
  };
}

const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

/** d[row] is 0: rotates row `row` with those below until e[row] is gone. */
function clearRow({ d, e, left, leftLength }: Work, row: number, last: number): void {
  let bulge = e[row]!;
  e[row] = 0;
  for (let j = row + 1; j <= last && bulge !== 0; j++) {
    const r = length(d[j]!, bulge);
    const c = d[j]! / r;
    const s = bulge / r;
    d[j] = r;
    bulge = -s * e[j]!;
    e[j] = c * e[j]!;
    rotate(left, leftLength, j, row, c, s);
  }
}

/** d[last] is 0: rotates column `last` with those before until e[last - 1] is gone. */
function clearColumn({ d, e, right, rightLength }: Work, first: number, last: number): void {
  let bulge = e[last - 1]!;
  e[last - 1] = 0;
  for (let j = last - 1; j >= first && bulge !== 0; j--) {
    const r = length(d[j]!, bulge);
    const c = d[j]! / r;
    const s = bulge / r;
    d[j] = r;
    if (j > first) {
      bulge = -s * e[j - 1]!;
      e[j - 1] = c * e[j - 1]!;
    }
    rotate(right, rightLength, j, last, c, s);
  }
}

/** One QR step of Golub and Kahan on the block first..last, which has no zeros. */
function step({ d, e, left, leftLength, right, rightLength }: Work, first: number, last: number): void {
  // The eigenvalue of the last 2 x 2 block of B^T B that is closer to its last element.
  const above = last - 1 > first ? e[last - 2]! : 0;
  const p = d[last - 1]! ** 2 + above ** 2;
  const q = d[last]! ** 2 + e[last - 1]! ** 2;
  const beside = d[last - 1]! * e[last - 1]!;
  const half = (p - q) / 2;
  const shift = q - (beside * beside) / (half + (half >= 0 ? 1 : -1) * length(half, beside));
  let y = d[first]! - shift / d[first]!;
  let z = e[first]!;
  for (let k = first; k < last; k++) {
    let r = length(y, z);
    let c = r === 0 ? 1 : y / r;
    let s = r === 0 ? 0 : z / r;
    if (k > first) e[k - 1] = r;
    y = c * d[k]! + s * e[k]!;
    e[k] = c * e[k]! - s * d[k]!;
    z = s * d[k + 1]!;
    d[k + 1] = c * d[k + 1]!;
    rotate(right, rightLength, k, k + 1, c, s);
    r = length(y, z);
    c = r === 0 ? 1 : y / r;
    s = r === 0 ? 0 : z / r;
    d[k] = r;
    y = c * e[k]! + s * d[k + 1]!;
    d[k + 1] = c * d[k + 1]! - s * e[k]!;
    e[k] = y;
    if (k < last - 1) {
      z = s * e[k + 1]!;
      e[k + 1] = c * e[k + 1]!;
    }
    rotate(left, leftLength, k, k + 1, c, s);
  }
}

/** Values made positive and sorted, with their vectors. */
function inOrder({ d, left, leftLength, right, rightLength }: Work, columns: number): Singular {
  for (let i = 0; i < columns; i++) {
    if (d[i]! >= 0) continue;
    d[i] = -d[i]!;
    for (let k = i * rightLength; k < (i + 1) * rightLength; k++) right[k] = -right[k]!;
  }
  const order = Array.from({ length: columns }, (_, i) => i).sort((i, j) => d[j]! - d[i]!);
  return {
    values: Float64Array.from(order, (i) => d[i]!),
    left: rowsInOrder(left, leftLength, order),
    right: rowsInOrder(right, rightLength, order),
  };
}

/** The rows named first, in that order; rows beyond them stay. */
function rowsInOrder(a: Float64Array, length: number, order: readonly number[]): Float64Array {
  const out = a.slice();
  order.forEach((from, to) => out.set(a.subarray(from * length, (from + 1) * length), to * length));
  return out;
}
