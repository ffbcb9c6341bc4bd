/** Plans by hand, for the tests of this package. */
import {
  allocate,
  type Backend, type BinaryOp, type DType, type Instruction, type Kernel, type MapKernel, type Operand, type Plan, type PlanOutput,
  type Storage, type TypedArray,
} from '@cotangent/tensor';
import { makeBackend } from './backend';

export type Numbers = readonly number[] | TypedArray;

export function arrayOf(dtype: DType, values: Numbers): TypedArray {
  const array = allocate(dtype, values.length);
  array.set(values);
  return array;
}

export function hostStorage(dtype: DType, data: TypedArray): Storage {
  return { dtype, length: data.length, host: data, backend: undefined };
}

/** Row-major strides. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** All indices of a shape, in row-major order. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const total = shape.reduce((a, b) => a * b, 1);
  for (let flat = 0; flat < total; flat++) {
    const index = new Array<number>(shape.length).fill(0);
    let rest = flat;
    for (let i = shape.length - 1; i >= 0; i--) {
      index[i] = rest % shape[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    yield index;
  }
}

/** The element of an operand at an index. */
export function at(data: TypedArray, operand: Operand, index: readonly number[]): number {
  return data[index.reduce((sum, i, k) => sum + i * operand.strides[k]!, operand.offset)]!;
}

/** Collects the slots and kernels of a plan and runs it. */
export class PlanMaker {
  readonly slots: { dtype: DType; length: number }[] = [];
  readonly inputs: number[] = [];
  readonly storages: Storage[] = [];
  readonly outputs: PlanOutput[] = [];
  readonly kernels: Kernel[] = [];

  slot(dtype: DType, length: number): number {
    return this.slots.push({ dtype, length }) - 1;
  }

  /** An input filled with values; the operand reads it with the given shape and strides. */
  input(dtype: DType, values: Numbers, shape: readonly number[] = [values.length], strides = rowMajor(shape), offset = 0): Operand {
    const data = values instanceof Array ? arrayOf(dtype, values) : (values);
    const slot = this.slot(dtype, data.length);
    this.inputs.push(slot);
    this.storages.push(hostStorage(dtype, data));
    return { slot, dtype, shape, strides, offset };
  }

  /** `donor`: the input whose memory the output may take over. */
  output(dtype: DType, length: number, resident = false, donor?: Operand): number {
    const slot = this.slot(dtype, length);
    this.outputs.push(donor === undefined ? { slot, resident } : { slot, resident, donor: this.inputs.indexOf(donor.slot) });
    return slot;
  }

  plan(): Plan {
    const { slots, inputs, outputs, kernels } = this;
    return { slots, inputs, outputs, kernels };
  }

  /** The elements of all outputs. */
  run(backend: Backend): TypedArray[] {
    return backend.run(this.plan(), this.storages).map((storage) => backend.readSync!(storage));
  }
}

/**
 * A backend that does the units of every call piece by piece, the last ones first, as several threads might: the results must
 * be those of `wasm()` to the bit.
 */
export function inPieces(): Backend {
  return makeBackend({ threads: 1 }, (call) => {
    const piece = Math.max(1, Math.floor(call.units / 3));
    let status = 0;
    for (let to = call.units; to > 0; to -= piece) status ||= call.run(Math.max(0, to - piece), to);
    return status;
  });
}

/** A slot read whole. */
export function whole(slot: number, shape: readonly number[], dtype: DType = 'float32'): Operand {
  return { slot, dtype, shape, strides: rowMajor(shape), offset: 0 };
}

/** slot = x op y, element by element. */
export function binary(op: BinaryOp, x: Operand, y: Operand, slot: number): MapKernel {
  const { shape, dtype } = x;
  const load = (input: number): Instruction => ({ op: 'load', input, dtype });
  return {
    kind: 'map', shape, inputs: [x, y], constants: [],
    body: [load(0), load(1), { op, args: [0, 1], dtype }],
    outputs: [{ slot, dtype, value: 2 }],
  };
}

/** Repeatable numbers in [-1, 1). */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}


/** Repeatable choices. */
export class Random {
  constructor(private state: number) {}

  /** An integer in [0, limit). */
  below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A value that a dtype can hold, edge cases included; floats are quarters, so that sums of a few are exact. */
  value(dtype: DType): number {
    switch (dtype) {
      case 'bool':
        return this.below(2);
      case 'uint8':
        return this.below(256);
      case 'int32':
        return this.below(4) === 0 ? this.pick([-2147483648, 2147483647, 0, -1, 1]) : this.below(2001) - 1000;
      case 'uint32':
        return this.below(4) === 0 ? this.pick([4294967295, 0, 1]) : this.below(2001);
      case 'float16':
        return this.below(65536);
      default:
        return (this.below(65) - 32) / 4;
    }
  }

  /** An input of the given shape, read through strides of all kinds: permuted, negative, repeated, with gaps. */
  operand(maker: PlanMaker, dtype: DType, shape: readonly number[], value = (): number => this.value(dtype)): Operand {
    const order = [...shape.keys()].sort(() => this.below(3) - 1);
    const strides = new Array<number>(shape.length).fill(0);
    let length = 1;
    let offset = 0;
    for (const axis of order) {
      const kind = this.below(8);
      if (kind === 0) continue; // one element repeated
      const gap = kind === 1 ? 2 : 1;
      strides[axis] = length * gap;
      length *= Math.max(1, shape[axis]! * gap);
      if (kind === 2 && shape[axis]! > 0) {
        offset += (shape[axis]! - 1) * strides[axis];
        strides[axis] *= -1;
      }
    }
    const lead = this.below(3);
    const data = arrayOf(dtype, Array.from({ length: length + lead }, value));
    return maker.input(dtype, data, shape, strides, offset + lead);
  }

  shape(rank: number, largest = 6): number[] {
    return Array.from({ length: rank }, () => 1 + this.below(largest));
  }
}

/** The elements of an input operand of a plan. */
export function dataOf(maker: PlanMaker, operand: Operand): TypedArray {
  return maker.storages[maker.inputs.indexOf(operand.slot)]!.host!;
}

/** Equal, or differing by rounding: `tolerance` is relative to the larger magnitude. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 0, what = ''): void {
  if (actual.length !== expected.length) throw new Error(`${what}: ${actual.length} elements instead of ${expected.length}`);
  for (let i = 0; i < actual.length; i++) {
    const [x, y] = [actual[i]!, expected[i]!];
    if (Object.is(x, y)) continue;
    const close = tolerance > 0 && Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y), 1e-30);
    if (!close) throw new Error(`${what}: element ${i} is ${x} instead of ${y}`);
  }
}
