import type { DType, ReduceOp } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { at, dataOf, expectClose, indices, noise, PlanMaker, Random, rowMajor } from '../testing';

const backend = wasm();
const OPS: readonly ReduceOp[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'];

function outputType(op: ReduceOp, dtype: DType): DType {
  return op === 'argmax' || op === 'argmin' ? 'int32' : dtype;
}

/** Reduction of one row in float64, wrapped to the type by the caller. */
function reference(op: ReduceOp, dtype: DType, row: readonly number[]): number {
  const beats = (x: number, y: number): boolean => (op.endsWith('max') ? x > y : x < y) || (Number.isNaN(x) && !Number.isNaN(y));
  switch (op) {
    case 'sum':
      return row.reduce((a, b) => (dtype === 'float32' ? a + b : (a + b) | 0), 0);
    case 'prod':
      return row.reduce((a, b) => (dtype === 'float32' ? a * b : Math.imul(a, b)), 1);
    case 'max':
      return row.reduce((a, b) => Math.max(a, b));
    case 'min':
      return row.reduce((a, b) => Math.min(a, b));
    default:
      return row.reduce((best, x, i) => (beats(x, row[best]!) ? i : best), 0);
  }
}

function wrap(dtype: DType, x: number): number {
  if (dtype === 'float32') return Math.fround(x);
  if (dtype === 'bool') return x !== 0 ? 1 : 0;
  return dtype === 'uint8' ? x & 255 : dtype === 'uint32' ? x >>> 0 : x | 0;
}

test('all reductions agree with a plain loop, over any strides, shapes and types', () => {
  const random = new Random(3);
  for (let round = 0; round < 400; round++) {
    const rank = 1 + random.below(4);
    const shape = random.shape(rank, random.pick([3, 6, 40]));
    const kept = random.below(rank + 1);
    const dtype = random.pick<DType>(['float32', 'float32', 'float32', 'int32', 'uint32', 'uint8', 'bool']);
    const op = random.pick(OPS);
    const m = new PlanMaker();
    const special = random.below(3) === 0;
    const value = (): number => {
      if (dtype === 'float32' && op === 'prod') return random.pick([1, -1, 2, 0.5]);
      if (dtype === 'float32' && special && random.below(5) === 0) return random.pick([NaN, -Infinity, Infinity]);
      return random.value(dtype);
    };
    const operand = random.operand(m, dtype, shape, value);
    const keptShape = shape.slice(0, kept);
    const out = outputType(op, dtype);
    const slot = m.output(out, keptShape.reduce((a, b) => a * b, 1));
    m.kernels.push({
      kind: 'reduce', op, shape, kept, inputs: [operand], constants: [],
      body: [{ op: 'load', input: 0, dtype }], value: 0, output: { slot, dtype: out },
    });
    const data = dataOf(m, operand);
    const expected = [...indices(keptShape)].map((outer) => {
      const row = [...indices(shape.slice(kept))].map((inner) => at(data, operand, [...outer, ...inner]));
      return wrap(out, reference(op, dtype, row));
    });
    expectClose(m.run(backend)[0]!, expected, 0, `${op} ${dtype} ${shape.join()} kept ${kept} strides ${operand.strides.join()}`);
  }
});

test('the body is computed before it is reduced, with coordinates and constants', () => {
  for (const [shape, kept] of [[[5, 11], 1], [[11, 5], 0], [[4, 3, 6], 1]] as const) {
    const m = new PlanMaker();
    const total = shape.reduce((a, b) => a * b, 1);
    const x = noise(total);
    const inputs = [m.input('float32', x, shape)];
    const keptShape = shape.slice(0, kept);
    const slot = m.output('float32', keptShape.reduce((a, b) => a * b, 1));
    const axis = shape.length - 1;
    m.kernels.push({
      kind: 'reduce', op: 'sum', shape, kept, inputs, constants: [0.5],
      body: [
        { op: 'load', input: 0, dtype: 'float32' },
        { op: 'index', axis, dtype: 'int32' },
        { op: 'cast', args: [1], dtype: 'float32' },
        { op: 'mul', args: [0, 2], dtype: 'float32' },
        { op: 'const', constant: 0, dtype: 'float32' },
        { op: 'add', args: [3, 4], dtype: 'float32' },
      ],
      value: 5,
      output: { slot, dtype: 'float32' },
    });
    const strides = rowMajor(shape);
    const expected = [...indices(keptShape)].map((outer) =>
      [...indices(shape.slice(kept))].reduce((sum, inner) => {
        const index = [...outer, ...inner];
        return sum + x[index.reduce((s, i, k) => s + i * strides[k]!, 0)]! * index[axis]! + 0.5;
      }, 0),
    );
    expectClose(m.run(backend)[0]!, expected, 1e-5);
  }
});

test.each([
  ['rows', [1_000_000], 0],
  ['columns', [250_000, 4], 1],
] as const)('a float32 sum of a million numbers keeps six digits and more (%s)', (form, shape, kept) => {
  const m = new PlanMaker();
  const x = noise(1_000_000).map((v) => v + 1);
  // In the second case the reduced axis is the outer one in memory.
  const operand = form === 'rows' ? m.input('float32', x) : m.input('float32', x, [4, 250_000], [1, 4]);
  const slot = m.output('float32', form === 'rows' ? 1 : 4);
  const kernelShape = form === 'rows' ? shape : [4, 250_000];
  m.kernels.push({
    kind: 'reduce', op: 'sum', shape: kernelShape, kept, inputs: [operand], constants: [],
    body: [{ op: 'load', input: 0, dtype: 'float32' }], value: 0, output: { slot, dtype: 'float32' },
  });
  const columns = form === 'rows' ? 1 : 4;
  const expected = Array.from({ length: columns }, (_, c) => x.reduce((sum, v, i) => (i % columns === c ? sum + v : sum), 0));
  expectClose(m.run(backend)[0]!, expected, 2e-7);
});

test('reductions of nothing give the value that changes nothing', () => {
  for (const [op, value] of [['sum', 0], ['prod', 1], ['max', -Infinity], ['min', Infinity]] as const) {
    const m = new PlanMaker();
    const operand = m.input('float32', [], [3, 0]);
    const slot = m.output('float32', 3);
    m.kernels.push({
      kind: 'reduce', op, shape: [3, 0], kept: 1, inputs: [operand], constants: [],
      body: [{ op: 'load', input: 0, dtype: 'float32' }], value: 0, output: { slot, dtype: 'float32' },
    });
    expect(Array.from(m.run(backend)[0]!)).toEqual([value, value, value]);
  }
});

test('the first of equal extremes is found, and NaN counts as the extreme', () => {
  const position = (op: 'argmax' | 'argmin', values: number[]): number => {
    const m = new PlanMaker();
    const operand = m.input('float32', values);
    const slot = m.output('int32', 1);
    m.kernels.push({
      kind: 'reduce', op, shape: [values.length], kept: 0, inputs: [operand], constants: [],
      body: [{ op: 'load', input: 0, dtype: 'float32' }], value: 0, output: { slot, dtype: 'int32' },
    });
    return m.run(backend)[0]![0]!;
  };
  expect(position('argmax', [1, 5, 2, 5, 5, 0, 5])).toBe(1);
  expect(position('argmin', [1, 0, 2, 0, 5, 0, 5, 3, 0])).toBe(1);
  expect(position('argmax', [1, 2, 3, 4, 9, NaN, 7, 8, NaN])).toBe(5);
  expect(position('argmax', [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity])).toBe(0);
});
