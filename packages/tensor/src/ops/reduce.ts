/** Reductions over one axis, several or all. */
import { isFloat } from '../dtype';
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import type { RareRow } from '../graph/op-row';
import { record } from '../graph/record';
import { normalizeAxes, normalizeAxis, show, sizeOf } from '../shape';
import { Tensor } from '../tensor';
import { eq, isInf, isNaN, ne, where } from './compare';
import { gather } from './gather';
import { cast } from './convert';
import { abs, exp, log, sqrt } from './elementary';
import { add, div, mul, pow, sub } from './math';
import { narrow, reshape, squeeze, stack } from './movement';
import { checkOptions, nodeOf, unchanged } from './operand';
import { zerosLike } from './create';
import { stopGradient } from './identity';
import { sort } from './order';
import { PROD_ROW } from './scan';

export interface ReduceOptions {
  /** One axis or several, counted from the end when negative; default: all of them. */
  readonly dim?: number | readonly number[] | null;
  /** Keep reduced axes with size 1. Default false. */
  readonly keepdim?: boolean;
}

export interface ArgReduceOptions {
  /** One axis; default: the position in the flattened tensor. */
  readonly dim?: number | null;
  /** Keep the reduced axis with size 1. Default false. */
  readonly keepdim?: boolean;
}

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements in the divisor. Default 1 (unbiased). */
  readonly correction?: number;
}

/** Values and their positions (int32) along the reduced axis. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

type ReduceName = 'sum' | 'prod' | 'amax' | 'amin' | 'argmax' | 'argmin';

function reduce(op: ReduceName, x: Tensor, { dim, keepdim = false }: ReduceOptions, rare?: RareRow<'prod'>): Tensor {
  const node = nodeOf(op, x);
  const axes = normalizeAxes(op, dim, node.shape.length);
  const out = new Tensor(record(op, [node], { axes }, rare));
  return keepdim ? reshape(out, keptShape(node.shape, axes)) : out;
}

function keptShape(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((n, i) => (axes.includes(i) ? 1 : n));
}

/** Number of elements folded into one by a reduction. */
function countOf(x: Tensor, dim: ReduceOptions['dim']): number {
  return sizeOf(normalizeAxes('mean', dim, x.ndim).map((a) => x.shape[a]!));
}

