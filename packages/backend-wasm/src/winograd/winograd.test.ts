import type { Access, Backend, Operand } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { dataOf, inPieces, noise, PlanMaker, Random } from '../testing';

const plain = (label: number): Access => ({ label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 });
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

interface Case {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly size: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** y of a convolution summed in float64, from operands of any strides. */
function reference(m: PlanMaker, { batch, channels, filters, size: [h, w], padding: [p, q] }: Case, image: Operand,
  filter: Operand, flipped = false): Float64Array {
  const [x, f] = [dataOf(m, image), dataOf(m, filter)];
  const [oh, ow] = [h + 2 * p - 2, w + 2 * q - 2];
  const y = new Float64Array(batch * filters * oh * ow);
  const [si, sf] = [image.strides, filter.strides];
  let at = 0;
  for (let n = 0; n < batch; n++) for (let o = 0; o < filters; o++) for (let r = 0; r < oh; r++) for (let s = 0; s < ow; s++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
      const [a, b] = [r - p + i, s - q + j];
      if (a < 0 || a >= h || b < 0 || b >= w) continue;
      const [k, l] = flipped ? [2 - i, 2 - j] : [i, j];
      const at = image.offset + n * si[0]! + c * si[1]! + a * si[2]! + b * si[3]!;
      sum += x[at]! * f[filter.offset + o * sf[0]! + c * sf[1]! + k * sf[2]! + l * sf[3]!]!;
    }
    y[at++] = sum;
  }
  return y;
}

function largestError(actual: ArrayLike<number>, expected: Float64Array): number {
  expect(actual.length).toBe(expected.length);
  let [error, scale] = [0, 0];
  expected.forEach((y, i) => {
    const difference = Math.abs(actual[i]! - y);
    error = difference <= error ? error : difference; // NaN stays
    scale = Math.max(scale, Math.abs(y));
  });
  return error / scale;
}

const window = (kept: number, summed: number, sign: 1 | -1, offset: number): Access =>
  ({ label: kept, scale: 1, label2: summed, scale2: sign, offset, divisor: 1 });

const random = new Random(77);
const CASES: Case[] = [];
for (let h = 3; h <= 20; h++) {
  CASES.push({
    batch: 1 + random.below(5), channels: 16 + random.below(8), filters: 16 + random.below(8),
    size: [h, 3 + random.below(18)], padding: [random.below(3), random.below(3)],
  });
}
CASES.push({ batch: 2, channels: 17, filters: 33, size: [20, 45], padding: [1, 1] },
  { batch: 9, channels: 64, filters: 16, size: [7, 7], padding: [1, 1] });

const BACKENDS = { whole: wasm(), pieces: inPieces() };

test.each(CASES)('convolution %o', (c) => {
  const { batch, channels, filters, size, padding } = c;
  const result = size.map((n, i) => n + 2 * padding[i]! - 2) as [number, number];
  for (const flipped of [false, true]) {
    for (const swapped of [false, true]) {
      const m = new PlanMaker();
      const x = m.input('float32', noise(batch * channels * count(size), 1), [batch, channels, ...size]);
      const f = m.input('float32', noise(filters * channels * 9, 2), [filters, channels, 3, 3]);
      const slot = m.output('float32', batch * filters * count(result));
      const offset = (i: number): number => (flipped ? 2 - padding[i]! : -padding[i]!);
      const accessX = [plain(0), plain(2), window(3, 5, flipped ? -1 : 1, offset(0)), window(4, 6, flipped ? -1 : 1, offset(1))];
      const accessF = [plain(1), plain(2), plain(5), plain(6)];
      m.kernels.push({
        kind: 'contract', sizes: [batch, filters, channels, ...result, 3, 3], out: [0, 1, 3, 4],
        ...(swapped ? { a: f, accessA: accessF, b: x, accessB: accessX } : { a: x, accessA: accessX, b: f, accessB: accessF }),
        output: { slot, dtype: 'float32' },
      });
      const y = m.run(BACKENDS.whole)[0]!;
      expect(largestError(y, reference(m, c, x, f, flipped))).toBeLessThan(4e-6);
      expect(m.run(BACKENDS.pieces)[0]).toEqual(y);
    }
  }
});

/** The gradient of the filter summed in float64. */
function filterGradient({ batch, channels, filters, size: [h, w], padding: [p, q] }: Case, x: ArrayLike<number>,
  dy: ArrayLike<number>): Float64Array {
  const [oh, ow] = [h + 2 * p - 2, w + 2 * q - 2];
  const result = new Float64Array(filters * channels * 9);
  let at = 0;
  for (let o = 0; o < filters; o++) for (let c = 0; c < channels; c++) for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
    let sum = 0;
    for (let n = 0; n < batch; n++) for (let r = 0; r < oh; r++) for (let s = 0; s < ow; s++) {
      const [a, b] = [r - p + i, s - q + j];
      if (a >= 0 && a < h && b >= 0 && b < w) sum += x[((n * channels + c) * h + a) * w + b]! * dy[((n * filters + o) * oh + r) * ow + s]!;
    }
    result[at++] = sum;
  }
  return result;
}

test.each(CASES)('gradient of the filter of convolution %o', (c) => {
  const { batch, channels, filters, size, padding } = c;
  const result = size.map((n, i) => n + 2 * padding[i]! - 2) as [number, number];
  const m = new PlanMaker();
  const x = m.input('float32', noise(batch * channels * count(size), 1), [batch, channels, ...size]);
  const dy = m.input('float32', noise(batch * filters * count(result), 3), [batch, filters, ...result]);
  const slot = m.output('float32', filters * channels * 9);
  m.kernels.push({
    kind: 'contract', sizes: [batch, filters, channels, ...result, 3, 3], out: [1, 2, 5, 6],
    a: dy, accessA: [plain(0), plain(1), plain(3), plain(4)],
    b: x, accessB: [plain(0), plain(2), window(3, 5, 1, -padding[0]), window(4, 6, 1, -padding[1])],
    output: { slot, dtype: 'float32' },
  });
  const gradient = m.run(BACKENDS.whole)[0]!;
  expect(largestError(gradient, filterGradient(c, dataOf(m, x), dataOf(m, dy)))).toBeLessThan(4e-6);
  expect(m.run(BACKENDS.pieces)[0]).toEqual(gradient);
});

test('in exact mode values that are not finite spread no further than the sums they are in', () => {
  const values = noise(16 * 144, 1);
  values[500] = NaN;
  const reached = (backend: Backend): number => {
    const m = new PlanMaker();
    const slot = m.output('float32', 16 * 144);
    m.kernels.push({
      kind: 'contract', sizes: [1, 16, 16, 12, 12, 3, 3], out: [0, 1, 3, 4],
      a: m.input('float32', values, [1, 16, 12, 12]), accessA: [plain(0), plain(2), window(3, 5, 1, -1), window(4, 6, 1, -1)],
      b: m.input('float32', noise(16 * 144, 2), [16, 16, 3, 3]), accessB: [plain(1), plain(2), plain(5), plain(6)],
      output: { slot, dtype: 'float32' },
    });
    return Array.from(m.run(backend)[0]!, Number.isNaN).filter(Boolean).length;
  };
  expect(reached(wasm({ exact: true }))).toBe(16 * 9);
  expect(reached(BACKENDS.whole)).toBeGreaterThanOrEqual(16 * 9);
});
