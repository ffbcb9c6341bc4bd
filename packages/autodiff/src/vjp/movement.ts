/** Gradients of ops that move elements, and of those that read and write by index. */
import {
  arange,
  cast,
  div,
  eq,
  gather,
  mul,
  narrow,
  ones,
  padConstant,
  permute,
  reshape,
  scatter,
  select,
  sizeOf,
  strided,
  where,
  zeros,
  type Tensor,
} from '@cotangent/tensor';
import { sumTo } from './broadcast';
import type { Vjp } from './rule';

/** Puts step - 1 zeros between neighbours along an axis: [n] -> [n, 1] -> [n, step] -> [n * step], cut after the last element. */
function spreadAxis(x: Tensor, axis: number, step: number): Tensor {
  const n = x.shape[axis]!;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const [lead, tail] = [sizeOf(before), sizeOf(after)]; // merged, because eight axes leave no room for another one
  const wide = padConstant(reshape(x, [lead, n, 1, tail]), [0, 0, 0, 0], [0, 0, step - 1, 0]);
  const span = (n - 1) * step + 1;
  return reshape(narrow(reshape(wide, [lead, n * step, tail]), 1, 0, span), [...before, span, ...after]);
}

const slice: Vjp<'slice'> = (grad, { inputs, attrs }) => {
  const { shape } = inputs[0]!;
  const { start, size, step } = attrs;
  const unit = shape.map(() => 1);
  // Backward steps first become forward ones from the other end.
  const backwards = step.map((s, i) => s < 0 && size[i]! > 0);
  const first = start.map((s, i) => (backwards[i] ? s + (size[i]! - 1) * step[i]! : s));
  let g = strided(
    grad,
    size.map((n, i) => (backwards[i] ? n - 1 : 0)),
    size,
    unit.map((_, i) => (backwards[i] ? -1 : 1)),
  );
  step.forEach((by, axis) => {
    if (size[axis]! > 1 && Math.abs(by) > 1) g = spreadAxis(g, axis, Math.abs(by));
  });
  const low = first.map((s, i) => (size[i] === 0 ? 0 : s));
  return [
    padConstant(
      g,
      low,
      shape.map((n, i) => n - low[i]! - g.shape[i]!),
    ),
  ];
};

const concat: Vjp<'concat'> = (grad, { inputs, attrs, needs }) => {
  let start = 0;
  return inputs.map((x, i) => {
    const length = x.shape[attrs.axis]!;
    start += length;
    return needs[i] ? narrow(grad, attrs.axis, start - length, length) : undefined;
  });
};

const gatherRule: Vjp<'gather'> = (grad, { inputs, attrs }) => {
  const [source, index] = inputs as readonly [Tensor, Tensor];
  if (attrs.sparse) return [{ indices: select(index, 1, 0), rows: grad }];
  const { axis } = attrs;
  // One element of each line was taken: an element-wise choice, which fuses with what comes before and after.
  if (index.shape[axis] === 1 && source.shape.every((n, i) => i === axis || n === index.shape[i])) {
    const places = arange(0, source.shape[axis], 1, { dtype: index.dtype }).reshape(...source.shape.map((n, i) => (i === axis ? n : 1)));
    return [where(eq(places, index), grad, 0)];
  }
  return [scatter(zeros(source.shape, { dtype: grad.dtype }), axis, index, grad, 'add')];
};

const scatterRule: Vjp<'scatter'> = (grad, { inputs, output, attrs, needs }) => {
  const [base, index, updates] = inputs as readonly [Tensor, Tensor, Tensor];
  const { axis, mode } = attrs;
  const take = (x: Tensor): Tensor => gather(x, axis, index);
  switch (mode) {
    case 'set':
      return [needs[0] ? scatter(grad, axis, index, 0) : undefined, undefined, needs[2] ? take(grad) : undefined];
    case 'add':
      return [grad, undefined, needs[2] ? take(grad) : undefined];
    case 'mul': {
      const factors = scatter(ones(base.shape, { dtype: base.dtype }), axis, index, updates, 'mul');
      return [mul(grad, factors), undefined, needs[2] ? div(take(mul(grad, output)), updates) : undefined];
    }
    case 'max':
    case 'min': {
      // All elements that reached the extreme value share the gradient, the old element included.
      const kept = cast(eq(base, output), grad.dtype);
      const chosen = cast(eq(updates, take(output)), grad.dtype);
      const each = div(grad, scatter(kept, axis, index, chosen, 'add'));
      return [mul(each, kept), undefined, mul(take(each), chosen)];
    }
  }
};

export const movementRules: {
  readonly [
    K in 'reshape' | 'permute' | 'expand' | 'slice' | 'pad' | 'concat' | 'gather' | 'scatter'
  ]: Vjp<K>;
} = {
  reshape: (grad, { inputs }) => [reshape(grad, inputs[0]!.shape)],
  permute: (grad, { attrs }) => [
    permute(
      grad,
      attrs.axes.map((_, i) => attrs.axes.indexOf(i)),
    ),
  ],
  expand: (grad, { inputs }) => [sumTo(grad, inputs[0]!.shape)],
  slice,
  pad: (grad, { inputs, attrs }) => [
    strided(
      grad,
      attrs.low,
      inputs[0]!.shape,
      attrs.low.map(() => 1),
    ),
  ],
  concat,
  gather: gatherRule,
  scatter: scatterRule,
};
