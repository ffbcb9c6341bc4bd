import {
  IndexError, type DType, type GatherKernel, type Operand, type ScatterKernel, type ScatterMode, type TypedArray,
} from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { launchesOf } from '../lower';
import { arrayOf, at, dataOf, expectClose, indices, inPieces, noise, PlanMaker, Random, rowMajor } from '../testing';

const backend = wasm();
const pieces = inPieces();

function flat(shape: readonly number[], index: readonly number[]): number {
  const strides = rowMajor(shape);
  return index.reduce((sum, i, k) => sum + i * strides[k]!, 0);
}

const COMBINE: Record<ScatterMode, (x: number, y: number) => number> = {
  set: (_, y) => y,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  max: Math.max,
  min: Math.min,
};

function gather(m: PlanMaker, source: Operand, index: Operand, axis: number): GatherKernel {
  const { dtype } = source;
  const slot = m.output(dtype, index.shape.reduce((a, b) => a * b, 1));
  const kernel: GatherKernel = { kind: 'gather', axis, source, index, output: { slot, dtype } };
  m.kernels.push(kernel);
  return kernel;
}

/** Compares with a plain loop, whole and in pieces. */
function check(m: PlanMaker, expected: ArrayLike<number>, what: string): void {
  expectClose(m.run(backend)[0]!, expected, 0, what);
  expectClose(m.run(pieces)[0]!, expected, 0, `${what} in pieces`);
}

function checkGather(m: PlanMaker, source: Operand, index: Operand, axis: number): void {
  const [values, places] = [dataOf(m, source), dataOf(m, index)];
  const expected = [...indices(index.shape)].map((i) => at(values, source, i.map((x, k) => (k === axis ? at(places, index, i) : x))));
  check(m, expected, `${source.dtype} ${index.shape.join()} axis ${axis}`);
}

function scatter(m: PlanMaker, mode: ScatterMode, base: Operand, index: Operand, updates: Operand, axis: number): ScatterKernel {
  const { dtype, shape } = base;
  const slot = m.output(dtype, shape.reduce((a, b) => a * b, 1));
  const kernel: ScatterKernel = { kind: 'scatter', mode, axis, base, index, updates, output: { slot, dtype } };
  m.kernels.push(kernel);
  return kernel;
}

function checkScatter(m: PlanMaker, mode: ScatterMode, base: Operand, index: Operand, updates: Operand, axis: number): void {
  const { dtype, shape } = base;
  const expected: TypedArray = arrayOf(dtype, [...indices(shape)].map((i) => at(dataOf(m, base), base, i)));
  for (const i of indices(index.shape)) {
    const target = flat(shape, i.map((x, k) => (k === axis ? at(dataOf(m, index), index, i) : x)));
    const combined = COMBINE[mode](expected[target]!, at(dataOf(m, updates), updates, i));
    expected[target] = dtype === 'bool' ? (combined !== 0 ? 1 : 0) : combined;
  }
  check(m, expected, `${mode} ${dtype} ${index.shape.join()} axis ${axis}`);
}

test('gather agrees with a plain loop over any strides and types', () => {
  const random = new Random(5);
  for (let round = 0; round < 250; round++) {
    const rank = 1 + random.below(4);
    const axis = random.below(rank);
    const shape = random.shape(rank, random.pick([3, 9]));
    const sourceShape = shape.map((n, i) => (i === axis ? 1 + random.below(5) : n + random.below(2)));
    const dtype = random.pick<DType>(['float32', 'int32', 'uint8', 'bool', 'float16']);
    const m = new PlanMaker();
    const source = random.operand(m, dtype, sourceShape);
    const index = random.operand(m, random.pick<DType>(['int32', 'uint32', 'uint8']), shape, () => random.below(sourceShape[axis]!));
    gather(m, source, index, axis);
    checkGather(m, source, index, axis);
  }
});

test('scatter combines in row-major order, over any strides, types and modes', () => {
  const random = new Random(6);
  for (let round = 0; round < 250; round++) {
    const rank = 1 + random.below(3);
    const axis = random.below(rank);
    const shape = random.shape(rank, random.pick([3, 9]));
    const baseShape = shape.map((n, i) => (i === axis ? 1 + random.below(5) : n + random.below(2)));
    const dtype = random.pick<DType>(['float32', 'float32', 'int32', 'uint32', 'uint8', 'bool']);
    const mode = random.pick<ScatterMode>(['set', 'add', 'mul', 'max', 'min']);
    const value = (): number => {
      if (dtype === 'float32' && mode === 'mul') return random.pick([1, -1, 2]);
      return dtype === 'float32' || dtype === 'bool' ? random.value(dtype) : random.below(50);
    };
    const m = new PlanMaker();
    const base = random.operand(m, dtype, baseShape, value);
    const index = random.operand(m, 'int32', shape, () => random.below(baseShape[axis]!));
    const updates = random.operand(m, dtype, shape, value);
    scatter(m, mode, base, index, updates, axis);
    checkScatter(m, mode, base, index, updates, axis);
  }
});

