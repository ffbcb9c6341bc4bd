/**
 * Numbers as the elements of each dtype: rounding, wrapping, casting and the extremes. Values travel as JavaScript
 * numbers; a float16 value travels as its 16 bits and is decoded only where something computes with it.
 */
import { DTypeError, fromHalf, isFloat, toHalf, type DType, scalarMath } from '@cotangent/tensor';

const { toInt32Sat, toUint32Sat } = scalarMath;

/** Rows that generated code folds side by side; 2 KB for each value kept per row stay in the first-level cache. */
export const BLOCK = 256;

const blocks: Float64Array[] = [];

/** The nth array of `BLOCK` elements, for use within one kernel. */
export function block(n: number): Float64Array {
  return (blocks[n] ??= new Float64Array(BLOCK));
}

export type Unary = (x: number) => number;

const identity: Unary = (x) => x;

/** Rounds or wraps the exact result of an instruction to its dtype. */
export function rounding(dtype: DType): Unary {
  switch (dtype) {
    case 'float32':
      return Math.fround;
    case 'float64':
      return identity;
    case 'float16':
      return toHalf;
    case 'int32':
      return (x) => x | 0;
    case 'uint32':
      return (x) => x >>> 0;
    case 'uint8':
      return (x) => x & 255;
    case 'bool':
      return (x) => (x !== 0 ? 1 : 0);
  }
}

/** The conversion that the instruction `cast` performs. */
export function casting(from: DType, to: DType): Unary {
  if (from === to) return identity;
  if (from === 'float16') {
    const inner = casting('float64', to);
    return (bits) => inner(fromHalf(bits));
  }
  if (!isFloat(from) || to === 'bool' || isFloat(to)) return rounding(to);
  if (to === 'int32') return toInt32Sat;
  if (to === 'uint32') return toUint32Sat;
  return (x) => toInt32Sat(x) & 255;
}

/** What a typed array of `dtype` would hold after `value` was written to it. */
export function literal(value: number, dtype: DType): number {
  return rounding(dtype)(value);
}

/** The value below or equal to every other one: the start of a maximum. */
export function lowest(dtype: DType): number {
  return isFloat(dtype) ? -Infinity : dtype === 'int32' ? -2147483648 : 0;
}

/** The value above or equal to every other one: the start of a minimum. */
export function highest(dtype: DType): number {
  return isFloat(dtype) ? Infinity : { int32: 2147483647, uint32: 4294967295, uint8: 255, bool: 1 }[dtype as 'int32'];
}

const words = new Int32Array(1);
const floats = new Float32Array(words.buffer);

/** The bits of a float32 as an int32. */
export function floatBits(x: number): number {
  floats[0] = x;
  return words[0]!;
}

/** The float32 with the given bits. */
export function bitsFloat(x: number): number {
  words[0] = x;
  return floats[0]!;
}

/** The conversion that the instruction `bitcast` performs. */
export function bitcasting(from: DType, to: DType): Unary {
  if (from === to) return identity;
  if (from === 'float32' && to === 'int32') return floatBits;
  if (from === 'float32' && to === 'uint32') return (x) => floatBits(x) >>> 0;
  if (to === 'float32' && (from === 'int32' || from === 'uint32')) return bitsFloat;
  if (to === 'int32' && from === 'uint32') return (x) => x | 0;
  if (to === 'uint32' && from === 'int32') return (x) => x >>> 0;
  throw new DTypeError(`bitcast: cannot reinterpret ${from} as ${to}. Only float32, int32 and uint32 have the same bits.`);
}

/** Throws for float16, which this backend stores and moves but does not compute with. */
export function requireCompute(what: string, dtype: DType): void {
  if (dtype === 'float16') {
    throw new DTypeError(`${what}: the cpu backend stores float16 but does not compute with it. Cast to float32 first.`);
  }
}
