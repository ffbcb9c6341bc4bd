/** What this machine can do at most, measured in the same run: the yardsticks of the table. */

const ACCUMULATORS = 13;

/**
 * A wasm module with one function (count: i32) that runs `count` rounds of acc = acc * factor + term on 13 independent f32x4
 * accumulators, all in registers: enough chains to hide the latency of both instructions.
 */
function peakModule(): Uint8Array<ArrayBuffer> {
  const simd = (op: number): number[] => [0xfd, ...leb(op)];
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const splat = (value: number): number[] => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), ...simd(0x13)];
  const [factor, term] = [ACCUMULATORS + 1, ACCUMULATORS + 2];
  const round: number[] = [];
  for (let step = 0; step < 4; step++)
    for (let a = 1; a <= ACCUMULATORS; a++) round.push(...get(a), ...get(factor), ...simd(0xe6), ...get(term), ...simd(0xe4), ...set(a));
  const sum: number[] = [...get(1)];
  for (let a = 2; a <= ACCUMULATORS; a++) sum.push(...get(a), ...simd(0xe4));
  const body = [
    1,
    ACCUMULATORS + 2,
    0x7b,
    ...splat(0.999),
    ...set(factor),
    ...splat(0.001),
    ...set(term),
    0x03,
    0x40,
    ...round,
    ...get(0),
    0x41,
    1,
    0x6b,
    0x22,
    0,
    0x0d,
    0,
    0x0b,
    ...sum,
    ...simd(0x1f),
    0,
    0x0b,
  ];
  const section = (id: number, bytes: readonly number[]): number[] => [id, ...leb(bytes.length), ...bytes];
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

const PEAK_FLOPS_PER_ROUND = 4 * ACCUMULATORS * 4 * 2;

/** Starts a measurement of 128-bit multiply + add throughput; each call returns GFLOP/s of one round. */
export function flopRoof(): () => number {
  const run = new WebAssembly.Instance(new WebAssembly.Module(peakModule())).exports.f as (count: number) => number;
  const rounds = 300_000;
  for (let i = 0; i < 20; i++) run(rounds);
  return () => {
    const start = performance.now();
    run(rounds);
    return (rounds * PEAK_FLOPS_PER_ROUND) / ((performance.now() - start) * 1e6);
  };
}

/**
 * Starts a measurement of copying; each call returns GB/s, reads and writes counted. What is read and written is `bytes` together,
 * by default too much for caches; arrays that fit there are copied many times in a row.
 */
export function copyRoof(bytes = 2 ** 27): () => number {
  const from = new Float32Array(Math.ceil(bytes / 8)).fill(1);
  const to = new Float32Array(from.length);
  const repeats = Math.ceil(2 ** 25 / from.byteLength);
  return () => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) to.set(from);
    return (2 * repeats * from.byteLength) / ((performance.now() - start) * 1e6);
  };
}
