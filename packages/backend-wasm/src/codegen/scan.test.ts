import type { DType, Operand, ScanKernel, ScanOp, TypedArray } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { launchesOf } from '../lower';
import { arrayOf, at, dataOf, expectClose, indices, inPieces, noise, PlanMaker, Random, rowMajor } from '../testing';

const backend = wasm();
const pieces = inPieces();

/** One element after another, floats in double precision. */
function expected(op: ScanOp, data: TypedArray, input: Operand, axis: number): TypedArray {
  const { shape, dtype } = input;
  const result = arrayOf(dtype, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0));
  const strides = rowMajor(shape);
  const totals = new Map<number, number>();
  for (const index of indices(shape)) {
    const flat = index.reduce((sum, i, k) => sum + i * strides[k]!, 0);
    const line = flat - index[axis]! * strides[axis]!;
    const value = at(data, input, index);
    const before = totals.get(line);
    const product = dtype === 'float32' ? (x: number, y: number) => x * y : Math.imul;
    const combined = { cumsum: (x: number, y: number) => x + y, cumprod: product, cummax: Math.max }[op];
    const total = before === undefined ? value : combined(before, value);
    totals.set(line, total);
    result[flat] = total;
  }
  return result;
}

function scan(m: PlanMaker, op: ScanOp, input: Operand, axis: number): ScanKernel {
  const { dtype } = input;
  const slot = m.output(dtype, input.shape.reduce((a, b) => a * b, 1));
  const kernel: ScanKernel = { kind: 'scan', op, axis, input, output: { slot, dtype } };
  m.kernels.push(kernel);
  return kernel;
}

function check(m: PlanMaker, op: ScanOp, input: Operand, axis: number): void {
  const what = `${op} ${input.dtype} ${input.shape.join()} strides ${input.strides.join()} axis ${axis}`;
  const result = m.run(backend)[0]!;
  expectClose(result, expected(op, dataOf(m, input), input, axis), 0, what);
  expectClose(m.run(pieces)[0]!, result, 0, `${what} in pieces`);
}

test('scans agree with a plain loop over any strides and types, however they are divided', () => {
  const random = new Random(11);
  for (let round = 0; round < 250; round++) {
    const rank = 1 + random.below(4);
    const shape = random.shape(rank, random.pick([3, 9, 21]));
    const op = random.pick<ScanOp>(['cumsum', 'cumprod', 'cummax']);
    const dtype = random.pick<DType>(op === 'cummax' ? ['float32', 'int32', 'uint32', 'uint8', 'bool'] : ['float32', 'int32']);
    const m = new PlanMaker();
    const input = random.operand(m, dtype, shape, op === 'cumprod' ? () => random.pick([1, -1, 2, 1]) : undefined);
    const axis = random.below(rank);
    scan(m, op, input, axis);
    check(m, op, input, axis);
  }
});

test.each([
  ['down columns', [70, 1003], 0, [1003, 1]],
  ['down columns with gaps between rows', [33, 131], 0, [140, 1]],
  ['down columns that lie apart', [61, 205], 0, [1, 61]],
  ['down the columns of several matrices', [3, 70, 130], 1, [9100, 130, 1]],
  ['along rows', [303, 71], 1, [71, 1]],
  ['along rows that lie side by side', [133, 90], 1, [1, 133]],
  ['along the axis between', [20, 50, 7], 1, [350, 7, 1]],
  ['along one line', [5003], 0, [1]],
  ['over an axis of one', [19, 1, 40], 1, [40, 40, 1]],
] as [string, number[], number, number[]][])('scans %s', (_, shape, axis, strides) => {
  for (const op of ['cumsum', 'cumprod', 'cummax'] as const) {
    const m = new PlanMaker();
    const length = 1 + shape.reduce((sum, n, k) => sum + (n - 1) * strides[k]!, 0);
    const input = m.input('float32', noise(length).map((v) => (op === 'cumprod' ? 1 + v / 8 : v)), shape, strides);
    scan(m, op, input, axis);
    check(m, op, input, axis);
  }
});

test('scans are shared in units along and across the scanned axis', () => {
  const unitsOf = (shape: number[], axis: number): number => {
    const m = new PlanMaker();
    const kernel = scan(m, 'cumsum', m.input('float32', new Float32Array(shape[0]! * shape[1]!), shape), axis);
    return launchesOf(kernel, () => 99)[0]!.split!.units;
  };
  expect(unitsOf([300, 1024], 0)).toBe(8);
  expect(unitsOf([1024, 300], 1)).toBeGreaterThan(50);
});

test('NaN stays in its line from where it comes in', () => {
  const [rows, columns] = [9, 21];
  const x = new Float32Array(rows * columns).fill(1);
  x[4 * columns + 17] = NaN;
  for (const op of ['cumsum', 'cumprod', 'cummax'] as const) {
    for (const axis of [0, 1]) {
      const m = new PlanMaker();
      scan(m, op, m.input('float32', x, [rows, columns]), axis);
      const result = m.run(backend)[0]!;
      const bad = [...indices([rows, columns])].filter(([r, c]) => Number.isNaN(result[r! * columns + c!]));
      expect(bad).toEqual(axis === 0 ? [4, 5, 6, 7, 8].map((r) => [r, 17]) : [17, 18, 19, 20].map((c) => [4, c]));
    }
  }
});
