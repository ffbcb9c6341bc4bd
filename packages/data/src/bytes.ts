/**
 * Bytes from a file, a web address or memory, unpacked when they are gzip. Works in Node and in browsers; only the file
 * part needs Node, and asks for it when it is called, so that browser bundles contain no file system.
 */
import { FileError } from '@cotangent/tensor';

/** Where a file is read from: a path or `file:` URL (Node), an `http(s):` URL, an address relative to the page (browser), or bytes. */
export type ByteSource = string | URL | Uint8Array | ArrayBuffer;

/**
 * All bytes of `source`; gzip (`.gz`) is recognised by its first bytes and unpacked.
 *
 * @throws FileError when the file cannot be read or its gzip stream is damaged; `cause` has the reason.
 * @example
 * ```ts
 * import { readBytes } from '@cotangent/data';
 * const bytes = await readBytes('data:text/csv,size,colour'); // or a path, such as 'data/table.csv.gz'
 * console.log(new TextDecoder().decode(bytes)); // size,colour
 * ```
 */
export async function readBytes(source: ByteSource): Promise<Uint8Array> {
  const bytes = await rawBytes(source);
  return isGzip(bytes) ? gunzip(bytes, nameOf(source)) : bytes;
}

/** A short name of the source for error messages. */
export function nameOf(source: ByteSource): string {
  return typeof source === 'string' || source instanceof URL ? String(source) : 'the bytes';
}

/** Whether the bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip with the platform's own decompressor.
 *
 * @param name what to call the bytes in the error.
 * @throws FileError when the stream is truncated or corrupt.
 * @example
 * ```ts
 * import { gunzip } from '@cotangent/data';
 * import { gzipSync } from 'node:zlib';
 * console.log(new TextDecoder().decode(await gunzip(gzipSync('hello')))); // hello
 * ```
 */
export async function gunzip(bytes: Uint8Array, name = 'the bytes'): Promise<Uint8Array> {
  if (!isGzip(bytes)) {
    throw new FileError(`${name}: not gzip. Expected bytes 0 and 1 to be 1f 8b, found ${hex(bytes, 0, 2) || 'nothing'}.`);
  }
  try {
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const unpacked = packed.pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (cause) {
    throw new FileError(
      `${name}: the gzip stream of ${bytes.length} bytes is truncated or corrupt (${reason(cause)}). ` +
        'Get the file again and compare its checksum.',
      { cause },
    );
  }
}

/** Some bytes in hexadecimal, as many of them as there are. */
export function hex(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(bytes.subarray(start, end), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

async function rawBytes(source: ByteSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const name = nameOf(source);
  // Taken from the process rather than imported, because a bundler for browsers would try to follow the import.
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const fs = process?.getBuiltinModule?.('node:fs');
  try {
    if (fs !== undefined && !/^(https?|data|blob):/.test(name)) {
      return new Uint8Array(await fs.promises.readFile(source instanceof URL || !name.startsWith('file:') ? source : new URL(name)));
    }
    const response = await fetch(source);
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new FileError(`${name}: cannot be read (${reason(cause)}).`, { cause });
  }
}
