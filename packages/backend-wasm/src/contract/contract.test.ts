import type { Access, DType, Operand } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { dataOf, expectClose, indices, inPieces, noise, PlanMaker, Random } from '../testing';

const backend = wasm();
const pieces = inPieces();

function plain(label: number): Access {
  return { label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 };
}

interface Contraction {
  readonly sizes: readonly number[];
  readonly a: Operand;
  readonly accessA: readonly Access[];
  readonly b: Operand;
  readonly accessB: readonly Access[];
  readonly out: readonly number[];
}

function read(data: ArrayLike<number>, operand: Operand, access: readonly Access[], index: readonly number[]): number {
  let place = operand.offset;
  for (const [i, { label, scale, label2, scale2, offset, divisor }] of access.entries()) {
    const numerator = (label < 0 ? 0 : scale * index[label]!) + (label2 < 0 ? 0 : scale2 * index[label2]!) + offset;
    if (numerator % divisor !== 0) return 0;
    const coordinate = numerator / divisor;
    if (coordinate < 0 || coordinate >= operand.shape[i]!) return 0;
    place += coordinate * operand.strides[i]!;
  }
  return data[place]!;
}

/** Sums in float64, straight from the definition. */
function reference(m: PlanMaker, { sizes, a, accessA, b, accessB, out }: Contraction, integer = false): number[] {
  const [x, y] = [dataOf(m, a), dataOf(m, b)];
  const summed = sizes.map((_, label) => label).filter((label) => !out.includes(label));
  return [...indices(out.map((label) => sizes[label]!))].map((kept) => {
    let total = 0;
    const index = new Array<number>(sizes.length).fill(0);
    out.forEach((label, i) => (index[label] = kept[i]!));
    for (const rest of indices(summed.map((label) => sizes[label]!))) {
      summed.forEach((label, i) => (index[label] = rest[i]!));
      const [p, q] = [read(x, a, accessA, index), read(y, b, accessB, index)];
      total = integer ? (total + Math.imul(p, q)) | 0 : total + p * q;
    }
    return total;
  });
}

function run(m: PlanMaker, c: Contraction, dtype: DType = 'float32'): ArrayLike<number> {
  const slot = m.output(dtype, c.out.reduce((n, label) => n * c.sizes[label]!, 1));
  m.kernels.push({ kind: 'contract', ...c, output: { slot, dtype } });
  const result = m.run(backend)[0]!;
  expectClose(m.run(pieces)[0]!, result, 0, 'in pieces');
  return result;
}

function expectSame(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  const scale = Math.max(1, ...expected.map(Math.abs));
  expected.forEach((y, i) => {
    if (!(Math.abs(actual[i]! - y) <= 2e-6 * scale)) throw new Error(`${what}: element ${i} is ${actual[i]} instead of ${y}`);
  });
  expect(actual.length).toBe(expected.length);
}

/** [m, k] x [k, n], either one possibly stored transposed. */
function matmul(m: PlanMaker, rows: number, columns: number, depth: number, transposeA: boolean, transposeB: boolean): Contraction {
  const a = m.input('float32', noise(rows * depth, 1), transposeA ? [depth, rows] : [rows, depth]);
  const b = m.input('float32', noise(depth * columns, 2), transposeB ? [columns, depth] : [depth, columns]);
  return {
    sizes: [rows, columns, depth],
    a, accessA: transposeA ? [plain(2), plain(0)] : [plain(0), plain(2)],
    b, accessB: transposeB ? [plain(1), plain(2)] : [plain(2), plain(1)],
    out: [0, 1],
  };
}

const SIZES = [
  [1, 1, 1], [1, 9, 4], [2, 3, 5], [3, 17, 2], [4, 8, 1], [4, 8, 16], [5, 7, 9], [7, 1, 30], [9, 33, 65], [12, 10, 300], [31, 2, 17],
  [10, 64, 40],  [130, 9, 70], [5, 1040, 3], [6, 11, 1100],
] as const;

test.each(SIZES)('matrix products of %d x %d over %d agree with a plain loop, transposed or not', (rows, columns, depth) => {
  for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]] as const) {
    const m = new PlanMaker();
    const c = matmul(m, rows, columns, depth, ta, tb);
    expectSame(run(m, c), reference(m, c), `${rows} ${columns} ${depth} ${ta} ${tb}`);
  }
});

