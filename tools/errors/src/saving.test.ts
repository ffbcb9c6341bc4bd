import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveFile } from '@cotangent/io';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saving-'));
  path = join(folder, 'model.safetensors');
  await writeFile(path, 'the old file');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('a save that does not end', () => {
  it('because the process is killed leaves the old file as it was', async () => {
    const args = ['--import', './tools/run/ts.mjs', 'tools/errors/src/killed-save.ts', path];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data'); // it is writing now
    expect((await readdir(folder)).length).toBe(2);
    child.kill('SIGKILL');
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    expect(await readFile(path, 'utf8')).toBe('the old file');
    const left = (await readdir(folder)).filter((name) => name !== 'model.safetensors');
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^\.model\.safetensors\.[0-9a-f]{8}\.tmp$/);
    // And the next save works.
    await saveFile(path, new TextEncoder().encode('the new file'));
    expect(await readFile(path, 'utf8')).toBe('the new file');
  });

  it('because making the bytes fails leaves the old file, and nothing else', async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1000);
      throw new Error('out of paper');
    }
    await expect(saveFile(path, pieces())).rejects.toThrow('out of paper');
    expect(await readFile(path, 'utf8')).toBe('the old file');
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });
});
