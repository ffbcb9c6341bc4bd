import { describe, expect, it } from 'vitest';
import { ArgumentError, FileError, tensor } from '@cotangent/tensor';
import { decodeSafetensors, encodeSafetensors, loadSafetensors, saveSafetensors, type RawTensor } from './safetensors';

/** A file from a header and data, right or wrong. */
function file(header: unknown, data: Uint8Array | ArrayBufferView = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + json.length);
  return bytes;
}

const one = (dtype: string, data: ArrayBufferView & { length: number }): RawTensor =>
  decodeSafetensors(file({ w: { dtype, shape: [data.length], data_offsets: [0, data.byteLength] } }, data)).tensors['w']!;

const ALL: Record<string, RawTensor> = {
  'conv1.weight': { dtype: 'float32', shape: [2, 1, 2], data: Float32Array.of(1.5, -0, NaN, Infinity) },
  double: { dtype: 'float64', shape: [1], data: Float64Array.of(Math.PI) },
  half: { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x7bff) },
  index: { dtype: 'int32', shape: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  bits: { dtype: 'uint32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
  image: { dtype: 'uint8', shape: [1, 3], data: Uint8Array.of(0, 128, 255) },
  mask: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  scalar: { dtype: 'float32', shape: [], data: Float32Array.of(7) },
  empty: { dtype: 'float32', shape: [0, 4], data: new Float32Array(0) },
  'naïve "漢" \\ name': { dtype: 'uint8', shape: [1], data: Uint8Array.of(9) },
};

describe('encodeSafetensors and decodeSafetensors', () => {
  it('give back every dtype, shape, name and text bit for bit [R42]', () => {
    const metadata = { format: 'pt', note: 'é "x"\n漢' };
    for (const checksum of [false, true]) {
      const decoded = decodeSafetensors(encodeSafetensors(ALL, metadata, { checksum }));
      expect(decoded).toEqual({ tensors: ALL, metadata });
    }
  });

  it('write the layout of the specification, aligned and independent of the order given', () => {
    const bytes = encodeSafetensors(ALL);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, { data_offsets: number[] }>;
    for (const [name, { data }] of Object.entries(ALL)) expect(header[name]!.data_offsets[0]! % data.BYTES_PER_ELEMENT).toBe(0);
    expect(encodeSafetensors(Object.fromEntries(Object.entries(ALL).reverse()))).toEqual(bytes);
  });

  it('handle a file without tensors and views into larger buffers', () => {
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
    const larger = Float32Array.of(1, 2, 3, 4);
    const bytes = encodeSafetensors({ w: { dtype: 'float32', shape: [2], data: larger.subarray(1, 3) } });
    const shifted = new Uint8Array(bytes.length + 5);
    shifted.set(bytes, 5);
    expect([...decodeSafetensors(shifted.subarray(5)).tensors['w']!.data]).toEqual([2, 3]);
  });

  it('read a Buffer that begins anywhere, and copy out of it', () => {
    const bytes = encodeSafetensors(ALL);
    for (let offset = 1; offset < 8; offset++) {
      const pool = Buffer.alloc(bytes.length + offset);
      const view = pool.subarray(offset);
      view.set(bytes);
      const { tensors } = decodeSafetensors(view);
      pool.fill(0xff);
      expect(tensors, `offset ${offset}`).toEqual(ALL);
    }
  });

  it('keep a tensor called __proto__ an ordinary entry', () => {
    const { tensors } = decodeSafetensors(file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', Uint8Array.of(3)));
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });

  it('read the types that the framework does not have', () => {
    expect(one('BF16', Uint16Array.of(0x3fff, 0xbf00, 0x7f80))).toEqual({
      dtype: 'float32',
      shape: [3],
      data: Float32Array.of(1.9921875, -0.5, Infinity),
    });
    expect(one('I64', BigInt64Array.of(-5n, 2147483647n))).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(-5, 2147483647) });
    expect(one('U64', BigUint64Array.of(4294967295n))).toEqual({ dtype: 'uint32', shape: [1], data: Uint32Array.of(4294967295) });
    expect(one('I16', Int16Array.of(-300)).data).toEqual(Int32Array.of(-300));
    expect(one('U16', Uint16Array.of(65535)).data).toEqual(Int32Array.of(65535));
    expect(one('I8', Int8Array.of(-3)).data).toEqual(Int32Array.of(-3));
  });

  it('refuse 64-bit integers that do not fit and bools that are none', () => {
    expect(() => one('I64', BigInt64Array.of(1n, 2147483648n))).toThrow(/tensor "w": element 1 is 2147483648, which does not fit int32/);
    expect(() => one('I64', BigInt64Array.of(-2147483649n))).toThrow(FileError);
    expect(() => one('U64', BigUint64Array.of(4294967296n))).toThrow(/does not fit uint32/);
    expect(() => one('BOOL', Uint8Array.of(0, 2))).toThrow(/element 1 of BOOL is 2/);
  });
});

