/** LU decomposition with partial pivoting, and solving with it and with triangles (Golub & Van Loan, chapter 3). */

/** Row i of P A = L U is row `rows[i]` of A; L has ones on its diagonal, and both share `lu`. */
export interface Lu {
  readonly lu: Float64Array;
  readonly rows: Int32Array;
  /** The determinant of P. */
  readonly sign: number;
  /** Whether a pivot is exactly 0. */
  readonly singular: boolean;
}

/** Decomposes an n x n matrix; `a` is not changed. */
export function luOf(a: Float64Array, n: number): Lu {
  const lu = a.slice();
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  let singular = false;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(lu[i * n + k]!) > Math.abs(lu[pivot * n + k]!)) pivot = i;
    if (pivot !== k) {
      for (let j = 0; j < n; j++) {
        const upper = lu[k * n + j]!;
        lu[k * n + j] = lu[pivot * n + j]!;
        lu[pivot * n + j] = upper;
      }
      [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
      sign = -sign;
    }
    const diagonal = lu[k * n + k]!;
    if (diagonal === 0) {
      singular = true;
      continue;
    }
    for (let i = k + 1; i < n; i++) {
      const factor = lu[i * n + k]! / diagonal;
      lu[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) lu[i * n + j]! -= factor * lu[k * n + j]!;
    }
  }
  return { lu, rows, sign, singular };
}

/** X of A X = B for B of shape [n, k]. */
export function solveLu({ lu, rows }: Lu, b: Float64Array, n: number, k: number): Float64Array {
  const x = new Float64Array(n * k);
  for (let i = 0; i < n; i++) x.set(b.subarray(rows[i]! * k, (rows[i]! + 1) * k), i * k);
  solveTriangle(lu, x, n, k, { upper: false, unit: true });
  solveTriangle(lu, x, n, k, { upper: true, unit: false });
  return x;
}

/** The sign and the logarithm of the absolute value of the determinant. */
export function signAndLog({ lu, sign, singular }: Lu, n: number): { sign: number; log: number } {
  let total = 0;
  let side = sign;
  for (let i = 0; i < n; i++) {
    const pivot = lu[i * n + i]!;
    side *= Math.sign(pivot);
    total += Math.log(Math.abs(pivot));
  }
  return { sign: singular ? 0 : side, log: total };
}

/** The determinant. */
export function determinant({ lu, sign }: Lu, n: number): number {
  let product = sign;
  for (let i = 0; i < n; i++) product *= lu[i * n + i]!;
  return product + 0; // 0 rather than -0
}

export interface Triangle {
  readonly upper: boolean;
  /** Ones on the diagonal, whatever is stored there. */
  readonly unit: boolean;
}

/** Replaces B, shape [n, k], by X of T X = B for the triangle T of `a`. Divides by whatever the diagonal holds. */
export function solveTriangle(a: Float64Array, b: Float64Array, n: number, k: number, { upper, unit }: Triangle): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    const [from, to] = upper ? [i + 1, n] : [0, i];
    for (let j = from; j < to; j++) {
      const factor = a[i * n + j]!;
      if (factor === 0) continue;
      for (let c = 0; c < k; c++) b[i * k + c]! -= factor * b[j * k + c]!;
    }
    if (unit) continue;
    const diagonal = a[i * n + i]!;
    for (let c = 0; c < k; c++) b[i * k + c] = b[i * k + c]! / diagonal;
  }
}
