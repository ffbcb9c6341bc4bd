import { IndexError, type DType, type ScatterMode } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { arrayOf, at, dataOf, expectClose, indices, PlanMaker, Random, rowMajor } from '../testing';

const backend = wasm();

function flat(shape: readonly number[], index: readonly number[]): number {
  const strides = rowMajor(shape);
  return index.reduce((sum, i, k) => sum + i * strides[k]!, 0);
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
    const slot = m.output(dtype, shape.reduce((a, b) => a * b, 1));
    m.kernels.push({ kind: 'gather', axis, source, index, output: { slot, dtype } });
    const [values, places] = [dataOf(m, source), dataOf(m, index)];
    const expected = [...indices(shape)].map((i) => at(values, source, i.map((x, k) => (k === axis ? at(places, index, i) : x))));
    expectClose(m.run(backend)[0]!, expected, 0, `${shape.join()} axis ${axis}`);
  }
});

const COMBINE: Record<ScatterMode, (x: number, y: number) => number> = {
  set: (_, y) => y,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  max: Math.max,
  min: Math.min,
};

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
    const slot = m.output(dtype, baseShape.reduce((a, b) => a * b, 1));
    m.kernels.push({ kind: 'scatter', mode, axis, base, index, updates, output: { slot, dtype } });
    const expected = arrayOf(dtype, [...indices(baseShape)].map((i) => at(dataOf(m, base), base, i)));
    for (const i of indices(shape)) {
      const target = flat(baseShape, i.map((x, k) => (k === axis ? at(dataOf(m, index), index, i) : x)));
      const combined = COMBINE[mode](expected[target]!, at(dataOf(m, updates), updates, i));
      expected[target] = dtype === 'bool' ? (combined !== 0 ? 1 : 0) : combined;
    }
    expectClose(m.run(backend)[0]!, expected, 0, `${mode} ${dtype} ${shape.join()} axis ${axis}`);
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
