import type { DType, Operand, TypedArray } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../../index';
import { at, dataOf, expectClose, indices, inPieces, PlanMaker, Random } from '../../testing';

const backend = wasm();
const pieces = inPieces();
const DTYPES: readonly DType[] = ['float32', 'float32', 'int32', 'uint32', 'uint8', 'bool'];
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-45, -1e-45, 3e38];

const unused = (): void => {
  throw new Error('the code of the backend should run');
};

function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

/** The list with another number at one place; an axis that a scalar lacks changes nothing. */
function changed(list: readonly number[], place: number, value: number): number[] {
  return list.map((x, i) => (i === place ? value : x));
}

function sorted(data: TypedArray, input: Operand, axis: number, descending: boolean, shape: readonly number[]): number[] {
  const orders = new Map<string, number[]>();
  return [...indices(shape)].map((index) => {
    const value = (k: number): number => at(data, input, changed(index, axis, k));
    const row = changed(index, axis, 0).join();
    let order = orders.get(row);
    if (order === undefined) {
      const values = Array.from({ length: input.shape[axis] ?? 1 }, (_, k) => value(k));
      order = [...values.keys()].sort((p, q) => (descending ? -1 : 1) * compare(values[p]!, values[q]!) || p - q);
      orders.set(row, order);
    }
    return order[index[axis] ?? 0]!;
  });
}

function addSort(m: PlanMaker, input: Operand, axis: number, descending: boolean, shape: readonly number[]): void {
  const slot = m.output('int32', shape.reduce((a, b) => a * b, 1));
  m.kernels.push({ kind: 'sort', axis, descending, inputs: [input], outputs: [{ slot, dtype: 'int32', shape }], run: unused });
}

function valueOf(random: Random, dtype: DType): () => number {
  const few = random.below(2) === 0;
  return () => {
    if (dtype === 'float32' && random.below(3) === 0) return random.pick(SPECIAL);
    return few ? random.below(2) : random.value(dtype);
  };
}

test('positions agree with a stable sort for every dtype, axis, stride, direction and number of places', () => {
  const random = new Random(5);
  for (let round = 0; round < 400; round++) {
    const dtype = random.pick(DTYPES);
    const shape = random.shape(1 + random.below(3), 4);
    const axis = random.below(shape.length);
    shape[axis] = random.pick([0, 1, 2, 3, 5, 31, 32, 33, 64, 257]);
    const descending = random.below(2) === 0;
    const m = new PlanMaker();
    const input = random.operand(m, dtype, shape, valueOf(random, dtype));
    const places = changed(shape, axis, random.below(2) === 0 ? shape[axis] : random.below(shape[axis] + 1));
    addSort(m, input, axis, descending, places);
    const expected = sorted(dataOf(m, input), input, axis, descending, places);
    const what = JSON.stringify({ dtype, shape, strides: input.strides, axis, places, descending });
    expectClose(m.run(backend)[0]!, expected, 0, what);
    expectClose(m.run(pieces)[0]!, expected, 0, `${what} in pieces`);
  }
});

test('long rows, which are sorted by wider digits, and rows in arrays of their own', () => {
  const random = new Random(6);
  for (const [rows, size] of [[3, 20001], [2, 70000], [1, 100003]] as const) {
    for (const dtype of ['float32', 'int32', 'uint8'] as const) {
      for (const descending of [false, true]) {
        const m = new PlanMaker();
        const input = m.input(dtype, Array.from({ length: rows * size }, valueOf(random, dtype)), [rows, size]);
        addSort(m, input, 1, descending, [rows, size]);
        addSort(m, input, 1, descending, [rows, 10]);
        const expected = sorted(dataOf(m, input), input, 1, descending, [rows, size]);
        const first = [...indices([rows, 10])].map(([r, k]) => expected[r! * size + k!]!);
        for (const where of [backend, pieces]) {
          const [all, few] = m.run(where);
          expectClose(all!, expected, 0, `${dtype} ${rows} x ${size}`);
          expectClose(few!, first, 0, `${dtype} ${rows} x ${size}, ten places`);
        }
      }
    }
  }
});

test('every bit of a float counts', () => {
  const random = new Random(7);
  const words = Int32Array.from({ length: 5000 }, () => random.below(2 ** 16) | (random.below(2 ** 16) << 16));
  const data = new Float32Array(words.buffer);
  const m = new PlanMaker();
  const input = m.input('float32', data);
  addSort(m, input, 0, false, [5000]);
  expect([...m.run(backend)[0]!]).toEqual(sorted(data, input, 0, false, [5000]));
});

test('a scalar has one place', () => {
  const m = new PlanMaker();
  addSort(m, m.input('float32', [5], []), 0, false, []);
  expect([...m.run(backend)[0]!]).toEqual([0]);
});

test('a list that takes every element in turn: rising numbers, falling order', () => {
  const m = new PlanMaker();
  const input = m.input('float32', Float32Array.from({ length: 1000 }, (_, i) => i));
  addSort(m, input, 0, true, [20]);
  expect([...m.run(backend)[0]!]).toEqual(Array.from({ length: 20 }, (_, i) => 999 - i));
});

test('places of values in sorted rows, for every dtype and stride, one row or many', () => {
  const random = new Random(8);
  for (let round = 0; round < 400; round++) {
    const dtype = random.pick(DTYPES);
    const right = random.below(2) === 0;
    const lead = random.shape(random.below(3), 4);
    const size = random.pick([0, 1, 2, 3, 4, 7, 33, 100]);
    const count = random.pick([0, 1, 2, 5, 70, 200]);
    const shared = lead.length === 0 || random.below(2) === 0;
    const m = new PlanMaker();
    const value = valueOf(random, dtype);
    const rowsShape = shared ? [size] : [...lead, size];
    const rows = random.operand(m, dtype, rowsShape, value);
    const data = dataOf(m, rows);
    // Rows read through strides need not rise, so they are replaced by ones that do, and read the same way.
    const rising = rowsShape.every((n, a) => n === 1 || rows.strides[a] !== 0);
    const values = random.operand(m, dtype, shared && random.below(5) === 0 ? [] : [...(shared ? lead : lead), count], value);
    for (const row of indices(rowsShape.slice(0, -1))) {
      const old = Array.from({ length: size }, (_, k) => at(data, rows, [...row, k])).sort(compare);
      old.forEach((x, k) => (data[[...row, k].reduce((sum, i, a) => sum + i * rows.strides[a]!, rows.offset)] = x));
    }
    if (!rising) continue;
    const slot = m.output('int32', values.shape.reduce((a, b) => a * b, 1));
    const outputs = [{ slot, dtype: 'int32', shape: values.shape }] as const;
    m.kernels.push({ kind: 'search', right, inputs: [rows, values], outputs, run: unused });
    const expected = [...indices(values.shape)].map((index) => {
      const x = at(dataOf(m, values), values, index);
      const row = shared ? [] : index.slice(0, -1);
      return Array.from({ length: size }, (_, k) => compare(at(data, rows, [...row, k]), x))
        .filter((c) => c < 0 || (right && c === 0)).length;
    });
    const what = JSON.stringify({ dtype, rows, values: values.shape, right });
    expectClose(m.run(backend)[0]!, expected, 0, what);
    expectClose(m.run(pieces)[0]!, expected, 0, `${what} in pieces`);
  }
});
