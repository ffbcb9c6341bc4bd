/**
 * How ops are built from simpler ones: what the planner records instead for a backend that lacks a kernel. With these a
 * backend needs map, reduce, gather, scatter and the contraction only. Ops not listed are primitive.
 */
import { isFloat } from '../dtype';
import type { Node } from '../graph/node';
import type { OpAttrs, OpName } from '../graph/ops';
import { sizeOf, windowedSize } from '../shape';
import type { Tensor } from '../tensor';
import { eq, ge, isNaN, le, logicalAnd, logicalNot, logicalOr, lt, where } from './compare';
import { arange, full, zeros } from './create';
import { gather, indexSelect, scatter } from './gather';
import { cast } from './convert';
import { add, clamp, fmod, maximum, mul, truncDivide } from './math';
import { expand, moveDim, narrow, permute, reshape, unsqueeze } from './movement';
import { padConstant } from './pad';
import { maxPoolGradientByIndex } from './pool-rows';
import { amax, argmax, sum } from './reduce';

export type Decomposition<K extends OpName> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Tensor;

/** Positions along `axis`, shaped to broadcast against a tensor of `rank` axes. */
function positionsAlong(axis: number, length: number, rank: number): Tensor {
  return reshape(arange(length), Array.from({ length: rank }, (_, i) => (i === axis ? length : 1)));
}

/** Reads along `axis` at `first`, `first` + 1, ...: `length` places, those outside the axis being `value`. */
function window(x: Tensor, axis: number, first: number, length: number, value: number): Tensor {
  const n = x.shape[axis]!;
  const shape = x.shape.map((m, i) => (i === axis ? length : m));
  if (n === 0) return full(shape, value, { dtype: x.dtype });
  const at = add(positionsAlong(axis, length, x.ndim), first);
  const inside = logicalAnd(ge(at, 0), lt(at, n));
  return where(inside, gather(x, axis, expand(clamp(at, { min: 0, max: n - 1 }), shape)), value);
}

const pad: Decomposition<'pad'> = ([x], { low, high, value }) =>
  low.reduce((out, p, axis) => (p === 0 && high[axis] === 0 ? out : window(out, axis, -p, p + out.shape[axis]! + high[axis]!, value)), x!);

const concat: Decomposition<'concat'> = (inputs, { axis }) => {
  const total = inputs.reduce((s, x) => s + x.shape[axis]!, 0);
  const at = positionsAlong(axis, total, inputs[0]!.ndim);
  let start = total;
  return inputs.reduceRight<Tensor | undefined>((rest, x) => {
    start -= x.shape[axis]!;
    const placed = window(x, axis, -start, total, 0);
    return rest ? where(lt(at, start + x.shape[axis]!), placed, rest) : placed;
  }, undefined)!;
};

/** Inclusive scan by doubling steps (Hillis and Steele, "Data parallel algorithms", 1986). */
function scan(x: Tensor, axis: number, neutral: number, combine: (a: Tensor, b: Tensor) => Tensor): Tensor {
  let out = x;
  for (let step = 1; step < x.shape[axis]!; step *= 2) out = combine(out, window(out, axis, -step, x.shape[axis]!, neutral));
  return out;
}

function lowest(x: Tensor): number {
  return isFloat(x.dtype) ? -Infinity : x.dtype === 'int32' ? -0x80000000 : 0;
}

