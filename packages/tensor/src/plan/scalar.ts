/**
 * The scalar language of generated kernels: what one element of a `map` or `reduce` kernel computes.
 *
 * A body is a list of instructions in static single assignment form: instruction k defines value k, arguments are
 * indices of earlier instructions. Backends translate a body to JavaScript, wasm SIMD or WGSL. This file only names
 * the instructions and fixes their meaning; it holds no code that runs them.
 *
 * Meaning, equal on every backend:
 * - float32 rounds after every instruction. int32, uint32 and uint8 wrap. bool is 0 or 1.
 * - Comparisons give bool. `and or xor not` are logical on bool and bitwise on integers.
 * - `min` and `max` return NaN when either argument is NaN.
 * - `div` on integers truncates towards zero; x / 0 is 0 and the smallest int32 / -1 wraps.
 * - `mod` is C's fmod: the sign of the dividend (`%` in JavaScript); on integers x mod 0 is 0.
 * - `pow` is C's pow: pow(1, y) and pow(x, 0) are 1 even for NaN, pow(-1, +-Infinity) is 1.
 * - `round` rounds halves to even. `sign` of NaN is NaN, of +-0 is 0.
 * - `shl` and `shr` take int32, uint32 and uint8 (shr: arithmetic on int32, logical on the others); counts are taken modulo 32.
 * - `cast` float to int truncates and saturates at the int32/uint32 range, NaN gives 0; to uint8 goes through int32
 *   and keeps the low 8 bits; integer to integer keeps the low bits; anything to bool is `x != 0` (true for NaN).
 * - `bitcast` reinterprets 32 bits between float32, int32 and uint32.
 */
import type { DType } from '../dtype';

export const UNARY_OPS = [
  'neg', 'abs', 'sign', 'exp', 'log', 'expm1', 'log1p', 'sqrt', 'rsqrt', 'recip', 'sin', 'cos', 'tan', 'asin', 'acos',
  'atan', 'tanh', 'erf', 'erfc', 'erfinv', 'lgamma', 'polygamma', 'floor', 'ceil', 'round', 'trunc', 'not',
] as const;
export const BINARY_OPS = [
  'add', 'sub', 'mul', 'div', 'pow', 'mod', 'min', 'max', 'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor', 'shl', 'shr',
] as const;

export type UnaryOp = (typeof UNARY_OPS)[number];
/** Unary ops whose instructions bring their function along. */
export type SpecialOp = 'erf' | 'erfc' | 'erfinv' | 'lgamma' | 'polygamma';
export type BinaryOp = (typeof BINARY_OPS)[number];

export type FoldOp = 'sum' | 'prod' | 'max' | 'min';

export interface UnaryInstruction {
  readonly op: UnaryOp;
  readonly args: readonly [number];
  readonly dtype: DType;
  /** The derivative order of polygamma (0 is digamma); absent elsewhere. */
  readonly order?: number;
  /**
   * The function of a `SpecialOp` in double precision; absent elsewhere. It comes with the op, so that programs
   * without special functions do not ship them; op and order say which one it is.
   */
  readonly call?: (x: number) => number;
}

/** One instruction; `dtype` is the type of the value it defines. */
export type Instruction =
  /** The element of `inputs[input]` at the current index. */
  | { readonly op: 'load'; readonly input: number; readonly dtype: DType }
  /** `constants[constant]` of the kernel, so that kernels differing in a literal share their code. */
  | { readonly op: 'const'; readonly constant: number; readonly dtype: DType }
  /** The coordinate along axis `axis` of the kernel's index space (int32). */
  | { readonly op: 'index'; readonly axis: number; readonly dtype: 'int32' }
  | UnaryInstruction
  | { readonly op: BinaryOp; readonly args: readonly [number, number]; readonly dtype: DType }
  /** condition ? a : b, element by element; the branch not taken never leaks NaN. */
  | { readonly op: 'where'; readonly args: readonly [number, number, number]; readonly dtype: DType }
  /** Row kernels only: the reduction of a value over the row of the current index. */
  | { readonly op: 'fold'; readonly fold: FoldOp; readonly args: readonly [number]; readonly dtype: DType }
  | { readonly op: 'cast' | 'bitcast'; readonly args: readonly [number]; readonly dtype: DType };
