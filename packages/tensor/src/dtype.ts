/**
 * Element types and the rules by which they meet.
 *
 * float32 is what networks compute in. int32 and uint32 are indices and bits, bool is one byte holding 0 or 1,
 * uint8 and float16 are storage (images, halved weights), float64 exists on the cpu backend only.
 */
import { DTypeError } from './errors';

export type DType = 'float32' | 'float64' | 'float16' | 'int32' | 'uint32' | 'uint8' | 'bool';

/** What holds elements in memory: float16 travels as its bits in a Uint16Array, bool as 0/1 in a Uint8Array. */
export type TypedArray = Float32Array | Float64Array | Uint16Array | Int32Array | Uint32Array | Uint8Array;

export const DTYPES: readonly DType[] = ['float32', 'float64', 'float16', 'int32', 'uint32', 'uint8', 'bool'];

const BYTES: Record<DType, number> = { float32: 4, float64: 8, float16: 2, int32: 4, uint32: 4, uint8: 1, bool: 1 };

/** Bytes of one element. */
export function bytesOf(dtype: DType): number {
  return BYTES[dtype];
}

/** True for the three floating-point types, the only ones that carry gradients. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16';
}

/** True for int32, uint32 and uint8 (not bool). */
export function isInteger(dtype: DType): boolean {
  return dtype === 'int32' || dtype === 'uint32' || dtype === 'uint8';
}

/** A zero-filled array that holds `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'float16':
      return new Uint16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
  }
}

/**
 * The dtype two operands share. Equal types stay; bool joins any numeric type; every other mix is an error,
 * because silent promotion hides a cost or a loss of precision.
 */
export function commonDType(op: string, a: DType, b: DType): DType {
  if (a === b) return a;
  if (a === 'bool') return b;
  if (b === 'bool') return a;
  throw new DTypeError(
    `${op}: the operands are ${a} and ${b}. Both must have the same dtype (only bool combines with any); ` +
      `convert one of them, for example with .cast('${isFloat(a) ? a : b}').`,
  );
}

const f32 = new Float32Array(1);
const bits = new Uint32Array(f32.buffer);

/** Rounds a number to the nearest float16 (ties to even) and returns its 16 bits. */
export function toHalf(value: number): number {
  f32[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const abs = x & 0x7fffffff;
  if (abs > 0x7f800000) return sign | 0x7e00; // NaN
  if (abs >= 0x477ff000) return sign | 0x7c00; // rounds to infinity
  if (abs < 0x38800000) {
    // Subnormal half: adding a float whose last bit weighs 2^-24 lets the float unit do the rounding.
    f32[0] = Math.abs(value) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  const rounded = abs + 0xfff + ((abs >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The number that 16 bits of a float16 stand for. */
export function fromHalf(half: number): number {
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  const magnitude =
    exponent === 0 ? mantissa * 2 ** -24 : exponent === 31 ? (mantissa ? NaN : Infinity) : (1024 + mantissa) * 2 ** (exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}
