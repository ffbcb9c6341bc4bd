/**
 * Kernels that JavaScript computes: operands come back from the GPU, results go there. Their elements are words: the planner
 * converts float16 around them.
 */
import { allocate, type HostKernel, type Kernel, type Operand, type SortKernel, type TypedArray } from '@cotangent/tensor';
import type { Commands } from './commands';
import { fromMemory, toMemory, WORD } from './elements';
import type { Position } from './heap';
import { LONGEST_COUNTED } from './kernels/order';
import type { Reads } from './reads';
import { product, rowMajor } from './wgsl/nest';

export type OnHost = HostKernel | SortKernel;

/** Whether a kernel is for JavaScript. */
export function isOnHost(kernel: Kernel): kernel is OnHost {
  return kernel.kind === 'host' || (kernel.kind === 'sort' && kernel.inputs[0]!.shape[kernel.axis]! > LONGEST_COUNTED);
}

/** Runs a kernel; `begin` gives the memory of a slot. */
export async function runOnHost(kernel: OnHost, begin: (slot: number) => Position, reads: Reads, commands: Commands): Promise<void> {
  const spans = kernel.inputs.map(spanOf);
  const sources = kernel.inputs.map(({ slot }, k) => {
    const { chunk, offset } = begin(slot);
    return { buffer: chunk.buffer, offset: offset + spans[k]!.low * WORD, bytes: (spans[k]!.high - spans[k]!.low) * WORD };
  });
  const parts = await reads.read(sources);
  const given = kernel.inputs.map((operand, k) => {
    const { low, high } = spans[k]!;
    return contiguous(operand, fromMemory(parts[k]!, operand.dtype, high - low, WORD), low);
  });
  const results = kernel.outputs.map(({ dtype, shape }) => allocate(dtype, product(shape)));
  kernel.run(given, results);
  kernel.outputs.forEach(({ slot, dtype }, k) => {
    const { chunk, offset } = begin(slot);
    commands.write(chunk.buffer, offset, toMemory(results[k]!, dtype, WORD));
  });
}

/** The elements of a slot between which a view lies. */
function spanOf({ shape, strides, offset }: Operand): { low: number; high: number } {
  if (product(shape) === 0) return { low: 0, high: 0 };
  let [low, high] = [offset, offset + 1];
  strides.forEach((stride, axis) => {
    const reach = stride * (shape[axis]! - 1);
    if (reach < 0) low += reach;
    else high += reach;
  });
  return { low, high };
}

/** The elements of a view in row-major order; `elements` begins with element `low` of the slot. */
function contiguous({ shape, strides, offset, dtype }: Operand, elements: TypedArray, low: number): TypedArray {
  const plain = rowMajor(shape);
  if (shape.every((n, axis) => n === 1 || strides[axis] === plain[axis])) return elements;
  const copy = allocate(dtype, product(shape));
  const index = shape.map(() => 0);
  let at = offset - low;
  for (let k = 0; k < copy.length; k++) {
    copy[k] = elements[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return copy;
}
