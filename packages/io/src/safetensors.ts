/**
 * safetensors: named tensors in one file that PyTorch, JAX and most tools read and write.
 *
 * Format: https://huggingface.co/docs/safetensors
 */
import { ArgumentError, FileError, Tensor, bytesOf, sizeOf, tensor, toHalf, type DType, type TypedArray } from '@cotangent/tensor';
import { crc32 } from './crc32';
import { WRITTEN, storedType } from './elements';
import { parseHeader } from './header';

/** Elements that are no tensor yet: row-major, float16 as bits in a Uint16Array, bool as 0 and 1 in a Uint8Array. */
export interface RawTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

export interface SafetensorsOptions {
  /**
   * Writes a CRC-32 of the whole file into the metadata, so that any flipped bit is noticed when it is read. Other tools
   * ignore it. Default false.
   */
  checksum?: boolean;
}

/** What a file holds. */
export interface Safetensors<T> {
  readonly tensors: Record<string, T>;
  readonly metadata: Record<string, string>;
}

const CHECKSUM = 'cotangent.crc32';
const NO_CHECKSUM = '00000000';
/** How a header with a checksum begins; the eight hexadecimal digits follow. */
const CHECKSUM_PREFIX = new TextEncoder().encode(`{"__metadata__":{"${CHECKSUM}":"`);

/**
 * Writes tensors and texts as the bytes of a safetensors file. Equal contents give equal bytes, whatever the order.
 *
 * @param tensors by name; a tensor is computed if it was not yet.
 * @param metadata texts to keep beside them.
 * @throws ArgumentError for a name or metadata that the format has no place for, BackendError when a value must be
 * computed and no backend is in use.
 * @example
 * ```ts
 * import { loadSafetensors, saveSafetensors } from '@cotangent/io';
 * import { tensor } from '@cotangent/tensor';
 * const bytes = await saveSafetensors({ weight: tensor([[1, 2], [3, 4]]) }, { note: 'first try' });
 * const { tensors, metadata } = loadSafetensors(bytes);
 * console.log(tensors.weight?.shape, metadata.note); // [2, 2], 'first try'
 * ```
 */
