/** Maximum over sliding windows and its gradient, interpreted. */
import type { Operand, PoolGradientKernel, PoolKernel, TypedArray, Windows } from '@cotangent/tensor';
import { product, rowMajor } from '../loops';
import { lowest, requireCompute } from '../values';
import { StridedWalk } from './walk';

type Slots = readonly TypedArray[];

export function bindPool(kernel: PoolKernel): (s: Slots) => void {
  const { output, op } = kernel;
  const eachWindow = bindWindows(kernel, []);
  return (s) => {
    const to = s[output.slot]!;
    eachWindow(s, (o, best, position) => (to[o] = op === 'max' ? best : position));
  };
}

export function bindPoolGradient(kernel: PoolGradientKernel): (s: Slots) => void {
  const { input, gradient, output, shape } = kernel;
  const lead = shape.length - kernel.window.length;
  const planes = rowMajor(input.shape).map((stride, axis) => (axis < lead ? stride : 0));
  const eachWindow = bindWindows(kernel, [gradient, { ...gradient, strides: planes, offset: 0 }]);
  return (s) => {
    const from = s[gradient.slot]!;
    const to = s[output.slot]!;
    to.fill(0);
    eachWindow(s, (_, best, position, at) => (to[at[1]! + position]! += from[at[0]!]!));
  };
}

/** Goes through the windows with the first maximum of each, its position, and where the other operands stand. */
function bindWindows(
  { input, window, shape, stride, padding, dilation }: Windows,
  others: readonly Operand[],
): (s: Slots, body: (window: number, best: number, position: number, at: readonly number[]) => void) => void {
  requireCompute('max pooling', input.dtype);
  const lead = shape.length - window.length;
  const extents = input.shape.slice(lead);
  const flatStrides = rowMajor(extents);
  const inLead = shape.map((_, axis) => (axis < lead ? input.strides[axis]! : 0));
  const walked = [...others.map(({ strides }) => strides), inLead];
  const outer = new StridedWalk(shape, walked, [...others.map(({ offset }) => offset), input.offset]);
  const inner = new StridedWalk(window, [], []);
  const count = product(shape);
  const places = product(window);
  const start = lowest(input.dtype);
  return (s, body) => {
    const from = s[input.slot]!;
    outer.restart();
    for (let o = 0; o < count; o++) {
      let best = start;
      let position = -1;
      inner.restart();
      for (let n = 0; n < places; n++) {
        let at = outer.at[others.length]!;
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
      body(o, best, Math.max(position, 0), outer.at);
      outer.next();
    }
  };
}