function needFloat(op: string, x: Tensor): void {
  if (!isFloat(nodeOf(op, x).dtype)) throw new DTypeError(`${op}: got ${x.dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
}

function needElements(op: string, x: Tensor, axis: number): void {
  if (x.shape[axis] === 0) throw new ShapeError(`${op}: shape ${show(x.shape)} has no elements along dim ${axis}, and nothing has no ${op}. Reduce other axes, or check the size first.`);
}

/**
 * The sum; of bool and uint8 as int32. The sum of nothing is 0.
 *
 * @example
 * ```ts
 * import { sum, tensor } from '@cotangent/tensor';
 * console.log(await sum(tensor([[1, 2], [3, 4]]), { dim: 0 }).array()); // [4, 6]
 * ```
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('sum', options, '{ dim: 1 }');
  return reduce('sum', x, options);
}

/**
 * The arithmetic mean of a floating-point tensor; of nothing NaN.
 *
 * @example
 * ```ts
 * import { mean, tensor } from '@cotangent/tensor';
 * console.log(await mean(tensor([1, 2, 6])).item()); // 3
 * ```
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('mean', options, '{ dim: 1 }');
  needFloat('mean', x);
  return div(sum(x, options), countOf(x, options.dim));
}

/**
 * The product; of nothing 1.
 *
 * @example
 * ```ts
 * import { prod, tensor } from '@cotangent/tensor';
 * console.log(await prod(tensor([2, 3, 4])).item()); // 24
 * ```
 */
export function prod(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('prod', options, '{ dim: 1 }');
  return reduce('prod', x, options, PROD_ROW);
}

/**
 * The largest elements, NaN where there is one. Ties share the gradient evenly.
 *
 * @throws ShapeError when there are no elements to choose from.
 * @example
 * ```ts
 * import { amax, tensor } from '@cotangent/tensor';
 * console.log(await amax(tensor([[1, 5], [7, 2]]), { dim: 1 }).array()); // [5, 7]
 * ```
 */
export function amax(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('amax', options, '{ dim: 1 }');
  return reduce('amax', x, options);
}

/**
 * The smallest elements, NaN where there is one. Ties share the gradient evenly.
 *
 * @throws ShapeError when there are no elements to choose from.
 * @example
 * ```ts
 * import { amin, tensor } from '@cotangent/tensor';
 * console.log(await amin(tensor([[1, 5], [7, 2]]), { dim: 1 }).array()); // [1, 2]
 * ```
 */
export function amin(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('amin', options, '{ dim: 1 }');
  return reduce('amin', x, options);
}

/**
 * Position (int32) of the largest element along `dim`, or in the flattened tensor; the first one on ties, NaN counts as
 * largest.
 *
 * @example
 * ```ts
 * import { argmax, tensor } from '@cotangent/tensor';
 * console.log(await argmax(tensor([1, 5, 5])).item()); // 1
 * ```
 */
export function argmax(x: Tensor, options: ArgReduceOptions = {}): Tensor {
  checkOptions('argmax', options, '{ dim: 1 }');
  return reduce('argmax', x, options);
}

/**
 * Position (int32) of the smallest element along `dim`, or in the flattened tensor; the first one on ties, NaN counts as
 * smallest.
 *
 * @example
 * ```ts
 * import { argmin, tensor } from '@cotangent/tensor';
 * console.log(await argmin(tensor([3, 1, 1])).item()); // 1
 * ```
 */
export function argmin(x: Tensor, options: ArgReduceOptions = {}): Tensor {
  checkOptions('argmin', options, '{ dim: 1 }');
  return reduce('argmin', x, options);
}

/**
 * The largest elements along one axis with their positions. The gradient goes to the chosen element only.
 *
 * @example
 * ```ts
 * import { max, tensor } from '@cotangent/tensor';
 * const { values, indices } = max(tensor([[1, 5], [7, 2]]), { dim: 1 });
 * console.log(await values.array(), await indices.array()); // [5, 7] [1, 0]
 * ```
 */
export function max(x: Tensor, options: { dim: number; keepdim?: boolean }): ValuesAndIndices {
  checkOptions('max', options, '{ dim: 1 }');
  return extreme('argmax', x, options);
}

/**
 * The smallest elements along one axis with their positions. The gradient goes to the chosen element only.
 *
 * @example
 * ```ts
 * import { min, tensor } from '@cotangent/tensor';
 * const { values, indices } = min(tensor([[1, 5], [7, 2]]), { dim: 1 });
 * console.log(await values.array(), await indices.array()); // [1, 2] [0, 1]
 * ```
 */
export function min(x: Tensor, options: { dim: number; keepdim?: boolean }): ValuesAndIndices {
  checkOptions('min', options, '{ dim: 1 }');
  return extreme('argmin', x, options);
}

function extreme(op: 'argmax' | 'argmin', x: Tensor, { dim, keepdim = false }: { dim: number; keepdim?: boolean }): ValuesAndIndices {
  const indices = reduce(op, x, { dim, keepdim: true });
  const values = x.ndim === 0 ? unchanged(x) : gather(x, dim, indices);
  return keepdim ? { values, indices } : { values: squeeze(values, dim), indices: squeeze(indices, dim) };
}

/**
 * The variance: squared distances from the mean, summed and divided by (count - correction).
 *
 * @param options correction: default 1 (unbiased); 0 gives the population variance.
 * @example
 * ```ts
 * import { tensor, variance } from '@cotangent/tensor';
 * console.log(await variance(tensor([1, 2, 3])).item()); // 1
 * ```
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions('variance', options, '{ dim: 1 }');
  needFloat('variance', x);
  const { dim, keepdim = false, correction = 1 } = options;
  const centred = sub(x, mean(x, { dim, keepdim: true }));
  return div(sum(mul(centred, centred), { dim, keepdim }), Math.max(0, countOf(x, dim) - correction));
}

/**
 * The standard deviation: the square root of the variance.
 *
 * @example
 * ```ts
 * import { std, tensor } from '@cotangent/tensor';
 * console.log(await std(tensor([1, 2, 3])).item()); // 1
 * ```
 */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkOptions('std', options, '{ dim: 1 }');
  return rootOrZero(variance(x, options));
}

/** The square root, whose gradient at 0 is infinite: what is 0 gets gradient 0 instead, as in PyTorch. */
function rootOrZero(squares: Tensor): Tensor {
  const isZero = eq(squares, 0);
  return where(isZero, 0, sqrt(where(isZero, 1, squares)));
}

/**
 * log(sum(exp(x))), shifted by the largest element so that nothing overflows.
 *
 * @example
 * ```ts
 * import { logSumExp, tensor } from '@cotangent/tensor';
 * console.log(await logSumExp(tensor([1000, 1000])).item()); // 1000.6931...
 * ```
 */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('logSumExp', options, '{ dim: 1 }');
  needFloat('logSumExp', x);
  const { dim, keepdim = false } = options;
  if (countOf(x, dim) === 0) return log(sum(exp(x), options));
  const top = stopGradient(amax(x, { dim, keepdim: true }));
  const shift = where(isInf(top), zerosLike(top), top); // -Infinity - -Infinity would be NaN
  const total = add(log(sum(exp(sub(x, shift)), { dim, keepdim: true })), shift);
  return keepdim ? total : reshape(total, sum(x, { dim }).shape);
}

/**
 * The norm of order p over the given axes (all together): 2 by default; 1, Infinity, -Infinity, 0 (number of non-zero
 * elements) and any other number.
 *
 * @example
 * ```ts
 * import { norm, tensor } from '@cotangent/tensor';
 * console.log(await norm(tensor([3, 4])).item()); // 5
 * ```
 */
export function norm(x: Tensor, options: ReduceOptions & { readonly p?: number } = {}): Tensor {
  checkOptions('norm', options, '{ dim: 1 }');
  needFloat('norm', x);
  const { p = 2 } = options;
  if (p === Infinity) return amax(abs(x), options);
  if (p === -Infinity) return amin(abs(x), options);
  if (p === 0) return sum(cast(ne(x, 0), x.dtype), options);
  if (p === 1) return sum(abs(x), options);
  if (p === 2) return rootOrZero(sum(mul(x, x), options));
  const total = sum(powersOf(abs(x), p), options);
  const vanishes = eq(total, p > 0 ? 0 : Infinity);
  return where(vanishes, 0, pow(where(vanishes, 1, total), 1 / p));
}

/** Powers of sizes, where the slope of a power below 1 at size 0 is infinite: what is 0 gets gradient 0 instead, as in PyTorch. */
function powersOf(sizes: Tensor, p: number): Tensor {
  if (p > 1) return pow(sizes, p);
  const isZero = eq(sizes, 0);
  return where(isZero, p > 0 ? 0 : Infinity, pow(where(isZero, 1, sizes), p));
}

/**
 * Whether any element is true (not 0), as bool; of nothing false.
 *
 * @example
 * ```ts
 * import { any, tensor } from '@cotangent/tensor';
 * console.log(await any(tensor([0, 2])).item()); // 1
 * ```
 */
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('any', options, '{ dim: 1 }');
  return ne(countNonzero(x, options), 0);
}

/**
 * Whether all elements are true (not 0), as bool; of nothing true.
 *
 * @example
 * ```ts
 * import { all, tensor } from '@cotangent/tensor';
 * console.log(await all(tensor([0, 2])).item()); // 0
 * ```
 */
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('all', options, '{ dim: 1 }');
  return eq(countNonzero(x, options), countOf(x, options.dim));
}

/**
 * How many elements are not 0, as int32.
 *
 * @example
 * ```ts
 * import { countNonzero, tensor } from '@cotangent/tensor';
 * console.log(await countNonzero(tensor([0, 2, 3])).item()); // 2
 * ```
 */
export function countNonzero(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('countNonzero', options, '{ dim: 1 }');
  return sum(cast(cast(x, 'bool'), 'int32'), options);
}

/**
 * The sum with NaN counted as 0.
 *
 * @example
 * ```ts
 * import { nanSum, tensor } from '@cotangent/tensor';
 * console.log(await nanSum(tensor([1, NaN, 2])).item()); // 3
 * ```
 */
export function nanSum(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions('nanSum', options, '{ dim: 1 }');
  return sum(where(isNaN(x), 0, x), options);
}

/**
 * The median along an axis (or of all elements) with its position: the lower of the two middle elements when their
 * number is even; NaN when there is one.
 *
 * @example
 * ```ts
 * import { median, tensor } from '@cotangent/tensor';
 * console.log(await median(tensor([3, 1, 2, 4]), { dim: 0 }).values.item()); // 2
 * ```
 */
export function median(x: Tensor, options: ArgReduceOptions = {}): ValuesAndIndices {
  checkOptions('median', options, '{ dim: 1 }');
  const { dim, keepdim = false } = options;
  if (dim === undefined || dim === null) {
    const { values, indices } = median(reshape(x, [-1]), { dim: 0 });
    return { values, indices };
  }
  const axis = normalizeAxis('median', dim, x.ndim);
  needElements('median', x, axis);
  const sorted = sort(x, { dim: axis });
  const n = x.shape[axis] ?? 1;
  // NaN sorts last; when there is one the last element is the answer.
  const hasNaN = any(isNaN(x), { dim: axis, keepdim: true });
  const middle = (n - 1) >> 1;
  const pick = (t: Tensor): Tensor => {
    const chosen = where(hasNaN, narrow(t, axis, n - 1, 1), narrow(t, axis, middle, 1));
    return keepdim ? chosen : squeeze(chosen, axis);
  };
  return { values: pick(sorted.values), indices: pick(sorted.indices) };
}

/**
 * The q-quantiles along an axis (or of all elements), interpolated linearly between the two nearest elements. Several
 * `q` add a leading axis.
 *
 * @throws ArgumentError for q outside [0, 1].
 * @example
 * ```ts
 * import { quantile, tensor } from '@cotangent/tensor';
 * console.log(await quantile(tensor([0, 10]), 0.25).item()); // 2.5
 * ```
 */
export function quantile(x: Tensor, q: number | readonly number[], options: ArgReduceOptions = {}): Tensor {
  checkOptions('quantile', options, '{ dim: 1 }');
  const list = typeof q === 'number' ? [q] : q;
  for (const v of list) if (!(v >= 0 && v <= 1)) throw new ArgumentError(`quantile: q is ${v}; expected numbers from 0 to 1.`);
  needFloat('quantile', x);
  const { dim, keepdim = false } = options;
  const flat = dim === undefined || dim === null;
  const rows = flat ? reshape(x, [-1]) : x;
  const axis = flat ? 0 : normalizeAxis('quantile', dim, x.ndim);
  needElements('quantile', rows, axis);
  const n = rows.shape[axis]!;
  const { values } = sort(rows, { dim: axis });
  const hasNaN = any(isNaN(rows), { dim: axis, keepdim: true });
  const parts = list.map((v) => {
    const at = v * (n - 1);
    const low = Math.floor(at);
    const a = narrow(values, axis, low, 1);
    const b = narrow(values, axis, Math.min(low + 1, n - 1), 1);
    const mixed = where(hasNaN, NaN, add(a, mul(sub(b, a), at - low)));
    const shape = keepdim ? (flat ? x.shape.map(() => 1) : mixed.shape) : mixed.shape.filter((_, i) => i !== axis);
    return reshape(mixed, shape);
  });
  if (typeof q === 'number') return parts[0]!;
  return stack(parts);
}
