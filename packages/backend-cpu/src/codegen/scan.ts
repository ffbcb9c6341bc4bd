/** Running sums, products and maxima. */
import { isFloat, type ScanKernel } from '@cotangent/tensor';
import { FOLD_OF_SCAN, foldText, neutral } from '../folding';
import { mergeAxes, rowMajor, withAt } from '../loops';
import { requireCompute } from '../values';
import { castText, wrapText } from './scalar';
import { KernelSource } from './source';

export function scanSource(kernel: ScanKernel): KernelSource {
  const { axis, input, output, op } = kernel;
  requireCompute(op, input.dtype);
  requireCompute(op, output.dtype);
  const source = new KernelSource();
  const from = source.slot(input.slot, input.dtype);
  const to = source.slot(output.slot, output.dtype);
  const outer = mergeAxes(withAt(input.shape, axis, 1), [input.strides, rowMajor(input.shape)]);
  const along = [input.strides[axis]!, rowMajor(input.shape)[axis]!];
  const fold = FOLD_OF_SCAN[op];
  source.nest(
    outer.sizes,
    [
      { at: source.param(input.offset), steps: outer.strides[0]! },
      { at: '0', steps: outer.strides[1]! },
    ],
    (line) => {
      source.line(`let acc = ${neutral(fold, output.dtype)};`);
      source.nest([input.shape[axis]!], line.map((text, j) => ({ at: text, steps: [along[j]!] })), (at) => {
        const value = `(${castText(input.dtype, output.dtype, `${from}[${at[0]!}]`)})`;
        const text = foldText(fold, output.dtype, 'acc', value);
        source.line(`acc = ${isFloat(output.dtype) ? text : wrapText(output.dtype, text)};`);
        source.line(`${to}[${at[1]!}] = acc;`);
      });
    },
  );
  return source;
}