export async function saveSafetensors(
  tensors: Readonly<Record<string, Tensor | RawTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Promise<Uint8Array> {
  const raw: [string, RawTensor][] = [];
  for (const [name, value] of Object.entries(tensors)) raw.push([name, value instanceof Tensor ? await toRaw(value) : value]);
  return encodeSafetensors(Object.fromEntries(raw), metadata, options);
}

/**
 * Reads the tensors of a safetensors file. bfloat16 becomes float32, 64-bit integers become int32 or uint32 if they fit,
 * 8- and 16-bit ones int32 (unsigned bytes uint8).
 *
 * @param name what to call the bytes in errors.
 * @throws FileError that names the damage: a truncated file, a header that is no JSON, ranges with gaps or overlaps, a
 * size that does not fit the shape, a name that is there twice, an unknown dtype, an integer that does not fit.
 * @example
 * ```ts
 * import { loadSafetensors, readFile, saveFile, saveSafetensors } from '@cotangent/io';
 * import { tensor } from '@cotangent/tensor';
 * await saveFile('weights.safetensors', await saveSafetensors({ weight: tensor([1, 2]) }));
 * const { tensors } = loadSafetensors(await readFile('weights.safetensors'));
 * console.log(await tensors.weight?.array()); // [1, 2]
 * ```
 */
export function loadSafetensors(bytes: Uint8Array, name = 'safetensors'): Safetensors<Tensor> {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const wrapped = Object.entries(tensors).map(([key, { data, dtype, shape }]) => [key, tensor(data, { dtype, shape })] as const);
  return { tensors: Object.fromEntries(wrapped), metadata };
}

/**
 * As `saveSafetensors`, for elements that are no tensors, at once.
 *
 * @throws ArgumentError when data, dtype and shape do not belong together, or for a name or metadata without a place.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, RawTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Uint8Array {
  const { checksum = false } = options;
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string') throw new ArgumentError(`saveSafetensors: metadata ${key} is ${typeof text}, expected a string.`);
    if (key === CHECKSUM) throw new ArgumentError(`saveSafetensors: metadata ${CHECKSUM} is written by { checksum: true }.`);
  }
  for (const [name, value] of Object.entries(tensors)) checkRaw(name, value);
  // Wide elements first, so that every tensor begins on a multiple of its element size.
  const entries = Object.entries(tensors).sort(
    ([a, { dtype: wide }], [b, { dtype: narrow }]) => bytesOf(narrow) - bytesOf(wide) || (a < b ? -1 : 1),
  );
  let end = 0;
  const fields = entries.map(([name, { dtype, shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype: WRITTEN[dtype], shape, data_offsets: [begin, end] })}`;
  });
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (checksum) texts.unshift([CHECKSUM, NO_CHECKSUM]);
  if (texts.length > 0) {
    const list = texts.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(',');
    fields.unshift(`"__metadata__":{${list}}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  // Spaces up to a multiple of 8, for the same reason.
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  bytes.fill(0x20, 8 + json.length, start);
  let at = start;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  if (checksum) bytes.set(new TextEncoder().encode(digits(crc32(bytes))), 8 + CHECKSUM_PREFIX.length);
  return bytes;
}

/**
 * As `loadSafetensors`, without making tensors. The arrays are copies; `bytes` may be reused.
 *
 * @throws FileError that names the damage.
 */
export function decodeSafetensors(bytes: Uint8Array, name = 'safetensors'): Safetensors<RawTensor> {
  const { entries, metadata: texts } = parseHeader(bytes, name);
  const { [CHECKSUM]: sum, ...metadata } = texts;
  if (sum !== undefined && hasChecksum(bytes)) verify(bytes, sum, name);
  const tensors = entries.map((entry): [string, RawTensor] => {
    const { dtype, read } = storedType(entry.dtype)!;
    // Not bytes.slice: on a Node Buffer that is a view, which may start anywhere and is a Buffer again.
    const own = new Uint8Array(bytes.subarray(entry.begin, entry.end));
    const data = read(own, `${name}: tensor ${JSON.stringify(entry.name)}`);
    return [entry.name, { dtype, shape: entry.shape, data }];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/** The elements of a tensor as they are stored. */
export async function toRaw(value: Tensor): Promise<RawTensor> {
  const { dtype, shape } = value;
  const data = await value.data();
  // float16 is read as numbers; every half survives the way there and back.
  return { dtype, shape, data: dtype === 'float16' && !(data instanceof Uint16Array) ? Uint16Array.from(data, toHalf) : data };
}

function checkRaw(name: string, value: RawTensor): void {
  const where = `saveSafetensors: tensor ${JSON.stringify(name)}`;
  if (name === '__metadata__') throw new ArgumentError(`${where}: the format uses this name for its metadata. Choose another.`);
  const given: unknown = value;
  if (typeof given !== 'object' || given === null || !ArrayBuffer.isView(value.data) || !Object.hasOwn(WRITTEN, value.dtype)) {
    const found = given === null ? 'null' : `a ${typeof given}`;
    throw new ArgumentError(`${where}: expected a Tensor or { dtype, shape, data: typed array }, found ${found}.`);
  }
  const { dtype, shape, data } = value;
  const size = sizeOf(shape);
  if (data.length !== size || data.BYTES_PER_ELEMENT !== bytesOf(dtype)) {
    throw new ArgumentError(
      `${where}: data is ${data.constructor.name} of ${data.length} elements, ` +
        `expected ${size} of ${dtype} for shape [${shape.join(', ')}].`,
    );
  }
}

/** Whether the header begins as `{ checksum: true }` makes it; another tool that rewrites the file puts it elsewhere. */
export function hasChecksum(bytes: Uint8Array): boolean {
  return CHECKSUM_PREFIX.every((byte, i) => bytes[8 + i] === byte);
}

function verify(bytes: Uint8Array, expected: string, name: string): void {
  // As it was computed: with zeros in the place of the digits.
  const at = 8 + CHECKSUM_PREFIX.length;
  const zeros = new TextEncoder().encode(NO_CHECKSUM);
  const found = digits(crc32(bytes.subarray(at + 8), crc32(zeros, crc32(bytes.subarray(0, at)))));
  if (found !== expected) {
    throw new FileError(`${name}: the checksum of the bytes is ${found}, but the file says ${expected}. The file is corrupt.`);
  }
}

function digits(word: number): string {
  return word.toString(16).padStart(8, '0');
}
