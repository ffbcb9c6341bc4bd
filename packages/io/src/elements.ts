/**
 * How the element types of safetensors files meet the framework's: what each is stored as, and what it is read into.
 */
import { FileError, type DType, type TypedArray } from '@cotangent/tensor';

interface StoredType {
  /** Bytes of one element in the file. */
  readonly bytes: number;
  /** What it becomes. */
  readonly dtype: DType;
  /** The elements in `bytes`, a copy that begins on an aligned address. */
  readonly read: (bytes: Uint8Array<ArrayBuffer>, where: string) => TypedArray;
}

// All of these read the platform's byte order, which is little-endian, as in the file, wherever JavaScript runs today.
const STORED: Readonly<Record<string, StoredType>> = {
  F64: { bytes: 8, dtype: 'float64', read: (bytes) => new Float64Array(bytes.buffer) },
  F32: { bytes: 4, dtype: 'float32', read: (bytes) => new Float32Array(bytes.buffer) },
  F16: { bytes: 2, dtype: 'float16', read: (bytes) => new Uint16Array(bytes.buffer) },
  BF16: { bytes: 2, dtype: 'float32', read: (bytes) => fromBfloat(new Uint16Array(bytes.buffer)) },
  I64: { bytes: 8, dtype: 'int32', read: (bytes, where) => narrow(new BigInt64Array(bytes.buffer), 'int32', where) },
  I32: { bytes: 4, dtype: 'int32', read: (bytes) => new Int32Array(bytes.buffer) },
  I16: { bytes: 2, dtype: 'int32', read: (bytes) => Int32Array.from(new Int16Array(bytes.buffer)) },
  I8: { bytes: 1, dtype: 'int32', read: (bytes) => Int32Array.from(new Int8Array(bytes.buffer)) },
  U64: { bytes: 8, dtype: 'uint32', read: (bytes, where) => narrow(new BigUint64Array(bytes.buffer), 'uint32', where) },
  U32: { bytes: 4, dtype: 'uint32', read: (bytes) => new Uint32Array(bytes.buffer) },
  U16: { bytes: 2, dtype: 'int32', read: (bytes) => Int32Array.from(new Uint16Array(bytes.buffer)) },
  U8: { bytes: 1, dtype: 'uint8', read: (bytes) => bytes },
  BOOL: { bytes: 1, dtype: 'bool', read: checkedBool },
};

/** What each dtype is written as. */
export const WRITTEN: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int32: 'I32',
  uint32: 'U32',
  uint8: 'U8',
  bool: 'BOOL',
};

/** The element types that can be read. */
export const STORED_NAMES: readonly string[] = Object.keys(STORED);

/** The element type called `name` in a file; undefined when there is none. */
export function storedType(name: string): StoredType | undefined {
  return Object.hasOwn(STORED, name) ? STORED[name] : undefined;
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function narrow(wide: BigInt64Array | BigUint64Array, dtype: 'int32' | 'uint32', where: string): TypedArray {
  const narrowed = dtype === 'int32' ? new Int32Array(wide.length) : new Uint32Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    narrowed[i] = Number(wide[i]!);
    if (BigInt(narrowed[i]!) !== wide[i]) {
      throw new FileError(`${where}: element ${i} is ${wide[i]!}, which does not fit ${dtype}; 64-bit integers are read as ${dtype}.`);
    }
  }
  return narrowed;
}

function checkedBool(bytes: Uint8Array<ArrayBuffer>, where: string): Uint8Array {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong !== -1) throw new FileError(`${where}: element ${wrong} of BOOL is ${bytes[wrong]!}, expected 0 or 1.`);
  return bytes;
}
