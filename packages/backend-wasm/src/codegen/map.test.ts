import { fromHalf, isFloat, scalarMath, toHalf, type BinaryOp, type DType, type Instruction, type Operand } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { arrayOf, at, dataOf, expectClose, indices, noise, PlanMaker, Random } from '../testing';

const backend = wasm();
const TYPES: readonly DType[] = ['float32', 'int32', 'uint32', 'uint8', 'bool'];

/** Runs a program over inputs of one shape. */
function evaluate(
  maker: PlanMaker,
  shape: readonly number[],
  inputs: readonly Operand[],
  body: readonly Instruction[],
  constants: readonly number[] = [],
): ArrayLike<number> {
  const dtype = body.at(-1)!.dtype;
  const slot = maker.output(dtype, shape.reduce((a, b) => a * b, 1));
  maker.kernels.push({ kind: 'map', shape, inputs, constants, body, outputs: [{ slot, dtype, value: body.length - 1 }] });
  return maker.run(backend)[0]!;
}

/** What storing a number in an array of the type gives. */
function stored(dtype: DType, value: number): number {
  if (dtype === 'bool') return value !== 0 ? 1 : 0;
  return arrayOf(dtype, [value])[0]!;
}

test('arrays of every small length are computed to their last element', () => {
  for (let n = 0; n <= 21; n++) {
    const m = new PlanMaker();
    const [x, y] = [noise(n, 1), noise(n, 2)];
    const got = evaluate(m, [n], [m.input('float32', x), m.input('float32', y)], [
      { op: 'load', input: 0, dtype: 'float32' },
      { op: 'load', input: 1, dtype: 'float32' },
      { op: 'add', args: [0, 1], dtype: 'float32' },
    ]);
    expect(got).toEqual(x.map((v, i) => v + y[i]!));
  }
});

test('operands with any strides are read at the right places, in every type', () => {
  const random = new Random(1);
  for (let round = 0; round < 150; round++) {
    const shape = random.shape(random.below(5));
    const dtype = random.pick([...TYPES, 'float16'] as DType[]);
    const m = new PlanMaker();
    const operand = random.operand(m, dtype, shape);
    const got = evaluate(m, shape, [operand], [{ op: 'load', input: 0, dtype }]);
    expectClose(got, [...indices(shape)].map((index) => at(dataOf(m, operand), operand, index)), 0, `${dtype} ${shape.join()}`);
  }
});

const INTEGER: Partial<Record<BinaryOp, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: Math.imul,
  div: (x, y) => (y === 0 ? 0 : Math.trunc(x / y)),
  mod: (x, y) => (y === 0 ? 0 : x % y),
  pow: scalarMath.powInt,
  min: Math.min,
  max: Math.max,
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
};
const COMPARISON: Partial<Record<BinaryOp, (x: number, y: number) => boolean>> = {
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
};
const FLOAT: Partial<Record<BinaryOp, (x: number, y: number) => number>> = {
  ...INTEGER,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  mod: (x, y) => x % y,
  pow: scalarMath.pow,
};
for (const op of ['and', 'or', 'xor'] as const) delete FLOAT[op];

const EDGES = [0, -0, 1, -1, 0.5, -2, 3, NaN, Infinity, -Infinity, 1e30, -1e-30, 1e-45];

test.each(TYPES)('binary operations on %s follow the rules of the scalar language', (dtype) => {
  const random = new Random(7);
  const integers = [0, 1, 2, 3, 255, 100, ...Array.from({ length: 9 }, () => random.value(dtype))];
  const values = isFloat(dtype) ? EDGES : dtype === 'bool' ? [0, 1] : integers;
  const x = arrayOf(dtype, values.flatMap((v) => values.map(() => v)));
  const y = arrayOf(dtype, values.flatMap(() => values));
  const run = (op: BinaryOp, result: DType): ArrayLike<number> => {
    const m = new PlanMaker();
    return evaluate(m, [x.length], [m.input(dtype, x), m.input(dtype, y)], [
      { op: 'load', input: 0, dtype },
      { op: 'load', input: 1, dtype },
      { op, args: [0, 1], dtype: result },
    ]);
  };
  for (const [op, reference] of Object.entries(isFloat(dtype) ? FLOAT : INTEGER)) {
    const expected = Array.from(x, (v, i) => stored(dtype, reference(v, y[i]!)));
    expectClose(run(op as BinaryOp, dtype), expected, 0, `${op} ${dtype}`);
  }
  for (const [op, reference] of Object.entries(COMPARISON)) {
    expectClose(run(op as BinaryOp, 'bool'), Array.from(x, (v, i) => (reference(v, y[i]!) ? 1 : 0)), 0, `${op} ${dtype}`);
  }
});

