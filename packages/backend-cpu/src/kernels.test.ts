import { describe, expect, it } from 'vitest';
import { allocate, isFloat, type DType, type Kernel, type Operand, type PoolKernel, type ReduceOp, type ScanOp,
  type ScatterMode } from '@cotangent/tensor';
import { cpu } from './backend';
import { product } from './loops';
import { executeKernel } from './testing/execute';
import { naive, type SingleKernel } from './testing/naive';
import { Random, randomData, Slots } from './testing/random';

const COMPUTE: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'];
const ALL: readonly DType[] = [...COMPUTE, 'float16'];
const backends = [cpu(), cpu({ interpret: true })];

/** Both modes against the literal reference. Zeros of different sign are the same to a maximum. */
function compare(kernel: SingleKernel, slots: Slots): void {
  const length = slots.slots[kernel.output.slot]!.length;
  const expected = Array.from(naive(kernel, slots.arrays as never, length), (v) => v + 0);
  for (const backend of backends) {
    const [actual] = executeKernel(backend, kernel, slots);
    expect(Array.from(actual!, (v) => v + 0), `${backend.mode} ${JSON.stringify(kernel)}`).toEqual(expected);
  }
}

function output(slots: Slots, dtype: DType, shape: readonly number[]): { slot: number; dtype: DType } {
  return { slot: slots.add(dtype, product(shape)), dtype };
}

for (const dtype of COMPUTE) {
  describe(`on ${dtype}`, () => {
    it('reductions agree with the reference for every op, odd strides, empty and 0-d shapes', () => {
      const random = new Random(1);
      for (const op of ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'] satisfies ReduceOp[]) {
        for (let round = 0; round < 25; round++) {
          const slots = new Slots();
          const shape = random.shape();
          const kept = random.int(0, shape.length);
          if (op !== 'sum' && op !== 'prod' && shape.slice(kept).includes(0)) continue;
          const input = slots.operand(random, dtype, shape, { awkward: round % 2 === 0 && op !== 'sum' && op !== 'prod' });
          const to = op.startsWith('arg') ? 'int32' : dtype;
          compare(
            {
              kind: 'reduce', op, shape, kept, inputs: [input], constants: [], body: [{ op: 'load', input: 0, dtype }], value: 0,
              output: output(slots, to, shape.slice(0, kept)),
            },
            slots,
          );
        }
      }
    });

    it('reductions over a leading axis, folded column by column, agree with the reference', () => {
      const random = new Random(2);
      for (const op of ['sum', 'prod', 'max', 'min'] satisfies ReduceOp[]) {
        for (const step of [1, 2, -1]) {
          const slots = new Slots();
          const base = slots.operand(random, dtype, [2, 5, 600], { plain: true });
          const input: Operand = { ...base, shape: [2, 300, 5], strides: [3000, step, 600], offset: step < 0 ? 299 : 1 };
          compare(
            {
              kind: 'reduce', op, shape: input.shape, kept: 2, inputs: [input], constants: [],
              body: [{ op: 'load', input: 0, dtype }], value: 0, output: output(slots, dtype, [2, 300]),
            },
            slots,
          );
        }
      }
    });

    it('scans agree with the reference along every axis', () => {
      const random = new Random(3);
      for (const op of ['cumsum', 'cumprod', 'cummax'] satisfies ScanOp[]) {
        for (let round = 0; round < 20; round++) {
          const slots = new Slots();
          const shape = random.shape(random.int(1, 3), 5);
          const input = slots.operand(random, dtype, shape, { awkward: op === 'cummax' });
          compare({ kind: 'scan', op, axis: random.int(0, shape.length - 1), input, output: output(slots, dtype, shape) }, slots);
        }
      }
    });

    it('scatter combines repeated indices in order, in every mode', () => {
      const random = new Random(4);
      for (const mode of ['set', 'add', 'mul', 'max', 'min'] satisfies ScatterMode[]) {
        for (let round = 0; round < 15; round++) {
          const slots = new Slots();
          const shape = random.shape(random.int(1, 3)).map((n) => Math.max(n, 1));
          const axis = random.int(0, shape.length - 1);
          const indexShape = shape.map((n, k) => (k === axis ? random.int(0, 6) : random.int(0, n)));
          const base = slots.operand(random, dtype, shape);
          const fill = (n: number): Int32Array => new Int32Array(n).map(() => random.int(0, shape[axis]! - 1));
          const index = slots.operand(random, 'int32', indexShape, { fill });
          const updates = slots.operand(random, dtype, indexShape);
          compare({ kind: 'scatter', mode, axis, base, index, updates, output: output(slots, dtype, shape) }, slots);
        }
      }
    });

    it('max pooling agrees with the reference, with padding, strides, dilation and ties', () => {
      const random = new Random(5);
      for (let round = 0; round < 40; round++) {
        const slots = new Slots();
        const rank = random.int(1, 3);
        const lead = random.shape(random.int(0, 2), 3);
        const window = Array.from({ length: rank }, () => random.int(1, 3));
        const dilation = window.map(() => random.int(1, 2));
        const padding = window.map((n) => random.int(0, Math.floor(n / 2)));
        const stride = window.map(() => random.int(1, 3));
        const sizes = window.map((n, w) => (n - 1) * dilation[w]! + random.int(1, 4));
        const pooled = sizes.map((n, w) => Math.floor((n + 2 * padding[w]! - dilation[w]! * (window[w]! - 1) - 1) / stride[w]!) + 1);
        const input = slots.operand(random, dtype, [...lead, ...sizes], { awkward: round % 2 === 0 });
        for (const op of ['max', 'argmax'] satisfies PoolKernel['op'][]) {
          const shape = [...lead, ...pooled];
          const to = op === 'max' ? dtype : 'int32';
          compare({ kind: 'pool', op, window, stride, padding, dilation, shape, input, output: output(slots, to, shape) }, slots);
        }
        if (!isFloat(dtype)) continue;
        const shape = [...lead, ...pooled];
        // Whole numbers, whose sums are exact in any precision.
        const gradient = slots.operand(random, dtype, shape, {
          fill: (length) => allocate(dtype, length).map(() => random.int(-9, 9)),
        });
        const result = output(slots, dtype, input.shape);
        compare({ kind: 'poolGradient', window, stride, padding, dilation, shape, input, gradient, output: result }, slots);
      }
    });
  });
}

