/** Pad and concat: outputs put together from copies. Inputs of kernels that want them whole. */
import { bytesOf, type ConcatKernel, type Operand, type PadKernel } from '@cotangent/tensor';
import type { Scratch } from '../lower';
import type { Launch } from '../params';
import { copyLaunches, fillLaunches, type Place } from './copy';
import { contiguousStrides } from './nest';

function placeOf({ slot, offset, strides, dtype }: Operand, shift = 0): Place {
  return { at: { slot, offset: (offset + shift) * bytesOf(dtype) }, strides };
}

export function padLaunches(kernel: PadKernel): Launch[] {
  const { shape, low, value, input } = kernel;
  const { slot, dtype } = kernel.output;
  const strides = contiguousStrides(shape);
  const length = shape.reduce((a, b) => a * b, 1);
  // Negative amounts cut instead.
  const from = low.map((l) => Math.max(0, -l));
  const to = low.map((l) => Math.max(0, l));
  const size = input.shape.map((n, i) => Math.max(0, Math.min(n - from[i]!, shape[i]! - to[i]!)));
  const skipped = from.reduce((sum, f, i) => sum + f * input.strides[i]!, 0);
  const offset = to.reduce((sum, t, i) => sum + t * strides[i]!, 0) * bytesOf(dtype);
  const copies = copyLaunches(dtype, size, placeOf(input, skipped), { at: { slot, offset }, strides });
  const whole = size.every((n, i) => n === shape[i]);
  return whole ? copies : [...fillLaunches(dtype, { slot, offset: 0 }, length, value), ...copies];
}

export function concatLaunches(kernel: ConcatKernel): Launch[] {
  const { axis, shape } = kernel;
  const { slot, dtype } = kernel.output;
  const strides = contiguousStrides(shape);
  let start = 0;
  return kernel.inputs.flatMap((input) => {
    const offset = start * strides[axis]! * bytesOf(dtype);
    start += input.shape[axis]!;
    return copyLaunches(dtype, input.shape, placeOf(input), { at: { slot, offset }, strides });
  });
}

/** Copies an operand into a whole slot, row-major. */
export function contiguousCopy(operand: Operand, slot: number, offset = 0): Launch[] {
  return copyLaunches(operand.dtype, operand.shape, placeOf(operand), {
    at: { slot, offset },
    strides: contiguousStrides(operand.shape),
  });
}

/** The operand if its elements lie in row-major order, else a copy of it and what makes the copy. */
export function asRowMajor(operand: Operand, scratch: Scratch): { readonly operand: Operand; readonly copies: Launch[] } {
  const { shape, dtype } = operand;
  const strides = contiguousStrides(shape);
  if (shape.every((n, i) => n === 1 || operand.strides[i] === strides[i])) return { operand, copies: [] };
  const slot = scratch(bytesOf(dtype) * shape.reduce((a, b) => a * b, 1));
  return { operand: { slot, dtype, shape, strides, offset: 0 }, copies: contiguousCopy(operand, slot) };
}
