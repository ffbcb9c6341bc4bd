/** Maximum over sliding windows. */
import { isFloat, type PoolKernel } from '@cotangent/tensor';
import { mergeAxes } from '../loops';
import { lowest, requireCompute } from '../values';
import { KernelSource } from './source';

export function poolSource(kernel: PoolKernel): KernelSource {
  const { input, output, window, shape, op } = kernel;
  requireCompute('max pooling', input.dtype);
  const source = new KernelSource();
  const read = source.slot(input.slot, input.dtype);
  const write = source.slot(output.slot, output.dtype);
  const lead = shape.length - window.length;
  const outer = mergeAxes(input.shape, [input.strides], 0, lead);
  source.line('let o = 0;');
  source.nest(outer.sizes, [{ at: source.param(input.offset), steps: outer.strides[0]! }], (base) => {
    const axes = window.map((size, w) => ({
      size: source.param(size),
      extent: source.param(input.shape[lead + w]!),
      stride: source.param(input.strides[lead + w]!),
      dilation: source.param(kernel.dilation[w]!),
    }));
    // Where each window begins, and which of its places lie inside the input.
    axes.forEach((axis, w) => {
      const [pad, count, step] = [source.param(kernel.padding[w]!), source.param(shape[lead + w]!), source.param(kernel.stride[w]!)];
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
    source.line(`${write}[o++] = ${op === 'max' ? 'best' : 'Math.max(position, 0)'};`);
    for (const _ of axes) source.close();
  });
  return source;
}