for (const dtype of ALL) {
  describe(`moving ${dtype}`, () => {
    it('gather agrees with the reference, bit for bit', () => {
      const random = new Random(6);
      for (let round = 0; round < 40; round++) {
        const slots = new Slots();
        const shape = random.shape(random.int(1, 4)).map((n) => Math.max(n, 1));
        const axis = random.int(0, shape.length - 1);
        const indexShape = shape.map((n, k) => (k === axis ? random.int(0, 6) : random.int(0, n)));
        const source = slots.operand(random, dtype, shape, { awkward: true });
        const indexType = random.pick(['int32', 'uint32'] as const);
        const fill = (n: number): Int32Array | Uint32Array => {
          const array = indexType === 'int32' ? new Int32Array(n) : new Uint32Array(n);
          return array.map(() => random.int(0, shape[axis]! - 1));
        };
        const index = slots.operand(random, indexType, indexShape, { fill });
        compare({ kind: 'gather', axis, source, index, output: output(slots, dtype, indexShape) }, slots);
      }
    });

    it('pad and concat agree with the reference, bit for bit', () => {
      const random = new Random(7);
      for (let round = 0; round < 40; round++) {
        const slots = new Slots();
        const inner = random.shape();
        const low = inner.map(() => random.int(0, 2));
        const shape = inner.map((n, axis) => n + low[axis]! + random.int(0, 2));
        const input = slots.operand(random, dtype, inner, { awkward: true });
        compare({ kind: 'pad', shape, low, value: 0, input, output: output(slots, dtype, shape) }, slots);

        if (inner.length === 0) continue;
        const axis = random.int(0, inner.length - 1);
        const inputs = Array.from({ length: random.int(1, 3) }, () => {
          return slots.operand(random, dtype, inner.map((n, k) => (k === axis ? random.int(0, 3) : n)), { awkward: true });
        });
        const joined = inner.map((n, k) => (k === axis ? inputs.reduce((sum, x) => sum + x.shape[axis]!, 0) : n));
        compare({ kind: 'concat', axis, shape: joined, inputs, output: output(slots, dtype, joined) }, slots);
      }
    });

    it('scatter set moves the bits of the updates', () => {
      const random = new Random(8);
      const slots = new Slots();
      const base = slots.operand(random, dtype, [3, 4], { awkward: true });
      const index = slots.operand(random, 'int32', [2, 4], { fill: (n) => Int32Array.from({ length: n }, () => random.int(0, 2)) });
      const updates = slots.operand(random, dtype, [2, 4], { awkward: true });
      compare({ kind: 'scatter', mode: 'set', axis: 0, base, index, updates, output: output(slots, dtype, [3, 4]) }, slots);
    });
  });
}

