/** Maximum over sliding windows, interpreted. */
import { type PoolKernel, type TypedArray } from '@cotangent/tensor';
import { product, rowMajor } from '../loops';
import { lowest, requireCompute } from '../values';
import { StridedWalk } from './walk';

export function bindPool(kernel: PoolKernel): (s: readonly TypedArray[]) => void {
  const { input, output, window, shape, op, stride, padding, dilation } = kernel;
  requireCompute('max pooling', input.dtype);
  const lead = shape.length - window.length;
  const extents = input.shape.slice(lead);
  const flatStrides = rowMajor(extents);
  const outer = new StridedWalk(shape, [shape.map((_, axis) => (axis < lead ? input.strides[axis]! : 0))], [input.offset]);
  const inner = new StridedWalk(window, [], []);
  const count = product(shape);
  const places = product(window);
  const start = lowest(input.dtype);
  return (s) => {
    const from = s[input.slot]!;
    const to = s[output.slot]!;
    outer.restart();
    for (let o = 0; o < count; o++) {
      let best = start;
      let position = -1;
      inner.restart();
      for (let n = 0; n < places; n++) {
        let at = outer.at[0]!;
        let flat = 0;
        let inside = true;
        for (let w = 0; w < window.length; w++) {
          const y = outer.index[lead + w]! * stride[w]! - padding[w]! + inner.index[w]! * dilation[w]!;
          inside &&= y >= 0 && y < extents[w]!;
          at += y * input.strides[lead + w]!;
          flat += y * flatStrides[w]!;
        }
        inner.next();
        if (!inside) continue;
        const v = from[at]!;
        if (v > best || position < 0 || (v !== v && best === best)) {
          best = v;
          position = flat;
        }
      }
      to[o] = op === 'max' ? best : Math.max(position, 0);
      outer.next();
    }
  };
}
