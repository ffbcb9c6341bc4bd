/** Gather and scatter. */
import { isFloat, type GatherKernel, type ScatterKernel } from '@cotangent/tensor';
import { FOLD_OF_SCATTER, foldText } from '../folding';
import { mergeAxes, rowMajor, withAt } from '../loops';
import { requireCompute } from '../values';
import { wrapText } from './scalar';
import { KernelSource } from './source';

export function gatherSource(kernel: GatherKernel): KernelSource {
  const { source: from, index, axis, output } = kernel;
  const source = new KernelSource();
  const read = source.slot(from.slot, from.dtype);
  const indices = source.slot(index.slot, index.dtype);
  const write = source.slot(output.slot, output.dtype);
  const nest = mergeAxes(index.shape, [index.strides, withAt(from.strides, axis, 0)]);
  const pick = picker(source, 'gather', axis, from.shape[axis]!, indices, nest.sizes.length, nest.strides[0]!);
  const step = source.param(from.strides[axis]!);
  source.line('let o = 0;');
  source.nest(
    nest.sizes,
    [
      { at: source.param(index.offset), steps: nest.strides[0]! },
      { at: source.param(from.offset), steps: nest.strides[1]! },
    ],
    (at) => {
      pick.inside(at[0]!);
      source.line(`${write}[o++] = ${read}[${at[1]!} + j * ${step}];`);
    },
    (at) => pick.before(at[0]!),
  );
  return source;
}

export function scatterSource(kernel: ScatterKernel): KernelSource {
  const { base, index, updates, axis, output, mode } = kernel;
  if (mode !== 'set') requireCompute(`scatter ${mode}`, output.dtype);
  const source = new KernelSource();
  const first = source.slot(base.slot, base.dtype);
  const indices = source.slot(index.slot, index.dtype);
  const values = source.slot(updates.slot, updates.dtype);
  const write = source.slot(output.slot, output.dtype);
  const copy = mergeAxes(base.shape, [base.strides]);
  source.line('let o = 0;');
  source.nest(copy.sizes, [{ at: source.param(base.offset), steps: copy.strides[0]! }], (at) => {
    source.line(`${write}[o++] = ${first}[${at[0]!}];`);
  });
  const strides = rowMajor(base.shape);
  const nest = mergeAxes(index.shape, [index.strides, updates.strides, withAt(strides, axis, 0)]);
  const pick = picker(source, 'scatter', axis, base.shape[axis]!, indices, nest.sizes.length, nest.strides[0]!);
  const step = source.param(strides[axis]!);
  source.nest(
    nest.sizes,
    [
      { at: source.param(index.offset), steps: nest.strides[0]! },
      { at: source.param(updates.offset), steps: nest.strides[1]! },
      { at: '0', steps: nest.strides[2]! },
    ],
    (at) => {
      pick.inside(at[0]!);
      const value = `${values}[${at[1]!}]`;
      if (mode === 'set') {
        source.line(`${write}[${at[2]!} + j * ${step}] = ${value};`);
        return;
      }
      source.line(`const t = ${at[2]!} + j * ${step};`);
      const text = foldText(FOLD_OF_SCATTER[mode], output.dtype, `${write}[t]`, value);
      source.line(`${write}[t] = ${isFloat(output.dtype) ? text : wrapText(output.dtype, text)};`);
    },
    (at) => pick.before(at[0]!),
  );
  return source;
}

/** Reads and checks the index `j`: before the innermost loop where it does not change there (rows of a table). */
function picker(
  source: KernelSource,
  what: string,
  axis: number,
  size: number,
  indices: string,
  depth: number,
  steps: readonly number[],
): { before: (at: string) => void; inside: (at: string) => void } {
  const limit = source.param(size);
  const place = source.param(axis);
  const write = (at: string): void => {
    source.line(`const j = ${indices}[${at}];`);
    source.line(`if (j < 0 || j >= ${limit}) env.outOfRange('${what}', j, ${place}, ${limit});`);
  };
  const early = depth === 0 || steps[depth - 1] === 0;
  return { before: (at) => early && write(at), inside: (at) => !early && write(at) };
}