describe('numbers', () => {
  it('float32 sums are carried in double and rounded once', () => {
    const slots = new Slots();
    const data = new Float32Array(1e5).fill(0.1);
    const slot = slots.add('float32', data.length, data);
    const input: Operand = { slot, dtype: 'float32', shape: [data.length], strides: [1], offset: 0 };
    const kernel: Kernel = {
      kind: 'reduce', op: 'sum', shape: [data.length], kept: 0, inputs: [input], constants: [],
      body: [{ op: 'load', input: 0, dtype: 'float32' }], value: 0, output: { slot: slots.add('float32', 1), dtype: 'float32' },
    };
    for (const backend of backends) expect(executeKernel(backend, kernel, slots)[0]![0]).toBe(Math.fround(1e5 * Math.fround(0.1)));
  });

  it('pad fills with the value in the dtype of the output', () => {
    const cases = [['float16', 1, 0x3c00], ['bool', 7, 1], ['float32', 0.1, Math.fround(0.1)], ['uint8', 257, 1]] as const;
    for (const [dtype, value, stored] of cases) {
      const slots = new Slots();
      const input = slots.operand(new Random(9), dtype, [0]);
      const kernel: Kernel = { kind: 'pad', shape: [2], low: [1], value, input, output: { slot: slots.add(dtype, 2), dtype } };
      for (const backend of backends) expect(Array.from(executeKernel(backend, kernel, slots)[0]!)).toEqual([stored, stored]);
    }
  });

  it('computing with float16 is an error that names the remedy', () => {
    const slots = new Slots();
    const input = slots.operand(new Random(10), 'float16', [3], { plain: true });
    const kernel: Kernel = { kind: 'scan', op: 'cumsum', axis: 0, input, output: { slot: slots.add('float16', 3), dtype: 'float16' } };
    for (const backend of backends) {
      expect(() => executeKernel(backend, kernel, slots)).toThrow(/does not compute with it. Cast to float32/);
    }
  });

  it('host kernels get contiguous inputs and zero-filled outputs', () => {
    const slots = new Slots();
    const random = new Random(11);
    const slot = slots.add('float32', 6, randomData(random, 'float32', 6));
    const input: Operand = { slot, dtype: 'float32', shape: [3, 2], strides: [1, 3], offset: 0 };
    const whole: Operand = { ...input, shape: [2, 2], strides: [2, 1], offset: 2 };
    const kernel: Kernel = {
      kind: 'host', name: 'test', inputs: [input, whole], outputs: [{ slot: slots.add('float32', 3), dtype: 'float32', shape: [3] }],
      run: ([transposed, tail], [out]) => {
        expect(Array.from(out!)).toEqual([0, 0, 0]);
        out!.set([transposed![1]!, tail![0]!, tail!.length]);
      },
    };
    const x = slots.arrays[0]!;
    for (const backend of backends) expect(Array.from(executeKernel(backend, kernel, slots)[0]!)).toEqual([x[3], x[2], 4]);
  });
});
