import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MNIST_FILES } from './mnist-files';
import { startServer } from './server';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digits-web-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('serves an isolated page, and tells it of MNIST files that it offers as they are', async () => {
  for (const [i, name] of MNIST_FILES.entries()) await writeFile(join(folder, i % 2 === 0 ? `${name}.gz` : name), name);
  const server = await startServer({ data: folder, watch: false });
  try {
    const url = server.resolvedUrls!.local[0]!;
    const page = await fetch(url);
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(await page.text()).toContain('data-source="mnist"');
    for (const name of MNIST_FILES) expect(await (await fetch(`${url}mnist/${name}`)).text()).toBe(name);
  } finally {
    await server.close();
  }
});

it('says which files are missing', async () => {
  await writeFile(join(folder, MNIST_FILES[0]), '');
  await expect(startServer({ data: folder, watch: false })).rejects.toThrow(
    /train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte are missing/,
  );
  await expect(startServer({ data: join(folder, 'nowhere'), watch: false })).rejects.toThrow(/there is no such folder/);
});
