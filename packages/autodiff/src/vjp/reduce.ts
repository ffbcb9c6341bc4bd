/** Gradients of reductions and scans. */
import {
  add,
  cast,
  cummax,
  cumprod,
  div,
  eq,
  expand,
  flip,
  mul,
  narrow,
  normalizeAxis,
  padConstant,
  permute,
  reshape,
  reverseCumsum,
  scatter,
  sizeOf,
  sum,
  zeros,
  type Shape,
  type Tensor,
} from '@cotangent/tensor';
import { NONE, type Vjp } from './rule';

/** A reduced tensor with its axes back, of size 1. */
function unreduced(y: Tensor, shape: Shape, axes: readonly number[]): Tensor {
  return reshape(
    y,
    shape.map((n, i) => (axes.includes(i) ? 1 : n)),
  );
}

const sumRule: Vjp<'sum'> = (grad, { inputs, attrs }) => {
  const { shape } = inputs[0]!;
  return [expand(unreduced(grad, shape, attrs.axes), shape)];
};

/** All elements that reached the extreme value share the gradient. */
const extreme: Vjp<'amax' | 'amin'> = (grad, { inputs, output, attrs }) => {
  const x = inputs[0]!;
  const hit = cast(eq(x, unreduced(output, x.shape, attrs.axes)), grad.dtype);
  const each = div(unreduced(grad, x.shape, attrs.axes), sum(hit, { dim: attrs.axes, keepdim: true }));
  return [attrs.axes.length === 0 ? grad : mul(hit, each)];
};

/** The product of all other elements, from running products on both sides: no division, so zeros are no problem. */
const prodRule: Vjp<'prod'> = (grad, { inputs, attrs }) => {
  const x = inputs[0]!;
  const { axes } = attrs;
  if (axes.length === 0) return [grad];
  const order = [...x.shape.keys()].filter((i) => !axes.includes(i)).concat(axes);
  const kept = order.length - axes.length;
  const last = permute(x, order);
  const lead = last.shape.slice(0, kept);
  const rows = reshape(last, [...lead, sizeOf(last.shape.slice(kept))]);
  const before = exclusiveCumprod(rows, kept);
  const after = flip(exclusiveCumprod(flip(rows, kept), kept), kept);
  const others = reshape(mul(before, after), last.shape);
  const back = permute(
    others,
    order.map((_, i) => order.indexOf(i)),
  );
  return [mul(back, unreduced(grad, x.shape, axes))];
};

/** The product of all elements before each one. */
function exclusiveCumprod(x: Tensor, axis: number): Tensor {
  return shift(cumprod(x, axis), axis, 1, 1);
}

/** Moves elements `by` places towards the end of `axis`; the start is filled with `value`. */
function shift(x: Tensor, axis: number, by: number, value: number): Tensor {
  const n = x.shape[axis]!;
  const step = Math.min(by, n);
  const zero = x.shape.map(() => 0);
  return padConstant(
    narrow(x, axis, 0, n - step),
    zero.map((_, i) => (i === axis ? step : 0)),
    zero,
    value,
  );
}

/**
 * y_i = y_{i-1} x_i backwards: G_i = g_i + x_{i+1} G_{i+1}, and the gradient of x_i is G_i y_{i-1}. The recurrence is
 * solved by doubling (Blelloch, "Prefix sums and their applications", 1990), again without division.
 */
const cumprodRule: Vjp<'cumprod'> = (grad, { inputs, output, attrs }) => {
  const { axis } = attrs;
  const x = flip(inputs[0]!, axis);
  const n = x.shape[axis]!;
  let total = flip(grad, axis);
  let factor = shift(x, axis, 1, 0);
  for (let step = 1; step < n; step *= 2) {
    total = add(total, mul(factor, shift(total, axis, step, 0)));
    factor = mul(factor, shift(factor, axis, step, 0));
  }
  return [mul(flip(total, axis), shift(output, axis, 1, 1))];
};

const cummaxRule: Vjp<'cummax'> = (grad, { inputs, attrs }) => {
  const x = inputs[0]!;
  const axis = normalizeAxis('cummax', attrs.axis, x.ndim);
  return [scatter(zeros(x.shape, { dtype: grad.dtype }), axis, cummax(x, axis).indices, grad, 'add')];
};

export const reduceRules: {
  readonly [K in 'sum' | 'prod' | 'amax' | 'amin' | 'argmax' | 'argmin' | 'cumsum' | 'cumprod' | 'cummax']: Vjp<K>;
} = {
  sum: sumRule,
  prod: prodRule,
  amax: extreme,
  amin: extreme,
  argmax: NONE,
  argmin: NONE,
  cumsum: (grad, { attrs }) => [reverseCumsum(grad, attrs.axis)],
  cumprod: cumprodRule,
  cummax: cummaxRule,
};
