/** Kernels that are JavaScript given by the plan. Inputs are handed over as contiguous arrays, outputs zero-filled. */
import { allocate, type HostKernel, type Operand, type SearchKernel, type SortKernel, type TypedArray } from '@cotangent/tensor';
import { product, rowMajor } from './loops';
import { StridedWalk } from './interpret/walk';

export function bindHost(kernel: HostKernel | SortKernel | SearchKernel): (s: readonly TypedArray[]) => void {
  return (s) => {
    const inputs = kernel.inputs.map((input) => contiguous(input, s[input.slot]!));
    const outputs = kernel.outputs.map((output) => s[output.slot]!.fill(0));
    kernel.run(inputs, outputs);
  };
}

function contiguous(operand: Operand, array: TypedArray): TypedArray {
  const size = product(operand.shape);
  const strides = rowMajor(operand.shape);
  if (operand.shape.every((n, axis) => n === 1 || operand.strides[axis] === strides[axis]) || size === 0) {
    return size === array.length ? array : array.subarray(operand.offset, operand.offset + size);
  }
  const copy = allocate(operand.dtype, size);
  const walk = new StridedWalk(operand.shape, [operand.strides], [operand.offset]);
  for (let o = 0; o < size; o++) {
    copy[o] = array[walk.at[0]!]!;
    walk.next();
  }
  return copy;
}
