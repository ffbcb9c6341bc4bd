/** Cholesky decomposition of one matrix in double precision. */

/**
 * L of A = L L^T; only the lower triangle of A is read. When a pivot is not positive, `minor` is the order of the leading
 * minor that is not positive definite, else 0.
 */
export function choleskyOf(a: Float64Array, n: number): { readonly l: Float64Array; readonly minor: number } {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i !== j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else return { l, minor: i + 1 };
    }
  }
  return { l, minor: 0 };
}