/** Sliding windows of the last axes, flattened into a new last axis, and the input position behind each place. */
function windows(x: Tensor, attrs: OpAttrs['maxPool']): { values: Tensor; positions: Tensor } {
  const lead = x.ndim - attrs.window.length;
  const spatial = x.shape.slice(lead);
  const low = attrs.padding;
  const padded = padConstant(x, [...new Array<number>(lead).fill(0), ...low], [...new Array<number>(lead).fill(0), ...low], -Infinity);
  const flat = reshape(arange(sizeOf(spatial)), spatial);
  const numbers = padConstant(flat, low, low, 0);
  const out = attrs.window.map((k, i) => windowedSize(spatial[i]!, k, attrs.stride[i]!, low[i]!, attrs.dilation[i]!));
  const unfold = (t: Tensor, first: number): Tensor => {
    const taken = attrs.window.reduce((y, k, i) => {
      // Computed from positions, not listed: a decomposition must not bring data of its own into the plan.
      const at = arange(out[i]! * k);
      return indexSelect(y, first + i, add(mul(truncDivide(at, k), attrs.stride[i]!), mul(fmod(at, k), attrs.dilation[i]!)));
    }, t);
    const split = reshape(taken, [...t.shape.slice(0, first), ...attrs.window.flatMap((k, i) => [out[i]!, k])]);
    const order = [...Array(first).keys(), ...out.map((_, i) => first + 2 * i), ...out.map((_, i) => first + 2 * i + 1)];
    return reshape(permute(split, order), [...t.shape.slice(0, first), ...out, sizeOf(attrs.window)]);
  };
  return { values: unfold(padded, lead), positions: unfold(numbers, 0) };
}

/** The order is the inverse of the ranks, and a rank counts the elements that come before. */
const argsort: Decomposition<'argsort'> = ([x], { axis, descending, take }) => {
  const rows = moveDim(x!, axis, -1);
  const n = rows.shape[rows.ndim - 1]!;
  const a = unsqueeze(rows, -1);
  const b = unsqueeze(rows, -2);
  const ties = logicalOr(eq(a, b), logicalAnd(isNaN(a), isNaN(b)));
  const less = (p: Tensor, q: Tensor): Tensor => logicalOr(lt(p, q), logicalAnd(isNaN(q), logicalNot(isNaN(p))));
  const earlier = lt(arange(n), unsqueeze(arange(n), 1));
  const before = logicalOr(descending ? less(a, b) : less(b, a), logicalAnd(ties, earlier));
  const ranks = sum(cast(before, 'int32'), { dim: -1 });
  const numbers = expand(arange(n), rows.shape);
  const order = scatter(zeros(rows.shape, { dtype: 'int32' }), rows.ndim - 1, ranks, numbers);
  return moveDim(narrow(order, -1, 0, take ?? n), -1, axis);
};

const searchsorted: Decomposition<'searchsorted'> = ([sorted, values], { right }) => {
  const s = unsqueeze(sorted!, -2);
  const v = unsqueeze(values!, -1);
  const nan = (x: Tensor): Tensor => isNaN(x);
  const before = right ? logicalOr(le(s, v), nan(v)) : logicalOr(lt(s, v), logicalAnd(nan(v), logicalNot(nan(s))));
  return sum(cast(before, 'int32'), { dim: -1 });
};

export type Decompositions = { readonly [K in OpName]?: Decomposition<K> };

export const DECOMPOSITIONS: Decompositions = {
  pad,
  concat,
  cumsum: ([x], { axis }) => scan(x!, axis, 0, add),
  cumprod: ([x], { axis }) => scan(x!, axis, 1, mul),
  cummax: ([x], { axis }) => scan(x!, axis, lowest(x!), maximum),
  maxPool: ([x], attrs) => amax(windows(x!, attrs).values, { dim: -1 }),
  maxPoolIndices: ([x], attrs) => {
    const { values, positions } = windows(x!, attrs);
    const first = argmax(values, { dim: -1, keepdim: true });
    const shape = [...first.shape.slice(0, -1), positions.shape[positions.ndim - 1]!];
    return reshape(gather(expand(positions, shape), -1, first), first.shape.slice(0, -1));
  },
  maxPoolGradient: ([x, grad], attrs) => maxPoolGradientByIndex(x!, grad!, attrs),
  argsort,
  searchsorted,
  repeatResult: ([loop], { index }) => {
    const repeat = loop!.node as Node<'repeat'>;
    return repeat.attrs.loop.unroll(repeat, index);
  },
};
