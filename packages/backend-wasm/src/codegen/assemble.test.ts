import type { DType, ScanOp } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { arrayOf, at, dataOf, expectClose, indices, PlanMaker, Random, rowMajor } from '../testing';

const backend = wasm();
const TYPES: readonly DType[] = ['float32', 'float16', 'int32', 'uint32', 'uint8', 'bool'];

function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

test('pad puts any operand at its place and fills the rest', () => {
  const random = new Random(8);
  for (let round = 0; round < 150; round++) {
    const rank = random.below(4);
    const inner = random.shape(rank, random.pick([4, 20]));
    const low = inner.map(() => random.below(3));
    const shape = inner.map((n, i) => n + low[i]! + random.below(3));
    const dtype = random.pick(TYPES);
    const value = random.pick([0, 1]);
    const m = new PlanMaker();
    const input = random.operand(m, dtype, inner);
    const slot = m.output(dtype, count(shape));
    m.kernels.push({ kind: 'pad', shape, low, value, input, output: { slot, dtype } });
    const filler = dtype === 'float16' && value === 1 ? 0x3c00 : value;
    const expected = [...indices(shape)].map((index) => {
      const place = index.map((x, i) => x - low[i]!);
      return place.every((x, i) => x >= 0 && x < inner[i]!) ? at(dataOf(m, input), input, place) : filler;
    });
    expectClose(m.run(backend)[0]!, expected, 0, `${dtype} ${shape.join()}`);
  }
});

test('padding can be infinite or NaN', () => {
  const m = new PlanMaker();
  const input = m.input('float32', [1, 2]);
  const slots = [-Infinity, NaN].map((value) => {
    const slot = m.output('float32', 5);
    m.kernels.push({ kind: 'pad', shape: [5], low: [1], value, input, output: { slot, dtype: 'float32' } });
    return slot;
  });
  expect(slots).toHaveLength(2);
  expect(m.run(backend).map((x) => Array.from(x))).toEqual([
    [-Infinity, 1, 2, -Infinity, -Infinity],
    [NaN, 1, 2, NaN, NaN],
  ]);
});

test('concat lines up operands of any strides, empty ones too', () => {
  const random = new Random(9);
  for (let round = 0; round < 150; round++) {
    const rank = 1 + random.below(3);
    const axis = random.below(rank);
    const common = random.shape(rank, random.pick([4, 20]));
    const shapes = Array.from({ length: 1 + random.below(4) }, () => common.map((n, i) => (i === axis ? random.below(5) : n)));
    const dtype = random.pick(TYPES);
    const m = new PlanMaker();
    const inputs = shapes.map((shape) => random.operand(m, dtype, shape));
    const shape = common.map((n, i) => (i === axis ? shapes.reduce((sum, s) => sum + s[axis]!, 0) : n));
    const slot = m.output(dtype, count(shape));
    m.kernels.push({ kind: 'concat', axis, shape, inputs, output: { slot, dtype } });
    const expected = [...indices(shape)].map((index) => {
      let rest = index[axis]!;
      const k = shapes.findIndex((s) => {
        if (rest < s[axis]!) return true;
        rest -= s[axis]!;
        return false;
      });
      return at(dataOf(m, inputs[k]!), inputs[k]!, index.map((x, i) => (i === axis ? rest : x)));
    });
    expectClose(m.run(backend)[0]!, expected, 0, `${dtype} ${shape.join()}`);
  }
});

test('scans run along any axis of any operand', () => {
  const random = new Random(10);
  for (let round = 0; round < 200; round++) {
    const rank = 1 + random.below(3);
    const axis = random.below(rank);
    const shape = random.shape(rank, random.pick([3, 12]));
    const op = random.pick<ScanOp>(['cumsum', 'cumprod', 'cummax']);
    const dtype = random.pick<DType>(['float32', 'float32', 'int32', 'uint32', 'uint8', 'bool']);
    const m = new PlanMaker();
    const value = (): number => {
      if (dtype === 'float32' && op === 'cumprod') return random.pick([1, -1, 2, 0.5]);
      if (dtype === 'float32' && op === 'cummax' && random.below(9) === 0) return NaN;
      return random.value(dtype);
    };
    const input = random.operand(m, dtype, shape, value);
    const slot = m.output(dtype, count(shape));
    m.kernels.push({ kind: 'scan', op, axis, input, output: { slot, dtype } });
    const combine = (x: number, y: number): number => {
      if (op === 'cummax') return Math.max(x, y);
      if (dtype === 'float32') return op === 'cumsum' ? x + y : x * y;
      return op === 'cumsum' ? (x + y) | 0 : Math.imul(x, y);
    };
    const expected = arrayOf(dtype, count(shape) > 0 ? new Array<number>(count(shape)).fill(0) : []);
    const strides = rowMajor(shape);
    for (const index of indices(shape)) {
      const x = at(dataOf(m, input), input, index);
      const place = index.reduce((sum, i, k) => sum + i * strides[k]!, 0);
      const result = index[axis] === 0 ? x : combine(expected[place - strides[axis]!]!, x);
      expected[place] = dtype === 'bool' ? (result !== 0 ? 1 : 0) : result;
    }
    expectClose(m.run(backend)[0]!, expected, 0, `${op} ${dtype} ${shape.join()} axis ${axis}`);
  }
});

test('a long running sum does not lose digits', () => {
  const m = new PlanMaker();
  const input = m.input('float32', new Float32Array(1_000_000).fill(0.1));
  const slot = m.output('float32', 1_000_000);
  m.kernels.push({ kind: 'scan', op: 'cumsum', axis: 0, input, output: { slot, dtype: 'float32' } });
  expect(m.run(backend)[0]!.at(-1)).toBeCloseTo(Math.fround(0.1) * 1e6, 1);
});
