/** Plans by hand, for the tests of this package. */
import { allocate, type Backend, type DType, type Kernel, type Operand, type Plan, type Storage, type TypedArray } from '@cotangent/tensor';

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
  readonly outputs: { slot: number; resident: boolean }[] = [];
  readonly kernels: Kernel[] = [];

  slot(dtype: DType, length: number): number {
    return this.slots.push({ dtype, length }) - 1;
  }

  /** An input filled with values; the operand reads it with the given shape and strides. */
  input(dtype: DType, values: Numbers, shape: readonly number[] = [values.length], strides = rowMajor(shape), offset = 0): Operand {
    const data = values instanceof Array ? arrayOf(dtype, values) : (values as TypedArray);
    const slot = this.slot(dtype, data.length);
    this.inputs.push(slot);
    this.storages.push(hostStorage(dtype, data));
    return { slot, dtype, shape, strides, offset };
  }

  output(dtype: DType, length: number, resident = false): number {
    const slot = this.slot(dtype, length);
    this.outputs.push({ slot, resident });
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

/** Repeatable numbers in [-1, 1). */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

