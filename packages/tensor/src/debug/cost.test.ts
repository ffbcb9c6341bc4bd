import { describe, expect, it } from 'vitest';
import type { ContractKernel, Kernel, MapKernel, Operand } from '../plan/kernel';
import type { Slot } from '../plan/plan';
import { stridesOf } from '../shape';
import { costOf, shapeText } from './cost';

function slots(...lengths: number[]): Slot[] {
  return lengths.map((length) => ({ dtype: 'float32', length }));
}

function whole(slot: number, shape: readonly number[]): Operand {
  return { slot, dtype: 'float32', shape, strides: stridesOf(shape), offset: 0 };
}

const load = (input: number) => ({ op: 'load', input, dtype: 'float32' }) as const;
const add = (a: number, b: number) => ({ op: 'add', args: [a, b], dtype: 'float32' }) as const;

/** slot 2 = slot 0 + slot 1, with an instruction that nobody needs. */
function addition(shape: readonly number[], b: Operand): MapKernel {
  return {
    kind: 'map',
    shape,
    inputs: [whole(0, shape), b],
    constants: [],
    body: [load(0), load(1), add(0, 1), { op: 'exp', args: [2], dtype: 'float32' }],
    outputs: [{ slot: 2, dtype: 'float32', value: 2 }],
  };
}

const plain = (label: number) => ({ label, scale: 1, label2: -1, scale2: 0, offset: 0, divisor: 1 });

const product: ContractKernel = {
  kind: 'contract',
  sizes: [2, 3, 5],
  a: whole(0, [2, 5]),
  accessA: [plain(0), plain(2)],
  b: whole(1, [5, 3]),
  accessB: [plain(2), plain(1)],
  out: [0, 1],
  output: { slot: 2, dtype: 'float32' },
};

describe('costOf', () => {
  it('counts the live instructions of a map once per element', () => {
    expect(costOf(addition([4, 5], whole(1, [4, 5])), slots(20, 20, 20))).toEqual({ flops: 20, bytesRead: 160, bytesWritten: 80 });
  });

  it('counts a broadcast operand by its distinct elements', () => {
    const row: Operand = { ...whole(1, [4, 5]), strides: [0, 1] };
    expect(costOf(addition([4, 5], row), slots(20, 5, 20)).bytesRead).toBe(4 * (20 + 5));
  });

  it('counts a slot that is read twice once', () => {
    expect(costOf(addition([4, 5], whole(0, [4, 5])), slots(20, 0, 20)).bytesRead).toBe(80);
  });

  it('counts two operations per term of a contraction, and its epilogue', () => {
    expect(costOf(product, slots(10, 15, 6))).toEqual({ flops: 60, bytesRead: 100, bytesWritten: 24 });
    const shape = [2, 3];
    const bias: Operand = { ...whole(3, shape), strides: [0, 1] };
    const epilogue = { ...addition(shape, bias), inputs: [whole(2, shape), bias] };
    const cost = costOf({ ...product, epilogue }, slots(10, 15, 6, 3));
    expect(cost).toEqual({ flops: 66, bytesRead: 100 + 12, bytesWritten: 24 });
  });

  it('leaves out what the stride of a window skips', () => {
    const strided: ContractKernel = { ...product, accessA: [plain(0), { ...plain(2), divisor: 2 }] };
    expect(costOf(strided, slots(10, 15, 6)).flops).toBe(30);
  });

  it('counts row values once per row, folds and elements once per element', () => {
    const kernel: Kernel = {
      kind: 'row',
      shape: [3, 7],
      kept: 1,
      inputs: [whole(0, [3, 7])],
      constants: [],
      body: [
        load(0),
        { op: 'fold', fold: 'max', args: [0], dtype: 'float32' },
        { op: 'neg', args: [1], dtype: 'float32' },
        add(0, 2),
      ],
      outputs: [{ slot: 1, dtype: 'float32', value: 3, per: 'element', strides: [7, 1] }],
    };
    expect(costOf(kernel, slots(21, 21)).flops).toBe(21 + 3 + 21);
  });

  it('multiplies what is repeated', () => {
    const inner = addition([4], whole(1, [4]));
    const kernel: Kernel = { kind: 'repeat', trips: 10, kernels: [inner, inner], windows: [] };
    expect(costOf(kernel, slots(4, 4, 4))).toEqual({ flops: 80, bytesRead: 640, bytesWritten: 320 });
  });
});

describe('shapeText', () => {
  it('shows the sum of a contraction and the fold of a reduction', () => {
    expect(shapeText(product)).toBe('[2, 3] x 5');
    const sum = { kind: 'reduce', op: 'sum', constants: [], body: [load(0)], value: 0, output: { slot: 1, dtype: 'float32' } } as const;
    expect(shapeText({ ...sum, shape: [4, 9], kept: 1, inputs: [whole(0, [4, 9])] })).toBe('[4 | 9]');
    expect(shapeText({ ...sum, shape: [9], kept: 0, inputs: [whole(0, [9])] })).toBe('[| 9]');
  });
});
