/** Running sums, products and maxima along an axis. */
import { DTypeError } from '../errors';
import { isFloat } from '../dtype';
import { accumulated, reducedShape, sameDType, sameShapeAs, type RareRow } from '../graph/op-row';
import { record } from '../graph/record';
import type { Vjp } from '../graph/vjp';
import { reduce } from '../plan/lower-ops';
import { normalizeAxis, sizeOf } from '../shape';
import { Tensor } from '../tensor';
import { eq, isNaN, logicalOr, where } from './compare';
import { arange, zeros } from './create';
import { cast } from './convert';
import { expand, flip, narrow, permute, reshape } from './movement';
import { scatter } from './gather';
import { add, mul } from './math';
import { padConstant } from './pad';
import { nodeOf, unchanged } from './operand';
import { logAddExp } from './special';
import type { ValuesAndIndices } from './reduce';

type Scan = 'cumsum' | 'cumprod' | 'cummax';

function scan(op: Scan, own: RareRow<Scan>, x: Tensor, dim: number): Tensor {
  const node = nodeOf(op, x);
  const axis = normalizeAxis(op, dim, node.shape.length);
  if (node.shape.length === 0) return unchanged(x);
  const small = node.dtype === 'bool' || node.dtype === 'uint8';
  return new Tensor(record(op, [small && op !== 'cummax' ? cast(x, 'int32').node : node], { axis }, own));
}

/**
 * Running sums along `dim`.
 *
 * @example
 * ```ts
 * import { cumsum, tensor } from '@cotangent/tensor';
 * console.log(await cumsum(tensor([1, 2, 3]), 0).array()); // [1, 3, 6]
 * ```
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  return scan('cumsum', CUMSUM_ROW, x, dim);
}

/**
 * Running products along `dim`.
 *
 * @example
 * ```ts
 * import { cumprod, tensor } from '@cotangent/tensor';
 * console.log(await cumprod(tensor([1, 2, 3]), 0).array()); // [1, 2, 6]
 * ```
 */
export function cumprod(x: Tensor, dim: number): Tensor {
  return scan('cumprod', CUMPROD_ROW, x, dim);
}

/**
 * Running maxima along `dim` with the position of the latest of equal maxima.
 *
 * @example
 * ```ts
 * import { cummax, tensor } from '@cotangent/tensor';
 * const { values, indices } = cummax(tensor([1, 3, 2]), 0);
 * console.log(await values.array(), await indices.array()); // [1, 3, 3] [0, 1, 1]
 * ```
 */
export function cummax(x: Tensor, dim: number): ValuesAndIndices {
  const values = scan('cummax', CUMMAX_ROW, x, dim);
  if (x.ndim === 0) return { values, indices: cast(eq(x, x), 'int32').mul(0) };
  const axis = normalizeAxis('cummax', dim, x.ndim);
  const isMaximum = isFloat(x.dtype) ? logicalOr(eq(x, values), isNaN(x)) : eq(x, values);
  const positions = expand(reshape(arange(x.shape[axis]!), x.shape.map((n, i) => (i === axis ? n : 1))), x.shape);
  return { values, indices: scan('cummax', CUMMAX_ROW, where(isMaximum, positions, 0), axis) };
}

/**
 * Running log(sum(exp(x))) along `dim`, without overflow: doubling steps of logAddExp (Hillis and Steele, "Data parallel
 * algorithms", 1986).
 *
 * @example
 * ```ts
 * import { logCumSumExp, tensor } from '@cotangent/tensor';
 * console.log(await logCumSumExp(tensor([0, 0]), 0).array()); // [0, 0.6931...]
 * ```
 */
export function logCumSumExp(x: Tensor, dim: number): Tensor {
  const node = nodeOf('logCumSumExp', x);
  if (!isFloat(node.dtype)) throw new DTypeError(`logCumSumExp: got ${node.dtype}; expected a floating-point tensor.`);
  const axis = normalizeAxis('logCumSumExp', dim, node.shape.length);
  const n = node.shape[axis] ?? 1;
  let out = x;
  for (let step = 1; step < n; step *= 2) {
    const low = node.shape.map((_, i) => (i === axis ? step : 0));
    const shifted = padConstant(narrow(out, axis, 0, n - step), low, node.shape.map(() => 0), -Infinity);
    out = logAddExp(out, shifted);
  }
  return out;
}

/** Sums of each element and all after it along `dim`: the gradient of a running sum. */
export function reverseCumsum(x: Tensor, dim: number): Tensor {
  return flip(cumsum(flip(x, dim), dim), dim);
}

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
  return [mul(back, reshape(grad, x.shape.map((n, i) => (axes.includes(i) ? 1 : n))))];
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
const cumprodRule: Vjp<Scan> = (grad, { inputs, output, attrs }) => {
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

const cummaxRule: Vjp<Scan> = (grad, { inputs, attrs }) => {
  const x = inputs[0]!;
  const axis = normalizeAxis('cummax', attrs.axis, x.ndim);
  return [scatter(zeros(x.shape, { dtype: grad.dtype }), axis, cummax(x, axis).indices, grad, 'add')];
};

function row<K extends Scan>(op: K, vjp: Vjp<Scan>): RareRow<Scan> {
  return {
    kind: 'scan',
    arity: 1,
    differentiable: true,
    shape: sameShapeAs,
    dtype: sameDType,
    lower: (plan, node, output) => {
      plan.kernels.push({ kind: 'scan', op, axis: node.attrs.axis, input: plan.operandAs(node.inputs[0]!, output.dtype), output });
    },
    vjp,
  };
}

export const CUMSUM_ROW = /* @__PURE__ */ row('cumsum', (grad, { attrs }) => [reverseCumsum(grad, attrs.axis)]);
export const CUMPROD_ROW = /* @__PURE__ */ row('cumprod', cumprodRule);
export const CUMMAX_ROW = /* @__PURE__ */ row('cummax', cummaxRule);

/** Rare too: its gradient needs running products. */
export const PROD_ROW: RareRow<'prod'> = /* @__PURE__ */ (() => ({
  kind: 'reduce' as const,
  arity: 1,
  differentiable: true,
  shape: reducedShape,
  dtype: accumulated,
  lower: reduce('prod'),
  vjp: prodRule,
}))();
