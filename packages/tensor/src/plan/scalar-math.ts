/**
 * The scalar functions that JavaScript's `Math` lacks, in double precision: the meaning of `scalar.ts` in code.
 *
 * Backends that compute in double call these; the others are tested against them. Every function is pure and handles
 * NaN and infinities. Special functions are in special-math.ts.
 * Not here: rounding to float32 and integer wrapping, which belong to whoever stores the result.
 */

/** x to the power y as C defines it; JavaScript's `**` gives NaN for pow(1, NaN) and pow(+-1, +-Infinity). */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Infinity || y === -Infinity))) return 1;
  return x ** y;
}

/**
 * Integer power with wrapping to 32 bits; the caller reinterprets the result (`| 0` or `>>> 0`). A negative exponent
 * gives the truncated quotient 1 / x^|y|: 0, except for x = 1 and x = -1; 0 to a negative power is 0.
 */
export function powInt(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let base = x | 0;
  for (let rest = y; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

/** C's fmod: exact, with the sign of the dividend; NaN for mod(x, 0) and mod(+-Infinity, y). */
export function mod(x: number, y: number): number {
  return x % y;
}

/** The nearest whole number, halves to the even one; keeps -0. */
export function roundHalfEven(x: number): number {
  const a = Math.abs(x);
  if (!(a < 4503599627370496) || a === 0) return x;
  // Beyond 2^52 doubles are whole, so the addition rounds, ties to even.
  const rounded = a + 4503599627370496 - 4503599627370496;
  return x < 0 ? -rounded : rounded;
}

/** -1, 0 or 1; +0 for both zeros, NaN for NaN. */
export function sign(x: number): number {
  return x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : NaN;
}

/** Truncates towards zero and saturates at the int32 range; NaN gives 0. */
export function toInt32Sat(x: number): number {
  return x >= 2147483647 ? 2147483647 : x <= -2147483648 ? -2147483648 : x | 0;
}

/** Truncates towards zero and saturates at the uint32 range; NaN gives 0. */
export function toUint32Sat(x: number): number {
  return x >= 4294967295 ? 4294967295 : x >= 0 ? x >>> 0 : 0;
}
