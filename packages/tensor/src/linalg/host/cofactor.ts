/** The derivative of the determinant of one matrix in double precision, also of a singular one. */
import { determinant, luOf } from './lu';
import { multiplied, transposed } from './matrix';
import { singularOf } from './svd';

/**
 * The matrix of cofactors. With A = U diag(s) V^T it is det(U) det(V) U diag(c) V^T where c[i] is the product of all s but
 * s[i]: no division, so that it is right where the inverse does not exist.
 */
export function cofactorsOf(a: Float64Array, n: number): Float64Array {
  const { values, left, right } = singularOf(a, n, n, 'reduced');
  const side = Math.sign(determinant(luOf(left, n), n) * determinant(luOf(right, n), n));
  const weighted = left.slice();
  for (let i = 0; i < n; i++) {
    let others = side;
    for (let j = 0; j < n; j++) if (j !== i) others *= values[j]!;
    for (let k = 0; k < n; k++) weighted[i * n + k]! *= others;
  }
  return multiplied(transposed(weighted, n, n), right, n, n, n);
}