test.each(['int32', 'uint32'] as const)('shifts of %s take counts modulo 32, constant or not', (dtype) => {
  const x = arrayOf(dtype, [1, -1, 12345, -98765, 1 << 31, 7]);
  const counts = [0, 1, 5, 31, 32, 37];
  const shift = (op: 'shl' | 'shr', v: number, n: number): number => (op === 'shl' ? v << n : dtype === 'int32' ? v >> n : v >>> n);
  for (const op of ['shl', 'shr'] as const) {
    const m = new PlanMaker();
    const varying = evaluate(m, [6], [m.input(dtype, x), m.input(dtype, counts)], [
      { op: 'load', input: 0, dtype },
      { op: 'load', input: 1, dtype },
      { op, args: [0, 1], dtype },
    ]);
    expectClose(varying, arrayOf(dtype, Array.from(x, (v, i) => shift(op, v, counts[i]!))));
    for (const count of counts) {
      const maker = new PlanMaker();
      const body: Instruction[] = [
        { op: 'load', input: 0, dtype },
        { op: 'const', constant: 0, dtype },
        { op, args: [0, 1], dtype },
      ];
      expectClose(evaluate(maker, [6], [maker.input(dtype, x)], body, [count]), arrayOf(dtype, Array.from(x, (v) => shift(op, v, count))));
    }
  }
});

// vmath.test.ts has those on float32.
test.each(TYPES.filter((dtype) => !isFloat(dtype)))('unary operations on %s', (dtype) => {
  const x = arrayOf(dtype, dtype === 'bool' ? [0, 1, 1] : [0, 1, 2, 200, 255, -1, -77, 2147483647, -2147483648]);
  const cases: [Instruction['op'], (v: number) => number][] = [
    ['neg', (v) => -v],
    ['abs', Math.abs],
    ['sign', Math.sign],
    ['floor', (v) => v],
    ['not', (v) => (dtype === 'bool' ? 1 - v : ~v)],
  ];
  for (const [op, reference] of cases) {
    const m = new PlanMaker();
    const got = evaluate(m, [x.length], [m.input(dtype, x)], [
      { op: 'load', input: 0, dtype },
      { op, args: [0], dtype } as Instruction,
    ]);
    expectClose(got, Array.from(x, (v) => stored(dtype, reference(v))), 0, `${op} ${dtype}`);
  }
});

/** The cast of scalar.ts, on the number an element stands for. */
function cast(value: number, from: DType, to: DType): number {
  const x = from === 'float16' ? fromHalf(value) : value;
  if (to === 'float16') return toHalf(x);
  if (to === 'float32') return Math.fround(x);
  if (to === 'bool') return x !== 0 ? 1 : 0;
  if (!isFloat(from)) return stored(to, x);
  if (to === 'uint32') return scalarMath.toUint32Sat(x);
  return to === 'uint8' ? scalarMath.toInt32Sat(x) & 255 : scalarMath.toInt32Sat(x);
}

test('casts between all types saturate, truncate and round as specified', () => {
  const halves = [65504, 65519.9, 65520, 2 ** -14, 2 ** -24, 2 ** -25, 3 * 2 ** -25, 1e-6, 1.0009765625, 2049];
  const floats = [...EDGES, ...halves, 2.5, -2.5, 255.9, 256, 4e9, 5e9, -3e9];
  const integers = [0, 1, 2, 255, 256, 1000, -1, -300, 2147483647, -2147483648, 16777217];
  for (const from of [...TYPES, 'float16'] as DType[]) {
    const x =
      from === 'float16'
        ? Uint16Array.from({ length: 65536 }, (_, i) => i)
        : arrayOf(from, from === 'float32' ? floats : from === 'bool' ? [0, 1] : integers);
    for (const to of [...TYPES, 'float16'] as DType[]) {
      if (from === to) continue;
      const m = new PlanMaker();
      const got = evaluate(m, [x.length], [m.input(from, x)], [
        { op: 'load', input: 0, dtype: from },
        { op: 'cast', args: [0], dtype: to },
      ]);
      expectClose(got, Array.from(x, (v) => cast(v, from, to)), 0, `${from} to ${to}`);
    }
  }
});

