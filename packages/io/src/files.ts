/**
 * Whole files in Node, written so that a crash never leaves half a file under the name.
 *
 * The file system is taken from the process when it is needed and never imported, so that bundles for browsers contain
 * none of it; there, hand the bytes to a download, IndexedDB or fetch instead.
 */
import type * as fsModule from 'node:fs';
import type * as pathModule from 'node:path';
import type * as urlModule from 'node:url';
import { FileError } from '@cotangent/tensor';

/** Bytes per write call, below the limit that some systems have. */
const CHUNK = 1 << 26;

/**
 * Writes a file whole or not at all: the bytes go to a new file in the same folder, which takes the name only when they
 * are safely on disk. If the process is killed before that, what was there under `path` is untouched, and a file
 * `.<name>.<random>.tmp` may remain.
 *
 * @param bytes the contents, or their pieces one after the other, for files that are made bit by bit.
 * @throws FileError when the file cannot be written (`cause` says why) or there is no file system; an error thrown by
 * the pieces passes through. In both cases the old file stays.
 * @example
 * ```ts
 * import { saveFile } from '@cotangent/io';
 * await saveFile('notes.txt', new TextEncoder().encode('kept'));
 * ```
 */
export async function saveFile(path: string | URL, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const { promises: fs } = nodeModule('node:fs', path);
  const paths = nodeModule('node:path', path);
  const named = path instanceof URL ? nodeModule('node:url', path).fileURLToPath(path) : path;
  const io = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw new FileError(`${named}: cannot be written (${reason(cause)}). What was there before is unchanged.`, { cause });
    });
  // Behind a link the target is replaced, not the link.
  const target = await fs.realpath(named).catch(() => named);
  const old = await fs.stat(target).catch(() => undefined);
  const folder = paths.dirname(target);
  const temporary = paths.join(folder, `.${paths.basename(target)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
  const file = await io(fs.open(temporary, 'wx', old?.mode));
  try {
    try {
      for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
        for (let at = 0; at < piece.length; ) at += (await io(file.write(piece, at, Math.min(CHUNK, piece.length - at)))).bytesWritten;
      }
      await io(file.sync());
    } finally {
      await file.close();
    }
    await io(fs.rename(temporary, target));
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  // The new name itself is on disk only when its folder is; some systems cannot sync folders.
  const entry = await fs.open(folder).catch(() => undefined);
  await entry?.sync().catch(() => undefined);
  await entry?.close();
}

/**
 * All bytes of a file.
 *
 * @throws FileError when it cannot be read (`cause` says why) or there is no file system.
 * @example
 * ```ts
 * import { readFile, saveFile } from '@cotangent/io';
 * await saveFile('notes.txt', new TextEncoder().encode('kept'));
 * console.log(new TextDecoder().decode(await readFile('notes.txt'))); // kept
 * ```
 */
export async function readFile(path: string | URL): Promise<Uint8Array> {
  const { promises: fs } = nodeModule('node:fs', path);
  try {
    return new Uint8Array(await fs.readFile(path));
  } catch (cause) {
    throw new FileError(`${String(path)}: cannot be read (${reason(cause)}).`, { cause });
  }
}

interface NodeModules {
  'node:fs': typeof fsModule;
  'node:path': typeof pathModule;
  'node:url': typeof urlModule;
}

function nodeModule<K extends keyof NodeModules>(name: K, path: string | URL): NodeModules[K] {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const found = process?.getBuiltinModule?.(name) as NodeModules[K] | undefined;
  if (found === undefined) {
    throw new FileError(
      `${String(path)}: there is no file system here. In a browser use saveSafetensors, loadSafetensors, encodeCheckpoint and ` +
        'decodeCheckpoint, which work on bytes.',
    );
  }
  return found;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
