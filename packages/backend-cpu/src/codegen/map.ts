/** Map kernels: one pass in row-major order, what is constant along the innermost loop computed before it. */
import type { MapKernel } from '@cotangent/tensor';
import { mergeAxes } from '../loops';
import { BodyWriter, indexedAxes, operandCursors } from './body';
import { KernelSource } from './source';

export function mapSource(kernel: MapKernel): KernelSource {
  const source = new KernelSource('map');
  const { body, shape, inputs } = kernel;
  const nest = mergeAxes(shape, inputs.map((input) => input.strides), 0, shape.length, indexedAxes(body));
  const writer = new BodyWriter(source, body, kernel.constants, inputs, kernel.outputs.map((output) => output.value));
  const outputs = kernel.outputs.map((output) => source.slot(output.slot, output.dtype));
  const loopOf = (axis: number): number => nest.loopOf[axis]!;
  const fixed = writer.invariant(nest.strides, nest.sizes.length - 1, loopOf);
  const hoist = (k: number): boolean => nest.sizes.length > 0 && fixed[k]!;
  const coordinate = (index: readonly string[]) => (axis: number) => (loopOf(axis) < 0 ? '0' : index[loopOf(axis)]!);
  source.line('let o = 0;');
  source.nest(
    nest.sizes,
    operandCursors(source, inputs, nest),
    (at, index) => {
      writer.write(at, coordinate(index), (k) => !hoist(k));
      kernel.outputs.forEach((output, k) => source.line(`${outputs[k]!}[o] = ${writer.value(output.value)};`));
      source.line('o++;');
    },
    (at, index) => writer.write(at, coordinate(index), hoist),
  );
  return source;
}