test('an index outside its axis names itself, the axis and its size, and the backend goes on working', () => {
  const gather = (index: number[], dtype: DType = 'int32'): ArrayLike<number> => {
    const m = new PlanMaker();
    const source = m.input('float32', [10, 20, 30], [3]);
    const places = m.input(dtype, index);
    const slot = m.output('float32', index.length, true);
    m.kernels.push({ kind: 'gather', axis: 0, source, index: places, output: { slot, dtype: 'float32' } });
    return m.run(backend)[0]!;
  };
  expect(() => gather([0, 3, 1])).toThrow(IndexError);
  expect(() => gather([0, 3, 1])).toThrow('gather: index 3 is out of range for axis 0 of size 3');
  expect(() => gather([-1])).toThrow('index -1 is out of range');
  expect(() => gather([4294967295], 'uint32')).toThrow('index 4294967295 is out of range');
  expect(Array.from(gather([2, 0]))).toEqual([30, 10]);

  const m = new PlanMaker();
  const base = m.input('float32', new Float32Array(8), [2, 4]);
  const index = m.input('int32', [0, 4], [1, 2]);
  const updates = m.input('float32', [1, 2], [1, 2]);
  const slot = m.output('float32', 8);
  m.kernels.push({ kind: 'scatter', mode: 'add', axis: 1, base, index, updates, output: { slot, dtype: 'float32' } });
  expect(() => m.run(backend)).toThrow('scatter: index 4 is out of range for axis 1 of size 4');
  expect(Array.from(gather([1]))).toEqual([20]);
});

/** Shapes that take stripes, long copies and rests: shape of the source, of the index, strides of the index, axis. */
const LARGE: [string, number[], number[], number[], number][] = [
  ['rows', [50, 203], [301, 203], [1, 0], 0],
  ['long rows', [9, 1031], [40, 1031], [1, 0], 0],
  ['rows of matrices', [9, 12, 70], [9, 30, 70], [30, 1, 0], 1],
  ['the same places of every row', [67, 90], [67, 131], [0, 1], 1],
  ['places along rows', [67, 90], [67, 131], [131, 1], 1],
  ['places down columns', [53, 203], [61, 203], [203, 1], 0],
  ['places down columns, the index turned', [53, 150], [61, 150], [1, 61], 0],
  ['places of a matrix between', [5, 9, 6, 70], [5, 11, 4, 67], [2948, 268, 67, 1], 1],
  ['one long line', [1000], [9001], [1], 0],
  ['one row', [20, 9001], [1, 9001], [0, 1], 0],
];

test.each(LARGE)('gather and scatter: %s', (_, shape, wanted, strides, axis) => {
  const random = new Random(7);
  const length = 1 + wanted.reduce((sum, n, k) => sum + (n - 1) * strides[k]!, 0);
  const places = Int32Array.from({ length }, () => random.below(shape[axis]!));
  const size = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
  for (const dtype of ['float32', 'uint8'] as const) {
    const values = (n: number): TypedArray =>
      dtype === 'float32' ? noise(n).map((v) => Math.round(v * 64)) : Uint8Array.from({ length: n }, () => random.below(256));
    const m = new PlanMaker();
    const source = m.input(dtype, values(size(shape)), shape);
    const index = m.input('int32', places, wanted, strides);
    gather(m, source, index, axis);
    checkGather(m, source, index, axis);
    for (const mode of ['set', 'add', 'max', 'min'] as const) {
      const n = new PlanMaker();
      const base = n.input(dtype, values(size(shape)), shape);
      const at = n.input('int32', places, wanted, strides);
      const updates = n.input(dtype, values(size(wanted)), wanted);
      scatter(n, mode, base, at, updates, axis);
      checkScatter(n, mode, base, at, updates, axis);
    }
  }
});

test('gathers are shared everywhere, scatters where units write to places of their own', () => {
  const units = (shape: number[], wanted: number[], strides: number[], axis: number): number[] => {
    const m = new PlanMaker();
    const operand = (s: readonly number[]): Operand => m.input('float32', new Float32Array(s.reduce((a, b) => a * b, 1)), s);
    const index = m.input('int32', new Int32Array(wanted.reduce((a, b) => a * b, 1)), wanted, strides);
    const kernels = [gather(m, operand(shape), index, axis), scatter(m, 'add', operand(shape), index, operand(wanted), axis)];
    return kernels.map((kernel) => launchesOf(kernel, () => 99).at(-1)!.split!.units);
  };
  const [rows, down, along, line] = [
    units([100, 512], [1000, 512], [1, 0], 0), units([100, 512], [1000, 512], [512, 1], 0),
    units([100, 512], [100, 512], [512, 1], 1), units([1000], [50_000], [1], 0),
  ];
  expect([rows, down, along, line].every(([first]) => first! > 5)).toBe(true);
  expect(rows[1]).toBe(8);
  expect(down[1]).toBe(8);
  expect(along[1]).toBeGreaterThan(5);
  expect(line[1]).toBe(1);
});

test('of several bad indices the first one in the order of the index is named, however the work is divided', () => {
  const [rows, columns] = [300, 130];
  const places = new Int32Array(rows * columns);
  // In stripes of columns and in pieces from the end, the last one is met first.
  places[100 * columns + 129] = 41;
  places[101 * columns + 3] = -7;
  places[299 * columns + 64] = 99;
  for (const axis of [0, 1]) {
    for (const one of [backend, pieces]) {
      const m = new PlanMaker();
      const [shape, wanted] = axis === 0 ? [[40, columns], [rows, columns]] : [[rows, 40], [rows, columns]];
      const operand = (s: readonly number[]): Operand => m.input('float32', new Float32Array(s.reduce((a, b) => a * b, 1)), s);
      const index = m.input('int32', places, wanted);
      const source = operand(shape);
      gather(m, source, index, axis);
      expect(() => m.run(one)).toThrow(`gather: index 41 is out of range for axis ${axis} of size 40`);
      m.kernels.pop();
      scatter(m, 'add', source, index, operand(wanted), axis);
      expect(() => m.run(one)).toThrow(`scatter: index 41 is out of range for axis ${axis} of size 40`);
    }
  }
});