/** A matrix product in float64. */
function product(x: ArrayLike<number>, y: ArrayLike<number>, [rows, columns, depth]: readonly number[], ta: boolean,
  tb: boolean): number[] {
  const [m, n, k] = [rows!, columns!, depth!];
  const sums = new Array<number>(m * n).fill(0);
  for (let i = 0; i < m; i++) {
    for (let d = 0; d < k; d++) {
      const factor = x[ta ? d * m + i : i * k + d]!;
      for (let j = 0; j < n; j++) sums[i * n + j]! += factor * y[tb ? j * k + d : d * n + j]!;
    }
  }
  return sums;
}

const LARGE = [
  [200, 210, 130], [257, 129, 600], [129, 300, 40], [25, 8, 9000], [6, 200, 6400], [13, 21, 8191], [3, 5, 20000], [5000, 20, 33],
    [9, 10000, 33],
  [4999, 9, 17], [1, 3000, 700], [2, 700, 3000], [3000, 1, 400], [64, 64, 5003],
] as const;

test.each(LARGE)('products of %d x %d over %d, cut into blocks, parts and trips, agree with a plain loop', (rows, columns, depth) => {
  for (const [ta, tb] of [[false, false], [true, false], [false, true]] as const) {
    const m = new PlanMaker();
    const c = matmul(m, rows, columns, depth, ta, tb);
    const expected = product(dataOf(m, c.a), dataOf(m, c.b), [rows, columns, depth], ta, tb);
    const actual = run(m, c);
    let worst = 0;
    expected.forEach((y, i) => (worst = Math.max(worst, Math.abs(actual[i]! - y))));
    expect(worst, `${ta} ${tb}`).toBeLessThan(4e-6 * Math.sqrt(depth));
  }
});

test('random einsums over operands with random strides', () => {
  const random = new Random(12);
  for (let round = 0; round < 200; round++) {
    const labels = 1 + random.below(5);
    const sizes = random.shape(labels, random.pick([3, 6]));
    const some = (): number[] => [...sizes.keys()].filter(() => random.below(3) > 0).sort(() => random.below(3) - 1);
    const [inA, inB] = [some(), some()];
    const used = [...sizes.keys()].filter((label) => inA.includes(label) || inB.includes(label));
    const out = used.filter(() => random.below(2) === 0).sort(() => random.below(3) - 1);
    const m = new PlanMaker();
    const dtype = random.pick<DType>(['float32', 'float32', 'int32', 'uint32', 'uint8']);
    const value = (): number => (dtype === 'float32' ? random.value(dtype) : random.below(20));
    const c: Contraction = {
      sizes, out,
      a: random.operand(m, dtype, inA.map((label) => sizes[label]!), value), accessA: inA.map(plain),
      b: random.operand(m, dtype, inB.map((label) => sizes[label]!), value), accessB: inB.map(plain),
    };
    const expected = reference(m, c, dtype !== 'float32');
    const wrapped = dtype === 'uint8' ? expected.map((x) => x & 255) : dtype === 'uint32' ? expected.map((x) => x >>> 0) : expected;
    const what = `${dtype} sizes ${sizes.join()} a ${inA.join()} b ${inB.join()} out ${out.join()}`;
    if (dtype === 'float32') expectSame(run(m, c, dtype), wrapped, what);
    else expectClose(run(m, c, dtype), wrapped, 0, what);
  }
});

test('random accesses of two labels with offsets and divisors, inside and outside the operand', () => {
  const random = new Random(13);
  for (let round = 0; round < 300; round++) {
    const sizes = random.shape(2 + random.below(4), 5);
    const label = (): number => random.below(sizes.length + 1) - 1;
    const access = (): Access => {
      const kind = random.below(3);
      if (kind === 0) return plain(random.below(sizes.length));
      return {
        label: label(), scale: random.pick([1, 1, 2, -1]), label2: kind === 1 ? -1 : label(), scale2: random.pick([1, -1, -2, 3]),
        offset: random.below(7) - 3, divisor: random.pick([1, 1, 2, 3]),
      };
    };
    const m = new PlanMaker();
    const side = (): { operand: Operand; accesses: Access[] } => {
      const accesses = Array.from({ length: random.below(4) }, access);
      // A plain access promises to stay inside.
      const isPlain = (x: Access): boolean => x.divisor === 1 && x.label2 < 0 && x.offset === 0 && x.label >= 0;
      const shape = accesses.map((x) => (isPlain(x) ? sizes[x.label]! : 1 + random.below(5)));
      return { operand: random.operand(m, 'float32', shape), accesses };
    };
    const [a, b] = [side(), side()];
    const out = [...sizes.keys()].filter(() => random.below(2) === 0).sort(() => random.below(3) - 1);
    const c: Contraction = { sizes, out, a: a.operand, accessA: a.accesses, b: b.operand, accessB: b.accesses };
    expectSame(run(m, c), reference(m, c), JSON.stringify({ sizes, out, a, b }));
  }
});

