/**
 * Eigenvalues and eigenvectors of one symmetric matrix in double precision: Householder reflections make it tridiagonal, and
 * QL steps with implicit shifts make that diagonal (Golub & Van Loan, sections 8.3.1 and 8.3.3).
 */
import { columnOf, productOf, reflector, type Reflection } from './householder';
import { rotate, transposed } from './matrix';

export interface Eigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row i is the vector of value i; empty when vectors were not asked for. */
  readonly vectors: Float64Array;
}

/** Steps for one eigenvalue; two or three are usual. */
const MOST_STEPS = 60;

/** The matrix must be finite; both triangles are read. */
export function eigenOf(a: Float64Array, n: number, withVectors: boolean): Eigen {
  const { diagonal, off, reflections } = tridiagonal(a, n);
  const vectors = withVectors ? transposed(productOf(reflections, n, n), n, n) : new Float64Array(0);
  for (let first = 0; first < n; first++) {
    for (let steps = 0; ; steps++) {
      let last = first;
      while (last < n - 1 && !negligible(off[last]!, diagonal[last]!, diagonal[last + 1]!)) last++;
      if (last === first || steps === MOST_STEPS) break;
      step(diagonal, off, first, last, vectors, withVectors ? n : 0);
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[i]! - diagonal[j]!);
  const sorted = new Float64Array(vectors.length);
  if (withVectors) order.forEach((from, to) => sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors: sorted };
}

function negligible(off: number, left: number, right: number): boolean {
  return Math.abs(off) <= Number.EPSILON * (Math.abs(left) + Math.abs(right));
}

/** T of A = Q T Q^T: its diagonal, the elements beside it, and the reflections whose product is Q. */
function tridiagonal(a: Float64Array, n: number): { diagonal: Float64Array; off: Float64Array; reflections: Reflection[] } {
  const work = a.slice();
  const off = new Float64Array(Math.max(n, 1));
  const reflections: Reflection[] = [];
  for (let k = 0; k < n - 1; k++) {
    const start = k + 1;
    const v = columnOf(work, n, start, k);
    const { beta, tau } = reflector(v);
    off[k] = beta;
    if (tau !== 0) reflectBothSides(work, n, start, v, tau);
    reflections.push({ start, v, tau });
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => work[i * n + i]!), off, reflections };
}

/** H B H for the symmetric block B = a[start.., start..]: B - v w^T - w v^T with w = p - tau (p v) v / 2 and p = tau B v. */
function reflectBothSides(a: Float64Array, n: number, start: number, v: Float64Array, tau: number): void {
  const size = v.length;
  const w = new Float64Array(size);
  let along = 0;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    const base = (start + i) * n + start;
    for (let j = 0; j < size; j++) sum += a[base + j]! * v[j]!;
    w[i] = tau * sum;
    along += w[i]! * v[i]!;
  }
  for (let i = 0; i < size; i++) w[i]! -= 0.5 * tau * along * v[i]!;
  for (let i = 0; i < size; i++) {
    const base = (start + i) * n + start;
    for (let j = 0; j < size; j++) a[base + j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
  }
}

/** One QL step with Wilkinson's shift on the block first..last. */
function step(d: Float64Array, e: Float64Array, first: number, last: number, vectors: Float64Array, length: number): void {
  const slope = (d[first + 1]! - d[first]!) / (2 * e[first]!);
  const root = Math.sqrt(slope * slope + 1);
  let g = d[last]! - d[first]! + e[first]! / (slope + (slope >= 0 ? root : -root));
  let c = 1;
  let s = 1;
  let carried = 0;
  for (let i = last - 1; i >= first; i--) {
    const bulge = s * e[i]!;
    const side = c * e[i]!;
    const r = Math.sqrt(bulge * bulge + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The block falls apart here.
      d[i + 1]! -= carried;
      e[last] = 0;
      return;
    }
    s = bulge / r;
    c = g / r;
    const lower = d[i + 1]! - carried;
    const t = (d[i]! - lower) * s + 2 * c * side;
    carried = s * t;
    d[i + 1] = lower + carried;
    g = c * t - side;
    if (length > 0) rotate(vectors, length, i + 1, i, c, s);
  }
  d[first]! -= carried;
  e[first] = g;
  e[last] = 0;
}
