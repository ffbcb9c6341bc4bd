/**
 * The IDX format of the MNIST files: a magic number, the extents, then the elements, all big-endian.
 */
import { FileError, allocate, bytesOf, sizeOf, type DType, type TypedArray } from '@cotangent/tensor';
import { hex, nameOf, readBytes, type ByteSource } from './bytes';
import type { NdArray } from './ndarray';

interface ElementType {
  name: string;
  bytes: number;
  /** The dtype that holds every value of the type. */
  dtype: DType;
  read: (view: DataView, offset: number) => number;
}

const TYPES: Readonly<Record<number, ElementType>> = {
  0x08: { name: 'unsigned byte', bytes: 1, dtype: 'uint8', read: (view, offset) => view.getUint8(offset) },
  0x09: { name: 'signed byte', bytes: 1, dtype: 'int32', read: (view, offset) => view.getInt8(offset) },
  0x0b: { name: 'short', bytes: 2, dtype: 'int32', read: (view, offset) => view.getInt16(offset) },
  0x0c: { name: 'int', bytes: 4, dtype: 'int32', read: (view, offset) => view.getInt32(offset) },
  0x0d: { name: 'float', bytes: 4, dtype: 'float32', read: (view, offset) => view.getFloat32(offset) },
  0x0e: { name: 'double', bytes: 8, dtype: 'float64', read: (view, offset) => view.getFloat64(offset) },
};

/**
 * Reads an unpacked IDX file. Unsigned bytes become uint8, signed bytes, shorts and ints int32, floats float32 and
 * doubles float64.
 *
 * Source: Y. LeCun, "The MNIST database", section "File formats".
 *
 * @param name what to call the bytes in errors.
 * @throws FileError when the bytes are not IDX, truncated, or longer than their header says.
 * @example
 * ```ts
 * import { readIdx } from '@cotangent/data';
 * const labels = readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1));
 * console.log(labels.shape, labels.data); // [3], 7 2 1
 * ```
 */
export function readIdx(bytes: Uint8Array, name = 'IDX'): NdArray {
  if (bytes.length < 4) throw new FileError(`${name}: expected a 4-byte magic number at byte 0, but there are ${bytes.length} bytes.`);
  const type = TYPES[bytes[2]!];
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    throw new FileError(
      `${name}: not an IDX file. Expected 00 00 at byte 0, found ${hex(bytes, 0, 2)}` +
        `${bytes[0] === 0x1f && bytes[1] === 0x8b ? ', which is gzip: use loadIdx, or gunzip first' : ''}.`,
    );
  }
  if (type === undefined) {
    throw new FileError(
      `${name}: expected an element type at byte 2, one of 08, 09, 0b, 0c, 0d, 0e, found ${hex(bytes, 2, 3)}.`,
    );
  }
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (bytes.length < start) {
    throw new FileError(`${name}: expected ${rank} extents up to byte ${start}, but the file ends at byte ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOf(shape);
  const end = start + size * type.bytes;
  if (bytes.length !== end) {
    throw new FileError(
      `${name}: shape [${shape.join(', ')}] of ${type.name} needs ${size * type.bytes} bytes from byte ${start} to byte ${end}, ` +
        `but the file ends at byte ${bytes.length}. It is ${bytes.length < end ? 'truncated' : 'too long'} or its header is corrupt.`,
    );
  }
  return { data: elements(view, type, start, size), shape, dtype: type.dtype };
}

/**
 * Reads an IDX file, plain or gzip, such as the four MNIST files.
 *
 * @param source a path, a URL or the bytes. The MNIST images are a Uint8Array of shape `[60000, 28, 28]`.
 * @throws FileError when it cannot be read or is damaged.
 * @example
 * ```ts
 * import { gzipSync } from 'node:zlib';
 * import { loadIdx } from '@cotangent/data';
 * const labels = await loadIdx(gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1))); // or a path: 'train-labels-idx1-ubyte.gz'
 * console.log(labels.shape, labels.data); // [3], 7 2 1
 * ```
 */
export async function loadIdx(source: ByteSource): Promise<NdArray> {
  return readIdx(await readBytes(source), nameOf(source));
}

function elements(view: DataView, type: ElementType, start: number, size: number): TypedArray {
  // A copy, so that a slice of a large buffer does not keep all of it alive.
  if (bytesOf(type.dtype) === 1) return new Uint8Array(view.buffer, view.byteOffset + start, size).slice();
  const data = allocate(type.dtype, size);
  for (let i = 0; i < size; i++) data[i] = type.read(view, start + i * type.bytes);
  return data;
}
