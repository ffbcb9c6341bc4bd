import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '@cotangent/tensor';
import { gunzip } from './bytes';
import { loadIdx, readIdx } from './idx';

/** An IDX file: header by hand, elements through a writer. */
function idx(code: number, shape: number[], bytes: number, write: (view: DataView, i: number) => void): Uint8Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const all = new Uint8Array(4 + 4 * shape.length + size * bytes);
  all.set([0, 0, code, shape.length]);
  const view = new DataView(all.buffer);
  shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent));
  const body = new DataView(all.buffer, 4 + 4 * shape.length);
  for (let i = 0; i < size; i++) write(body, i);
  return all;
}

const bytes = idx(0x08, [2, 3, 2], 1, (view, i) => view.setUint8(i, 250 - i));

describe('readIdx', () => {
  it('reads every element type big-endian', () => {
    const values = [-3, 0, 100];
    expect(readIdx(bytes)).toEqual({
      data: Uint8Array.from({ length: 12 }, (_, i) => 250 - i),
      shape: [2, 3, 2],
      dtype: 'uint8',
    });
    expect(readIdx(idx(0x09, [3], 1, (view, i) => view.setInt8(i, values[i]!))).data).toEqual(Int32Array.from(values));
    expect(readIdx(idx(0x0b, [3], 2, (view, i) => view.setInt16(2 * i, 300 * values[i]!))).data).toEqual(Int32Array.of(-900, 0, 30000));
    expect(readIdx(idx(0x0c, [3], 4, (view, i) => view.setInt32(4 * i, 7e6 * values[i]!))).data).toEqual(Int32Array.of(-21e6, 0, 7e8));
    expect(readIdx(idx(0x0d, [3], 4, (view, i) => view.setFloat32(4 * i, values[i]! / 3))).data).toEqual(
      Float32Array.from(values, (value) => value / 3),
    );
    expect(readIdx(idx(0x0e, [1, 3], 8, (view, i) => view.setFloat64(8 * i, values[i]! / 3)))).toEqual({
      data: Float64Array.from(values, (value) => value / 3),
      shape: [1, 3],
      dtype: 'float64',
    });
  });

  it('reads scalars, empty arrays and bytes inside a larger buffer', () => {
    expect(readIdx(Uint8Array.of(0, 0, 8, 0, 9))).toEqual({ data: Uint8Array.of(9), shape: [], dtype: 'uint8' });
    expect(readIdx(idx(0x0d, [0, 5], 4, () => undefined)).shape).toEqual([0, 5]);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(readIdx(larger.subarray(3)).data[11]).toBe(239);
  });

  it('says what it expected at which byte when the file is damaged', () => {
    const header = Uint8Array.from(bytes);
    expect(() => readIdx(new Uint8Array(0))).toThrow(/4-byte magic number at byte 0, but there are 0 bytes/);
    header[1] = 7;
    expect(() => readIdx(header)).toThrow(/Expected 00 00 at byte 0, found 00 07/);
    expect(() => readIdx(gzipSync(bytes))).toThrow(/gzip/);
    header.set([0, 0, 0x0a]);
    expect(() => readIdx(header)).toThrow(/element type at byte 2, one of 08.*found 0a/);
    expect(() => readIdx(bytes.subarray(0, 10))).toThrow(/3 extents up to byte 16, but the file ends at byte 10/);
    expect(() => readIdx(bytes.subarray(0, 27))).toThrow(/12 bytes from byte 16 to byte 28, but the file ends at byte 27. It is truncated/);
    expect(() => readIdx(Uint8Array.of(...bytes, 0))).toThrow(/ends at byte 29. It is too long/);
    expect(() => readIdx(Uint8Array.of(0, 0, 14, 2, 255, 255, 255, 255, 255, 255, 255, 255))).toThrow(FileError);
  });
});

describe('loadIdx', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cotangent-idx-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads plain and gzip files by path, file URL and bytes', async () => {
    await writeFile(join(folder, 'plain'), bytes);
    await writeFile(join(folder, 'packed.gz'), gzipSync(bytes));
    const expected = readIdx(bytes);
    expect(await loadIdx(join(folder, 'plain'))).toEqual(expected);
    expect(await loadIdx(join(folder, 'packed.gz'))).toEqual(expected);
    expect(await loadIdx(pathToFileURL(join(folder, 'packed.gz')))).toEqual(expected);
    expect(await loadIdx(pathToFileURL(join(folder, 'plain')).href)).toEqual(expected);
    expect(await loadIdx(gzipSync(bytes))).toEqual(expected);
    expect(await loadIdx(bytes.buffer as ArrayBuffer)).toEqual(expected);
  });

  it('reads from a web server and names a status that is not OK', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/idx' ? 200 : 404;
      response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await loadIdx(`${origin}/idx`)).toEqual(readIdx(bytes));
      await expect(loadIdx(new URL(`${origin}/other`))).rejects.toThrow(/other: cannot be read \(HTTP 404/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('names the file that is missing, truncated or corrupt', async () => {
    const missing = join(folder, 'missing.gz');
    await expect(loadIdx(missing)).rejects.toThrow(FileError);
    await expect(loadIdx(missing)).rejects.toThrow(/missing\.gz: cannot be read \(ENOENT/);
    const packed = gzipSync(idx(0x08, [5000], 1, (view, i) => view.setUint8(i, (i * i) % 251)));
    const short = join(folder, 'short.gz');
    await writeFile(short, packed.subarray(0, packed.length - 20));
    await expect(loadIdx(short)).rejects.toThrow(/short\.gz: the gzip stream of \d+ bytes is truncated or corrupt/);
    const flipped = Uint8Array.from(packed);
    flipped[40]! ^= 0x10;
    await expect(loadIdx(flipped)).rejects.toThrow(FileError);
    await expect(gunzip(Uint8Array.of(1, 2, 3))).rejects.toThrow(/Expected bytes 0 and 1 to be 1f 8b, found 01 02/);
  });
});
