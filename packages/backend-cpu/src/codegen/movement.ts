/** Pad and concat: elements keep their bits. */
import type { ConcatKernel, Operand, PadKernel } from '@cotangent/tensor';
import { mergeAxes, rowMajor } from '../loops';
import { literal } from '../values';
import { KernelSource } from './source';

export function padSource(kernel: PadKernel): KernelSource {
  const { input, output, low, shape } = kernel;
  const source = new KernelSource();
  const read = source.slot(input.slot, input.dtype);
  const write = source.slot(output.slot, output.dtype);
  const strides = rowMajor(shape);
  source.line(`${write}.fill(${source.constant(literal(kernel.value, output.dtype), (text) => text)});`);
  writeCopy(source, input, read, write, strides, low.reduce((sum, n, axis) => sum + n * strides[axis]!, 0));
  return source;
}

export function concatSource(kernel: ConcatKernel): KernelSource {
  const { inputs, output, axis, shape } = kernel;
  const source = new KernelSource();
  const write = source.slot(output.slot, output.dtype);
  const strides = rowMajor(shape);
  let begin = 0;
  for (const input of inputs) {
    writeCopy(source, input, source.slot(input.slot, input.dtype), write, strides, begin * strides[axis]!);
    begin += input.shape[axis]!;
  }
  return source;
}

function writeCopy(source: KernelSource, input: Operand, read: string, write: string, strides: readonly number[], offset: number): void {
  const nest = mergeAxes(input.shape, [input.strides, strides]);
  source.nest(
    nest.sizes,
    [
      { at: source.param(input.offset), steps: nest.strides[0]! },
      { at: source.param(offset), steps: nest.strides[1]! },
    ],
    (at) => source.line(`${write}[${at[1]!}] = ${read}[${at[0]!}];`),
  );
}
