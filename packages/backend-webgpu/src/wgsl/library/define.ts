/** How functions of the shader library are written down. */
import type { LibraryFunction } from '../library';

/** A function; what it calls is found in its text. */
export function define(text: string): LibraryFunction {
  const own = /fn (\w+)/.exec(text)![1]!;
  const called = [...text.matchAll(/\b(\w+_[fiu]|nan|inf|pow2)\(/g)].map((match) => match[1]!);
  return { text, needs: [...new Set(called)].filter((name) => name !== own) };
}

/** The polynomial with the given coefficients, constant first, at the WGSL expression `x`. */
export function horner(x: string, coefficients: readonly number[]): string {
  const last = literal(coefficients.at(-1)!);
  return coefficients.slice(0, -1).reduceRight((sum, c) => `(${literal(c)} + ${x} * ${sum})`, last);
}

/** A number as a float literal. */
export function literal(x: number): string {
  const text = String(x);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
