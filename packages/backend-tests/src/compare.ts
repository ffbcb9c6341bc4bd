/** Comparing computed elements with exact ones. */
import { isFloat, type DType } from '@cotangent/tensor';
import { formatOf, rounded, ulp } from './numbers';
import type { Tolerance } from './samples/sample';

/**
 * Says where and how `actual` is wrong; undefined when every element is within the tolerance, NaN where NaN is expected,
 * infinite where the exact result is or overflows, and zeros have the expected sign.
 *
 * @param exact results in double precision, or equal ones for integers and bools.
 * @param terms the sums of the absolute values of what was added up, for `tolerance.ofTerms`.
 * @param flushed the results where subnormal inputs count as zero, if they may; then a subnormal result may be zero too.
 */
export function difference(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  dtype: DType,
  tolerance: Tolerance,
  terms?: ArrayLike<number>,
  flushed?: ArrayLike<number>,
): string | undefined {
  if (actual.length !== exact.length) return `${actual.length} elements instead of ${exact.length}`;
  let wrong = 0;
  let first = '';
  for (let i = 0; i < exact.length; i++) {
    if (isClose(actual[i]!, exact[i]!, dtype, tolerance, terms?.[i])) continue;
    if (flushed && actual[i] === 0 && (isTiny(exact[i]!) || isTiny(flushed[i]!))) continue;
    if (flushed && isClose(actual[i]!, flushed[i]!, dtype, tolerance, terms?.[i])) continue;
    if (wrong++ === 0) first = `element ${i} is ${show(actual[i]!)} instead of ${show(rounded(exact[i]!, dtype))}`;
  }
  if (wrong === 0) return undefined;
  return wrong === 1 ? first : `${first}, and ${wrong - 1} more of ${exact.length}`;
}

function isClose(actual: number, exact: number, dtype: DType, tolerance: Tolerance, terms = exact): boolean {
  const { ulps, halfUlps = ulps > 0 ? 1 : 0, absolute = 0, anyZero } = tolerance;
  const expected = rounded(exact, dtype);
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (expected === 0 && actual === 0) return anyZero === true || !isFloat(dtype) || Object.is(actual, expected);
  if (actual === expected) return true;
  if (!isFloat(dtype)) return false;
  const places = dtype === 'float16' ? halfUlps : ulps;
  const { largest } = formatOf(dtype);
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) {
    const edge = largest - (places + 1) * ulp(largest, dtype);
    return Math.sign(actual) === Math.sign(exact) && Number.isFinite(exact) && Math.abs(exact) >= edge && Math.abs(actual) >= edge;
  }
  return Math.abs(actual - expected) <= places * ulp(terms, dtype) + absolute;
}

function isTiny(x: number): boolean {
  return Math.abs(x) < 2 ** -126;
}

function show(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

/**
 * As `difference`, for values whose error depends on all of them: relative to each element and to the root mean square of
 * all.
 */
export function overallDifference(actual: ArrayLike<number>, exact: ArrayLike<number>, relative: number): string | undefined {
  if (actual.length !== exact.length) return `${actual.length} elements instead of ${exact.length}`;
  let squares = 0;
  let finite = 0;
  for (let i = 0; i < exact.length; i++) {
    if (!Number.isFinite(exact[i]!)) continue;
    squares += exact[i]! ** 2;
    finite++;
  }
  const scale = Math.sqrt(squares / Math.max(finite, 1));
  for (let i = 0; i < exact.length; i++) {
    const [a, e] = [actual[i]!, exact[i]!];
    if (Object.is(a, e) || (Number.isNaN(a) && Number.isNaN(e))) continue;
    if (!(Math.abs(a - e) <= relative * (Math.abs(e) + scale))) return `element ${i} is ${show(a)} instead of ${show(e)}`;
  }
  return undefined;
}
