/**
 * The exponential of one matrix in double precision, by scaling and squaring with the Pade approximant of degree 13
 * (Higham, "The scaling and squaring method for the matrix exponential revisited", 2005).
 */
import { identity } from './householder';
import { luOf, solveLu } from './lu';
import { multiplied } from './matrix';

/** Coefficients of x^0, x^1, ... in the numerator; those of the denominator alternate in sign. */
const PADE = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640,
  1323241920, 40840800, 960960, 16380, 182, 1,
];

/** The 1-norm up to which the approximant is exact to double precision. */
const LIMIT = 5.371920351148152;

/** The matrix must be finite. */
export function exponentialOf(a: Float64Array, n: number): Float64Array {
  const size = oneNorm(a, n);
  const squarings = size > LIMIT ? Math.ceil(Math.log2(size / LIMIT)) : 0;
  const x = a.map((value) => value / 2 ** squarings);
  const x2 = multiplied(x, x, n, n, n);
  const x4 = multiplied(x2, x2, n, n, n);
  const x6 = multiplied(x2, x4, n, n, n);
  const powers = [identity(n, n), x2, x4, x6];
  // Odd and even powers: x (x6 high + low) and x6 high + low, each of them a sum over powers up to x6.
  const half = (odd: 0 | 1): Float64Array => {
    const high = combined(powers.slice(1), [8, 10, 12].map((i) => PADE[i + odd]!));
    const low = combined(powers, [0, 2, 4, 6].map((i) => PADE[i + odd]!));
    return multiplied(x6, high, n, n, n).map((value, i) => value + low[i]!);
  };
  const even = half(0);
  const odd = multiplied(x, half(1), n, n, n);
  let result = solveLu(luOf(even.map((value, i) => value - odd[i]!), n), even.map((value, i) => value + odd[i]!), n, n);
  for (let i = 0; i < squarings; i++) result = multiplied(result, result, n, n, n);
  return result;
}

/** The sum of the matrices, each times its weight. */
function combined(matrices: readonly Float64Array[], weights: readonly number[]): Float64Array {
  return matrices[0]!.map((_, i) => matrices.reduce((sum, matrix, k) => sum + weights[k]! * matrix[i]!, 0));
}

function oneNorm(a: Float64Array, n: number): number {
  let most = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(a[i * n + j]!);
    most = Math.max(most, sum);
  }
  return most;
}
