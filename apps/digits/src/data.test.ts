import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '@cotangent/data';
import { FileError } from '@cotangent/tensor';
import { labelsOf, loadDigits } from './data';

describe('the built-in digits', () => {
  it('are divided into parts that have no image in common and make up the whole', async () => {
    const { train, dev, test } = await loadDigits(undefined, 1);
    expect([train.length, dev.length, test.length]).toEqual([1294, 144, 359]);
    expect(new Set([...train.indices, ...dev.indices, ...test.indices]).size).toBe(1797);
  });

  it('have every digit in every part', async () => {
    const { test } = await loadDigits(undefined, 1);
    const counts = Array<number>(10).fill(0);
    for (const label of labelsOf(test)) counts[label]!++;
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(33);
    expect(Math.max(...counts)).toBeLessThanOrEqual(38);
  });

  it('are divided in the same way by the same seed, in another way by another one', async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => loadDigits(undefined, seed)));
    expect(b!.test.indices).toEqual(a!.test.indices);
    expect(c!.test.indices).not.toEqual(a!.test.indices);
  });

  it('are standardised by the training part alone', async () => {
    const { train, test } = await loadDigits(undefined, 1);
    const moments = (data: ArrayLike<number>): [number, number] => {
      const mean = Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
      return [mean, Math.sqrt(Array.from(data).reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length)];
    };
    const [mean, deviation] = moments((await collect(train)).x.data);
    expect(mean).toBeCloseTo(0, 5);
    expect(deviation).toBeCloseTo(1, 5);
    expect(Math.abs(moments((await collect(test)).x.data)[0])).toBeGreaterThan(1e-4);
  });

  it('are as large as the network wants them', async () => {
    const { train, paper } = await loadDigits(undefined, 1);
    const { x, y } = await train.get(0);
    expect([x.shape, y.shape]).toEqual([[1, 28, 28], []]);
    expect(Math.min(...x.data)).toBeCloseTo(paper, 6);
  });
});

describe('MNIST files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digits-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** IDX of bytes. */
  const idx = (extents: number[], value: (i: number) => number): Uint8Array => {
    const header = [0, 0, 8, extents.length, ...extents.flatMap((extent) => [0, 0, extent >> 8, extent & 255])];
    const size = extents.reduce((product, extent) => product * extent, 1);
    return Uint8Array.from([...header, ...Array.from({ length: size }, (_, i) => value(i))]);
  };
  const write = async (train = 40, tests = 20, labels = train): Promise<void> => {
    await writeFile(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idx([train, 28, 28], (i) => i % 256)));
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), idx([labels], (i) => i % 10));
    await writeFile(join(folder, 't10k-images-idx3-ubyte'), idx([tests, 28, 28], (i) => i % 200));
    await writeFile(join(folder, 't10k-labels-idx1-ubyte.gz'), gzipSync(idx([tests], (i) => (i + 1) % 10)));
  };

  it('are read plain and compressed, and the files for testing are the test part', async () => {
    await write();
    const { train, dev, test } = await loadDigits(folder, 1);
    expect([train.length, dev.length, test.length]).toEqual([36, 4, 20]);
    expect(labelsOf(test)).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) % 10));
  });

  it('are named when they are missing', async () => {
    await write();
    await rm(join(folder, 'train-labels-idx1-ubyte'));
    await rm(join(folder, 't10k-images-idx3-ubyte'));
    await expect(loadDigits(folder, 1)).rejects.toThrow(FileError);
    await expect(loadDigits(folder, 1)).rejects.toThrow(/train-labels-idx1-ubyte, t10k-images-idx3-ubyte are missing/);
    await expect(loadDigits(join(folder, 'nowhere'), 1)).rejects.toThrow(/there is no such folder/);
  });

  it('are refused when there is not a label for every image', async () => {
    await write(40, 20, 39);
    await expect(loadDigits(folder, 1)).rejects.toThrow(/train-labels-idx1-ubyte: has shape \[39\], expected \[40\]/);
  });
});
