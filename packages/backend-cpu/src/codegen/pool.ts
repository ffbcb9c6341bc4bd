/** Maximum over sliding windows, and its gradient. */
import { isFloat, type Operand, type PoolGradientKernel, type PoolKernel, type Windows } from '@cotangent/tensor';
import { mergeAxes, rowMajor } from '../loops';
import { lowest, requireCompute } from '../values';
import { KernelSource } from './source';

export function poolSource(kernel: PoolKernel): KernelSource {
  const source = new KernelSource();
  const { output, op } = kernel;
  const read = source.slot(kernel.input.slot, kernel.input.dtype);
  const write = source.slot(output.slot, output.dtype);
  source.line('let o = 0;');
  eachWindow(source, kernel, read, [], () => {
    source.line(`${write}[o++] = ${op === 'max' ? 'best' : 'Math.max(position, 0)'};`);
  });
  return source;
}

export function poolGradientSource(kernel: PoolGradientKernel): KernelSource {
  const source = new KernelSource();
  const { input, gradient, output, shape } = kernel;
  const lead = shape.length - kernel.window.length;
  const read = source.slot(input.slot, input.dtype);
  const from = source.slot(gradient.slot, gradient.dtype);
  const write = source.slot(output.slot, output.dtype);
  source.line(`${write}.fill(0);`);
  const planes = { ...gradient, strides: rowMajor(input.shape), offset: 0 };
  eachWindow(source, kernel, read, [gradient, planes], ([at, plane]) => {
    let place = at!;
    for (let w = lead; w < shape.length; w++) place += ` + w${w - lead} * ${source.param(gradient.strides[w]!)}`;
    source.line(`${write}[${plane} + Math.max(position, 0)] += ${from}[${place}];`);
  });
  return source;
}

/**
 * Loops over windows with, in \`best\` and \`position\`, the first maximum of each; -1 where it has no place inside. \`body\` gets
 * where the other operands stand in front of their pooled axes; \`w0\`, \`w1\`, ... number the windows.
 */
function eachWindow(
  source: KernelSource,
  { input, window, shape, padding, stride, dilation }: Windows,
  read: string,
  others: readonly Operand[],
  body: (at: readonly string[]) => void,
): void {
  requireCompute('max pooling', input.dtype);
  const lead = shape.length - window.length;
  const walked = [input, ...others];
  const outer = mergeAxes(input.shape, walked.map(({ strides }) => strides), 0, lead);
  source.nest(outer.sizes, walked.map(({ offset }, k) => ({ at: source.param(offset), steps: outer.strides[k]! })), (base) => {
    const axes = window.map((size, w) => ({
      size: source.param(size),
      extent: source.param(input.shape[lead + w]!),
      stride: source.param(input.strides[lead + w]!),
      dilation: source.param(dilation[w]!),
    }));
    // Where each window begins, and which of its places lie inside the input.
    axes.forEach((axis, w) => {
      const [pad, count, step] = [source.param(padding[w]!), source.param(shape[lead + w]!), source.param(stride[w]!)];
      source.open(`for (let w${w} = 0, b${w} = -${pad}; w${w} < ${count}; w${w}++, b${w} += ${step})`);
      source.line(`const f${w} = b${w} < 0 ? Math.ceil(-b${w} / ${axis.dilation}) | 0 : 0;`);
      source.line(`const e${w} = Math.min(${axis.size}, Math.ceil((${axis.extent} - b${w}) / ${axis.dilation})) | 0;`);
    });
    source.line(`let best = ${lowest(input.dtype)}, position = -1;`);
    let at = base[0]!;
    let flat = '';
    axes.forEach((axis, w) => {
      source.open(`for (let k${w} = f${w}; k${w} < e${w}; k${w}++)`);
      source.line(`const y${w} = b${w} + k${w} * ${axis.dilation}, r${w} = ${at} + y${w} * ${axis.stride};`);
      source.line(`const q${w} = ${flat === '' ? `y${w}` : `${flat} * ${axis.extent} + y${w}`};`);
      at = `r${w}`;
      flat = `q${w}`;
    });
    source.line(`const v = ${read}[${at}];`);
    const nan = isFloat(input.dtype) ? ' || (v !== v && best === best)' : '';
    source.open(`if (v > best || position < 0${nan})`);
    source.line(`best = v; position = ${flat};`);
    source.close();
    for (const _ of axes) source.close();
    body(base.slice(1));
    for (const _ of axes) source.close();
  });
}
