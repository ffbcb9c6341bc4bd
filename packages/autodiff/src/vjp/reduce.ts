/** Gradients of reductions. */
import { cast, div, eq, expand, mul, reshape, sum, type Shape, type Tensor } from '@cotangent/tensor';
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

export const reduceRules: {
  readonly [K in 'sum' | 'amax' | 'amin' | 'argmax' | 'argmin']: Vjp<K>;
} = {
  sum: sumRule,
  amax: extreme,
  amin: extreme,
  argmax: NONE,
  argmin: NONE,
};