test('a contraction of bools is true where any product is', () => {
  const m = new PlanMaker();
  const a = m.input('bool', [1, 0, 0, 0, 1, 1], [2, 3]);
  const b = m.input('bool', [0, 1, 1, 0, 1, 0], [3, 2]);
  const c = { sizes: [2, 2, 3], a, accessA: [plain(0), plain(2)], b, accessB: [plain(2), plain(1)], out: [0, 1] };
  expect(Array.from(run(m, c, 'bool'))).toEqual([0, 1, 1, 0]);
});

interface Conv {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly [number, number];
  readonly window: readonly [number, number];
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** Labels: image, group, output channel, input channel, rows and columns of the result, rows and columns of the window. */
function conv(c: Conv): { sizes: number[]; x: number[]; w: number[]; y: number[]; window: (axis: number) => Access } {
  const result = c.size.map((n, a) => Math.floor((n + 2 * c.padding - (c.window[a]! - 1) * c.dilation - 1) / c.stride) + 1);
  return {
    sizes: [c.batch, c.groups, c.outputs, c.channels, ...result, ...c.window],
    x: [c.batch, c.groups, c.channels, ...c.size],
    w: [c.groups, c.outputs, c.channels, ...c.window],
    y: [c.batch, c.groups, c.outputs, ...result],
    window: (axis) => ({ label: 4 + axis, scale: c.stride, label2: 6 + axis, scale2: c.dilation, offset: -c.padding, divisor: 1 }),
  };
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const CONVOLUTIONS: Conv[] = [
  { batch: 2, groups: 1, channels: 3, outputs: 4, size: [8, 8], window: [3, 3], stride: 1, padding: 1, dilation: 1 },
  { batch: 3, groups: 1, channels: 1, outputs: 6, size: [9, 7], window: [5, 5], stride: 1, padding: 2, dilation: 1 },
  { batch: 2, groups: 1, channels: 5, outputs: 3, size: [11, 9], window: [3, 3], stride: 2, padding: 1, dilation: 1 },
  { batch: 1, groups: 1, channels: 2, outputs: 2, size: [12, 13], window: [3, 2], stride: 3, padding: 0, dilation: 2 },
  { batch: 2, groups: 1, channels: 8, outputs: 5, size: [6, 6], window: [1, 1], stride: 1, padding: 0, dilation: 1 },
  { batch: 2, groups: 3, channels: 2, outputs: 4, size: [7, 7], window: [3, 3], stride: 1, padding: 1, dilation: 1 },
  { batch: 2, groups: 6, channels: 1, outputs: 1, size: [10, 10], window: [3, 3], stride: 2, padding: 1, dilation: 1 },
];

test.each(CONVOLUTIONS)('convolution %o and both gradients agree with a plain loop', (options) => {
  const { sizes, x, w, y, window } = conv(options);
  const accessX = [plain(0), plain(1), plain(3), window(0), window(1)];
  const accessW = [plain(1), plain(2), plain(3), plain(6), plain(7)];
  const accessY = [plain(0), plain(1), plain(2), plain(4), plain(5)];
  {
    const m = new PlanMaker();
    const c: Contraction = {
      sizes, out: [0, 1, 2, 4, 5],
      a: m.input('float32', noise(count(x), 1), x), accessA: accessX,
      b: m.input('float32', noise(count(w), 2), w), accessB: accessW,
    };
    expectSame(run(m, c), reference(m, c), 'forward');
  }
  {
    const m = new PlanMaker();
    const c: Contraction = {
      sizes, out: [1, 2, 3, 6, 7],
      a: m.input('float32', noise(count(y), 3), y), accessA: accessY,
      b: m.input('float32', noise(count(x), 1), x), accessB: accessX,
    };
    expectSame(run(m, c), reference(m, c), 'gradient of the filter');
  }
  {
    // Labels 4 and 5 are now the coordinates of the input; the result is read at (h + p - k d) / s.
    const m = new PlanMaker();
    const back = (axis: number): Access => ({
      label: 4 + axis, scale: 1, label2: 6 + axis, scale2: -options.dilation, offset: options.padding, divisor: options.stride,
    });
    const c: Contraction = {
      sizes: [...sizes.slice(0, 4), ...options.size, ...options.window], out: [0, 1, 3, 4, 5],
      a: m.input('float32', noise(count(y), 3), y), accessA: [plain(0), plain(1), plain(2), back(0), back(1)],
      b: m.input('float32', noise(count(w), 2), w), accessB: accessW,
    };
    expectSame(run(m, c), reference(m, c), 'gradient of the input');
  }
});

test('operands read entirely outside, sums over nothing and fixed places', () => {
  const m = new PlanMaker();
  const a = m.input('float32', [1, 2, 3], [3]);
  const b = m.input('float32', [10, 20], [2]);
  const at = (label: number, offset: number): Access => ({ ...plain(label), offset });
  const outside = { sizes: [3, 2], a, accessA: [at(0, 5)], b, accessB: [plain(1)], out: [0, 1] };
  expect(Array.from(run(m, outside))).toEqual([0, 0, 0, 0, 0, 0]);
  const fixed = new PlanMaker();
  const x = fixed.input('float32', [1, 2, 3], [3]);
  const y = fixed.input('float32', [10, 20], [2]);
  const c = { sizes: [2], a: x, accessA: [at(-1, 2)], b: y, accessB: [plain(0)], out: [0] };
  expect(Array.from(run(fixed, c))).toEqual([30, 60]);
  const empty = new PlanMaker();
  const p = empty.input('float32', [], [2, 0]);
  const q = empty.input('float32', [], [0, 3]);
  const none = { sizes: [2, 3, 0], a: p, accessA: [plain(0), plain(2)], b: q, accessB: [plain(2), plain(1)], out: [0, 1] };
  expect(Array.from(run(empty, none))).toEqual([0, 0, 0, 0, 0, 0]);
});

test('NaN and infinity spread as in the definition', () => {
  const m = new PlanMaker();
  const a = m.input('float32', [1, NaN, 3, 4, 5, 6], [2, 3]);
  const b = m.input('float32', [1, 1, Infinity], [3, 1]);
  const c = { sizes: [2, 1, 3], a, accessA: [plain(0), plain(2)], b, accessB: [plain(2), plain(1)], out: [0, 1] };
  expect(Array.from(run(m, c))).toEqual([NaN, Infinity]);
});

test.each([[1, 64, 5], [1, 1027, 3], [3, 2050, 9],
  [2, 101, 1]] as const)('a row times a matrix: %i batches, %i columns, sums of %i', (batches, n, k) => {
  const m = new PlanMaker();
  // The row is read backwards, the matrix has spare columns.
  const pitch = n + 3;
  const a = m.input('float32', noise(batches * k, 1), [batches, k], [k, -1], k - 1);
  const b = m.input('float32', noise(batches * k * pitch, 2), [batches, k, n], [k * pitch, pitch, 1]);
  const product: Contraction = { sizes: [batches, k, n], a, accessA: [plain(0), plain(1)], b,
    accessB: [plain(0), plain(1), plain(2)], out: [0, 2] };
  expectSame(run(m, product), reference(m, product), 'a row times a matrix');
});

test.each([[1, 5, 64], [2, 131, 67], [3, 64, 129],
  [1, 66, 1026]] as const)('a row times columns that are neighbours: %i batches, %i columns, sums of %i', (batches, n, k) => {
  const m = new PlanMaker();
  // Columns are further apart than they are long; what lies between them does not count.
  const pitch = k + 5;
  const a = m.input('float32', noise(batches * k, 1), [batches, k]);
  const matrix = noise(batches * n * pitch, 2);
  for (let i = k; i < matrix.length; i += pitch) matrix[i] = NaN;
  const b = m.input('float32', matrix, [batches, n, k], [n * pitch, pitch, 1]);
  const product: Contraction = { sizes: [batches, n, k], a, accessA: [plain(0), plain(2)], b,
    accessB: [plain(0), plain(1), plain(2)], out: [0, 1] };
  expectSame(run(m, product), reference(m, product), 'a row times columns');
});

test('products of all small shapes, transposed or not', () => {
  const random = new Random(11);
  for (let round = 0; round < 300; round++) {
    const [rows, columns, depth] = [1, 2, 3].map(() => 1 + random.below(40)) as [number, number, number];
    const m = new PlanMaker();
    const c = matmul(m, rows, columns, depth, random.below(2) === 1, random.below(2) === 1);
    expectSame(run(m, c), reference(m, c), `${rows} x ${columns} over ${depth}`);
  }
});
