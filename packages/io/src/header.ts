/**
 * The header of a safetensors file, checked completely before any element is read: an 8-byte length, then JSON that gives
 * dtype, shape and byte range of every tensor. The ranges must cover the rest of the file without gap or overlap.
 */
import { FileError } from '@cotangent/tensor';
import { STORED_NAMES, storedType } from './elements';

/** The longest header the format allows, against corrupt lengths. */
const MAX_HEADER = 100_000_000;

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the byte after the last one, counted from the beginning of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Record<string, string>;
}

/**
 * Reads and checks the header.
 *
 * @param file what to call the bytes in errors.
 * @throws FileError that names the damage.
 */
export function parseHeader(bytes: Uint8Array, file: string): Header {
  const fail = (what: string, cause?: unknown): FileError => new FileError(`${file}: ${what}`, { cause });
  if (bytes.length < 8) {
    throw fail(`expected an 8-byte header length at byte 0, but there are ${bytes.length} bytes. The file is truncated.`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    throw fail(`the header length at byte 0 is ${length}, expected at most ${MAX_HEADER}. This is no safetensors file, or it is corrupt.`);
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw fail(
      `the header should end at byte ${start}, but the file ends at byte ${bytes.length}. ` +
        'It is truncated, or its header length is corrupt.',
    );
  }
  if (bytes[8] !== 0x7b || start === 8) {
    const found = start === 8 ? 'no header' : `byte ${bytes[8]!.toString(16).padStart(2, '0')}`;
    throw fail(`expected the header to begin with { at byte 8, found ${found}.`);
  }
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start));
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fail(`the header from byte 8 to byte ${start} is not valid JSON (${reason}).`, cause);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fail(`the header has the key ${JSON.stringify(twice)} twice.`);

  const entries: HeaderEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json as Record<string, unknown>)) {
    if (name === '__metadata__') metadata = checkMetadata(value, fail);
    else entries.push(checkEntry(name, value, start, fail));
  }
  checkRanges(entries, start, bytes.length, fail);
  return { entries, metadata };
}

type Fail = (what: string) => FileError;

function checkMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw fail(`__metadata__ is ${JSON.stringify(value).slice(0, 80)}, expected an object whose values are strings.`);
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown, start: number, fail: Fail): HeaderEntry {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!isObject(value)) throw fail(`${tensor} is ${JSON.stringify(value)}, expected { dtype, shape, data_offsets }.`);
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === 'string' ? storedType(dtype) : undefined;
  if (type === undefined) {
    throw fail(`${tensor} has dtype ${JSON.stringify(dtype)}, expected one of ${STORED_NAMES.join(', ')}.`);
  }
  if (!isCounts(shape)) throw fail(`${tensor} has shape ${JSON.stringify(shape)}, expected a list of whole numbers of at least 0.`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw fail(`${tensor} has data_offsets ${JSON.stringify(offsets)}, expected [begin, end] with begin <= end.`);
  }
  const expected = shape.reduce((size, extent) => size * extent, type.bytes);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== expected) {
    throw fail(
      `${tensor} is ${dtype as string} of shape [${shape.join(', ')}], which is ${expected} bytes, ` +
        `but data_offsets [${begin}, ${end}] are ${end - begin}.`,
    );
  }
  return { name, dtype: dtype as string, shape, begin: start + begin, end: start + end };
}

/** The ranges must follow each other from the end of the header to the end of the file. */
function checkRanges(entries: readonly HeaderEntry[], start: number, fileEnd: number, fail: Fail): void {
  let at = start;
  let before = 'the header';
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    if (begin > at) throw fail(`bytes ${at} to ${begin} belong to no tensor; expected ${tensor} to begin right after ${before}.`);
    if (begin < at) throw fail(`${tensor} begins at byte ${begin}, inside ${before}, which ends at byte ${at}.`);
    if (end > fileEnd) {
      throw fail(`${tensor} should end at byte ${end}, but the file ends at byte ${fileEnd}. It is truncated.`);
    }
    at = end;
    before = tensor;
  }
  if (at !== fileEnd) {
    throw fail(`the last tensor ends at byte ${at}, but the file ends at byte ${fileEnd}. Expected no bytes after the last tensor.`);
  }
}

/** The first key that an object of valid JSON has twice; JSON.parse would silently keep the last one. */
function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, text, colon] of json.matchAll(/[{}]|("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (text !== undefined && colon !== undefined) {
      const key = JSON.parse(text) as string;
      const keys = open[open.length - 1];
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