describe('decodeSafetensors on damaged files', () => {
  const good = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const eight = new Uint8Array(8);
  const cases: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(0), /8-byte header length at byte 0, but there are 0 bytes/],
    ['a header length beyond the file', file({ w: good }, eight).subarray(0, 30), /header should end at byte \d+, but .* ends at byte 30/],
    ['an absurd header length', new Uint8Array(9).fill(255), /header length at byte 0 is 18446744073709551615/],
    ['no header', new Uint8Array(8), /found no header/],
    ['a header that does not begin with {', file('[1]'), /begin with { at byte 8, found byte 5b/],
    ['a header that is no JSON', file('{"w":'), /not valid JSON/],
    ['a header that is no UTF-8', file('{"?":1}').map((byte) => (byte === 0x3f ? 0xff : byte)), /not valid JSON/],
    ['a name twice', file(`{"w":${JSON.stringify(good)},"\\u0077":${JSON.stringify(good)}}`, eight), /key "w" twice/],
    ['a field twice', file('{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', eight), /key "dtype" twice/],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), /__metadata__ is {"a":1}/],
    ['an entry that is no object', file({ w: 3 }), /tensor "w" is 3/],
    ['an unknown dtype', file({ w: { ...good, dtype: 'F8_E4M3' } }, eight), /dtype "F8_E4M3", expected one of F64, F32/],
    ['a dtype called like a method', file({ w: { ...good, dtype: 'toString' } }, eight), /dtype "toString"/],
    ['a shape that is none', file({ w: { ...good, shape: [2, -1] } }, eight), /shape \[2,-1\]/],
    ['offsets that are none', file({ w: { ...good, data_offsets: [8, 0] } }, eight), /data_offsets \[8,0\]/],
    ['a size that does not fit', file({ w: { ...good, data_offsets: [0, 16] } }, eight), /is 8 bytes, but data_offsets \[0, 16\] are 16/],
    ['a truncated file', file({ w: good }, new Uint8Array(5)), /should end at byte \d+, but the file ends at byte \d+. It is truncated/],
    ['bytes after the last tensor', file({ w: good }, new Uint8Array(9)), /last tensor ends at byte \d+, but the file ends/],
    ['a gap', file({ a: good, b: { ...good, data_offsets: [12, 20] } }, new Uint8Array(20)), /belong to no tensor; expected tensor "b"/],
    ['an overlap', file({ a: good, b: { ...good, data_offsets: [4, 12] } }, new Uint8Array(12)), /"b" begins .* inside tensor "a"/],
  ];
  it.each(cases)('names the damage: %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(FileError);
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes, 'x.safetensors')).toThrow(/^x\.safetensors: /);
  });

  it('accepts a name as value that is also a key', () => {
    expect(decodeSafetensors(file({ __metadata__: { note: 'w', w: 'note' }, w: good }, eight)).metadata).toEqual({ note: 'w', w: 'note' });
  });

  it('refuses every truncation of a file', () => {
    const bytes = encodeSafetensors(ALL, { a: 'b' });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length))).toThrow(FileError);
    }
  });

  it('notices any flipped bit behind the checksum, and lets other tools rewrite the header', () => {
    const bytes = encodeSafetensors({ w: ALL['double']! }, { note: 'x' }, { checksum: true });
    const start = new TextDecoder().decode(bytes).indexOf('crc32":"') + 'crc32":"'.length;
    for (let at = start; at < bytes.length; at++) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << at % 8;
      expect(() => decodeSafetensors(flipped)).toThrow(FileError);
    }
    const header = { __metadata__: { a: 'first', 'cotangent.crc32': '12345678' }, w: good };
    expect(decodeSafetensors(file(header, eight)).metadata).toEqual({ a: 'first' });
  });
});

describe('saveSafetensors', () => {
  it('takes tensors and raw arrays and gives tensors back', async () => {
    const bytes = await saveSafetensors({ t: tensor(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] }), r: ALL['index']! }, { a: 'b' });
    const { tensors, metadata } = loadSafetensors(bytes);
    expect(metadata).toEqual({ a: 'b' });
    expect([tensors['t']!.shape, tensors['t']!.dtype, tensors['r']!.dtype]).toEqual([[2, 2], 'float32', 'int32']);
    expect([...(await tensors['t']!.data())]).toEqual([1, 2, 3, 4]);
    expect([...(await tensors['r']!.data())]).toEqual([...ALL['index']!.data]);
  });

  it('is read back from a Buffer at an odd offset', async () => {
    const bytes = await saveSafetensors({ t: tensor([[1.5, -2], [3, 4]]), i: ALL['index']! });
    const pool = Buffer.concat([Buffer.of(0), bytes]);
    const { tensors } = loadSafetensors(pool.subarray(1));
    pool.fill(0);
    expect([...(await tensors['t']!.data())]).toEqual([1.5, -2, 3, 4]);
    expect([...(await tensors['i']!.data())]).toEqual([...ALL['index']!.data]);
  });

  it('keeps the bits of float16 tensors', async () => {
    const half = ALL['half']!;
    const bytes = await saveSafetensors({ h: tensor(half.data, { dtype: 'float16' }) });
    expect(decodeSafetensors(bytes).tensors['h']).toEqual(half);
  });

  it('refuses what has no place in the format', () => {
    const w = ALL['scalar']!;
    expect(() => encodeSafetensors({ __metadata__: w })).toThrow(/uses this name for its metadata/);
    expect(() => encodeSafetensors({ w }, { n: 3 as unknown as string })).toThrow(/metadata n is number, expected a string/);
    expect(() => encodeSafetensors({ w }, { 'cotangent.crc32': '0' })).toThrow(ArgumentError);
    expect(() => encodeSafetensors({ w: { ...w, shape: [2] } })).toThrow(/Float32Array of 1 elements, expected 2 of float32/);
    expect(() => encodeSafetensors({ w: { ...w, dtype: 'float64' } })).toThrow(ArgumentError);
    expect(() => encodeSafetensors({ w: 3 as unknown as RawTensor })).toThrow(/expected a Tensor or/);
  });
});
