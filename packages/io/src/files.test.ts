import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile as read, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileError } from '@cotangent/tensor';
import { readFile, saveFile } from './files';

const runner = new URL('../../../tools/run/ts.mjs', import.meta.url).href;
const source = new URL('./files.ts', import.meta.url).href;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-io-'));
  path = join(folder, 'model.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

describe('saveFile', () => {
  it('writes and replaces whole files and leaves nothing else behind', async () => {
    await saveFile(path, text('first'));
    await saveFile(pathToFileURL(path), text('second, longer'));
    await saveFile(path, text('3'));
    expect(new TextDecoder().decode(await readFile(path))).toBe('3');
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('writes pieces in order', async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const piece of ['a', '', 'bc']) yield await Promise.resolve(text(piece));
    }
    await saveFile(path, pieces());
    expect(await read(path, 'utf8')).toBe('abc');
  });

  it('keeps the old file when the pieces fail', async () => {
    await saveFile(path, text('old'));
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(text('half'));
      throw new RangeError('no more');
    }
    await expect(saveFile(path, pieces())).rejects.toThrow(RangeError);
    expect(await read(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('keeps the old file when the process is killed in the middle of the write', async () => {
    await saveFile(path, text('old'));
    // Writes one megabyte, says so and never comes to the second.
    const program = `
      import { saveFile } from ${JSON.stringify(source)};
      async function* pieces() {
        yield new Uint8Array(1 << 20);
        process.stdout.write('written');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
        yield new Uint8Array(1 << 20);
      }
      await saveFile(${JSON.stringify(path)}, pieces());`;
    const options = ['--import', runner, '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
    expect(String(said)).toBe('written');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await read(path, 'utf8')).toBe('old');
    const [left] = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
    expect((await stat(join(folder, left!))).size).toBe(1 << 20);
    await saveFile(path, text('new'));
    expect(await read(path, 'utf8')).toBe('new');
  });

  it('replaces the target of a link and keeps its permissions', async () => {
    const real = join(folder, 'real');
    await writeFile(real, 'old');
    await chmod(real, 0o600);
    await symlink(real, path);
    await saveFile(path, text('new'));
    expect(await read(real, 'utf8')).toBe('new');
    expect((await stat(real)).mode & 0o777).toBe(0o600);
  });

  it('names the path and the reason when it cannot write', async () => {
    const nowhere = join(folder, 'missing', 'model.safetensors');
    await expect(saveFile(nowhere, text('x'))).rejects.toThrow(FileError);
    await expect(saveFile(nowhere, text('x'))).rejects.toThrow(/missing.model\.safetensors: cannot be written \(ENOENT/);
    await expect(saveFile(folder, text('x'))).rejects.toThrow(FileError);
  });
});

describe('readFile', () => {
  it('names the path and the reason when it cannot read', async () => {
    await expect(readFile(path)).rejects.toThrow(FileError);
    await expect(readFile(path)).rejects.toThrow(/model\.safetensors: cannot be read \(ENOENT/);
  });

  it('says what to use where there is no file system', async () => {
    vi.stubGlobal('process', undefined);
    try {
      await expect(readFile('x')).rejects.toThrow(/no file system here. In a browser use saveSafetensors/);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
