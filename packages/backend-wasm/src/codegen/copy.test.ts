import { bytesOf, type DType, type Operand } from '@cotangent/tensor';
import { expect, test } from 'vitest';
import { wasm } from '../index';
import { at, dataOf, expectClose, indices, inPieces, PlanMaker, Random, rowMajor } from '../testing';

const backends = [wasm(), inPieces()];

/** A map that only loads, into a slot in row-major order. */
function copied(m: PlanMaker, input: Operand): void {
  const { shape, dtype } = input;
  const slot = m.output(dtype, shape.reduce((a, b) => a * b, 1));
  m.kernels.push({
    kind: 'map', shape, inputs: [input], constants: [], body: [{ op: 'load', input: 0, dtype }], outputs: [{ slot, dtype, value: 0 }],
  });
}

function check(m: PlanMaker, input: Operand, what: string): void {
  const data = dataOf(m, input);
  const expected = Array.from(indices(input.shape), (index) => at(data, input, index));
  for (const backend of backends) expectClose(m.run(backend)[0]!, expected, 0, what);
}

/** Strides of a row-major array of `shape` whose axes were put in another order. */
function permuted(shape: readonly number[], order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  const own = rowMajor(order.map((axis) => shape[axis]!));
  order.forEach((axis, k) => (strides[axis] = own[k]!));
  return strides;
}

test('columns become rows, whatever is left over at the edges', () => {
  const random = new Random(3);
  const cases: [number[], number[]][] = [[[33, 21], [1, 0]], [[64, 48], [1, 0]], [[1024, 20], [1, 0]], [[3, 40, 37], [0, 2, 1]],
    [[2, 5, 6, 70], [0, 3, 1, 2]]];
  for (let round = 0; round < 40; round++) {
    const rank = 2 + random.below(2);
    cases.push([random.shape(rank, 40), [...Array(rank).keys()].sort(() => random.below(3) - 1)]);
  }
  for (const [shape, order] of cases) {
    for (const dtype of ['float32', 'uint8'] satisfies DType[]) {
      const m = new PlanMaker();
      const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.value(dtype));
      const input = m.input(dtype, values, shape, permuted(shape, order));
      copied(m, input);
      check(m, input, `${dtype} [${shape.join()}] laid out as ${order.join()}`);
    }
  }
});

test('long runs, repeated elements and pairs of them', () => {
  const random = new Random(4);
  for (const dtype of ['float32', 'float16', 'uint8'] satisfies DType[]) {
    for (const [shape, strides] of [
      [[3, 5000], [6000, 1]], [[20000], [1]], [[50, 333], [1, 0]], [[7, 9, 2], [9, 1, 0]], [[3, 2, 130, 2], [130, 0, 1, 0]],
        [[40, 31], [-31, -1]],
    ] satisfies [number[], number[]][]) {
      const m = new PlanMaker();
      const first = strides.reduce((sum, s, i) => sum + (s < 0 ? -s * (shape[i]! - 1) : 0), 0);
      const last = strides.reduce((sum, s, i) => sum + (s > 0 ? s * (shape[i]! - 1) : 0), first);
      const input = m.input(dtype, Array.from({ length: last + 1 }, () => random.value(dtype)), shape, strides, first);
      copied(m, input);
      check(m, input, `${dtype} [${shape.join()}] by [${strides.join()}]`);
    }
  }
});

test('filling reaches every byte and no more, in any number of pieces', () => {
  for (const dtype of ['float32', 'float16', 'uint8'] satisfies DType[]) {
    for (const value of [0, 7]) {
      for (const length of [1, 15, 70000, 300001]) {
        const m = new PlanMaker();
        const input = m.input(dtype, [1], [1]);
        const slot = m.output(dtype, length);
        m.kernels.push({ kind: 'pad', shape: [length], low: [length - 1], value, input, output: { slot, dtype } });
        for (const backend of backends) {
          const [filled] = m.run(backend);
          expect(filled!.byteLength).toBe(length * bytesOf(dtype));
          expect(filled!.at(-1)).toBe(1);
          expect(new Set(filled!.subarray(0, -1)))
            .toEqual(length === 1 ? new Set() : new Set([value === 7 && dtype === 'float16' ? 0x4700 : value]));
        }
      }
    }
  }
});