test('float32 of every size rounds to the nearest float16', () => {
  const bits = Uint32Array.from({ length: 1 << 16 }, (_, i) => (i << 16) ^ Math.imul(i, 40503));
  const x = new Float32Array(bits.buffer);
  const m = new PlanMaker();
  const got = evaluate(m, [x.length], [m.input('float32', x)], [
    { op: 'load', input: 0, dtype: 'float32' },
    { op: 'cast', args: [0], dtype: 'float16' },
  ]);
  expectClose(got, Array.from(x, toHalf));
});

test('bitcast keeps the bits', () => {
  const m = new PlanMaker();
  const got = evaluate(m, [3], [m.input('float32', [1, -0, Infinity])], [
    { op: 'load', input: 0, dtype: 'float32' },
    { op: 'bitcast', args: [0], dtype: 'uint32' },
  ]);
  expect(Array.from(got)).toEqual([0x3f800000, 0x80000000, 0x7f800000]);
});

test('where takes one branch without a trace of the other', () => {
  const m = new PlanMaker();
  const [a, b] = [[1, NaN, 3, Infinity, -0], [NaN, 2, Infinity, 4, NaN]] as const;
  const inputs = [m.input('bool', [1, 0, 1, 0, 1]), m.input('float32', a), m.input('float32', b)];
  const got = evaluate(m, [5], inputs, [
    { op: 'load', input: 0, dtype: 'bool' },
    { op: 'load', input: 1, dtype: 'float32' },
    { op: 'load', input: 2, dtype: 'float32' },
    { op: 'where', args: [0, 1, 2], dtype: 'float32' },
  ]);
  expectClose(got, [1, 2, 3, 4, -0]);
});

test('coordinates count along each axis, also next to axes of size 1 and merged ones', () => {
  for (const shape of [[7], [3, 5], [2, 1, 9], [2, 3, 4], [1, 1], []]) {
    const m = new PlanMaker();
    const body: Instruction[] = [{ op: 'const', constant: 0, dtype: 'int32' }];
    shape.forEach((_, axis) => {
      const last = body.length - 1;
      body.push({ op: 'const', constant: 1, dtype: 'int32' });
      body.push({ op: 'mul', args: [last, last + 1], dtype: 'int32' });
      body.push({ op: 'index', axis, dtype: 'int32' });
      body.push({ op: 'add', args: [last + 2, last + 3], dtype: 'int32' });
    });
    const expected = [...indices(shape)].map((index) => index.reduce((sum, i) => sum * 10 + i, 0));
    expectClose(evaluate(m, shape, [], body, [0, 10]), expected);
  }
});

test('one kernel can have several outputs of different types, and constants differ without new code', () => {
  const run = (constant: number): ArrayLike<number>[] => {
    const m = new PlanMaker();
    const inputs = [m.input('float32', [1, 2, 3, 4, 5])];
    const [sum, large] = [m.output('float32', 5), m.output('bool', 5)];
    m.kernels.push({
      kind: 'map',
      shape: [5],
      inputs,
      constants: [constant],
      body: [
        { op: 'load', input: 0, dtype: 'float32' },
        { op: 'const', constant: 0, dtype: 'float32' },
        { op: 'add', args: [0, 1], dtype: 'float32' },
        { op: 'lt', args: [1, 0], dtype: 'bool' },
      ],
      outputs: [
        { slot: sum, dtype: 'float32', value: 2 },
        { slot: large, dtype: 'bool', value: 3 },
      ],
    });
    return m.run(backend);
  };
  expect(run(2).map((x) => Array.from(x))).toEqual([[3, 4, 5, 6, 7], [0, 0, 1, 1, 1]]);
  const before = backend.stats().compiled;
  expect(run(3.5).map((x) => Array.from(x))).toEqual([[4.5, 5.5, 6.5, 7.5, 8.5], [0, 0, 0, 1, 1]]);
  expect(backend.stats().compiled).toBe(before);
});
