/** Movement: reshaping, reordering, joining, cutting, padding. Most of these never copy. */
import { ArgumentError, IndexError, ShapeError } from '../errors';
import type { Node } from '../graph/node';
import { record } from '../graph/record';
import { broadcastShapes, checkShape, inferShape, normalizeAxes, normalizeAxis, sameShape, show, type Shape } from '../shape';
import { Tensor } from '../tensor';
import { nodeOf, unchanged } from './operand';

/**
 * The same elements in row-major order in another shape; one size may be -1.
 *
 * @throws ShapeError when the element counts differ.
 * @example
 * ```ts
 * import { arange, reshape } from '@cotangent/tensor';
 * console.log(reshape(arange(6), [2, -1]).shape); // [2, 3]
 * ```
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const node = nodeOf('reshape', x);
  const target = inferShape(node.shape, shape);
  return sameShape(target, node.shape) ? unchanged(x) : new Tensor(record('reshape', [node], { shape: [...target] }));
}

/**
 * Merges the axes from `start` to `end` (both included) into one; by default all of them.
 *
 * @example
 * ```ts
 * import { flatten, zeros } from '@cotangent/tensor';
 * console.log(flatten(zeros([2, 3, 4]), 1).shape); // [2, 12]
 * ```
 */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  const { shape } = nodeOf('flatten', x);
  const first = normalizeAxis('flatten', start, shape.length);
  const last = normalizeAxis('flatten', end, shape.length);
  if (first > last) throw new ArgumentError(`flatten: start ${start} comes after end ${end} in shape ${show(shape)}.`);
  const merged = shape.slice(first, last + 1).reduce((p, n) => p * n, 1);
  return reshape(x, [...shape.slice(0, first), merged, ...shape.slice(last + 1)]);
}

/**
 * Splits axis `dim` into several; one of the sizes may be -1.
 *
 * @example
 * ```ts
 * import { unflatten, zeros } from '@cotangent/tensor';
 * console.log(unflatten(zeros([2, 12]), 1, [3, -1]).shape); // [2, 3, 4]
 * ```
 */
export function unflatten(x: Tensor, dim: number, sizes: Shape): Tensor {
  const { shape } = nodeOf('unflatten', x);
  const axis = normalizeAxis('unflatten', dim, shape.length);
  const split = inferShape([shape[axis]!], sizes, 'unflatten');
  return reshape(x, [...shape.slice(0, axis), ...split, ...shape.slice(axis + 1)]);
}

/**
 * Axes in another order: axis i of the result is axis `axes[i]` of x.
 *
 * @throws ArgumentError unless every axis appears exactly once.
 * @example
 * ```ts
 * import { permute, zeros } from '@cotangent/tensor';
 * console.log(permute(zeros([2, 3, 4]), [2, 0, 1]).shape); // [4, 2, 3]
 * ```
 */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const node = nodeOf('permute', x);
  const rank = node.shape.length;
  const order = axes.map((a) => normalizeAxis('permute', a, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ArgumentError(`permute: axes ${show(axes)} do not name each of the ${rank} axes of shape ${show(node.shape)} once.`);
  }
  return order.every((a, i) => a === i) ? unchanged(x) : new Tensor(record('permute', [node], { axes: order }));
}

/**
 * Swaps two axes; by default the last two.
 *
 * @throws ShapeError for fewer than two axes with the default dims.
 * @example
 * ```ts
 * import { transpose, zeros } from '@cotangent/tensor';
 * console.log(transpose(zeros([2, 3])).shape); // [3, 2]
 * ```
 */
export function transpose(x: Tensor, dim0 = -2, dim1 = -1): Tensor {
  const rank = nodeOf('transpose', x).shape.length;
  if (rank === 0) return unchanged(x);
  const axes = Array.from({ length: rank }, (_, i) => i);
  const a = normalizeAxis('transpose', dim0, rank);
  const b = normalizeAxis('transpose', dim1, rank);
  axes[a] = b;
  axes[b] = a;
  return permute(x, axes);
}

/**
 * Moves axes to other places, the others keep their order.
 *
 * @example
 * ```ts
 * import { moveDim, zeros } from '@cotangent/tensor';
 * console.log(moveDim(zeros([2, 3, 4]), 0, -1).shape); // [3, 4, 2]
 * ```
 */
export function moveDim(x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const rank = nodeOf('moveDim', x).shape.length;
  const from = [source].flat().map((a) => normalizeAxis('moveDim', a, rank));
  const to = [destination].flat().map((a) => normalizeAxis('moveDim', a, rank));
  if (from.length !== to.length) throw new ArgumentError(`moveDim: ${from.length} source axes but ${to.length} destinations.`);
  const axes = new Array<number>(rank).fill(-1);
  from.forEach((a, i) => (axes[to[i]!] = a));
  const rest = Array.from({ length: rank }, (_, i) => i).filter((a) => !from.includes(a));
  return permute(x, axes.map((a) => (a < 0 ? rest.shift()! : a)));
}

/**
 * Repeats axes of size 1 (and adds leading axes) up to `shape`; -1 keeps a size. Does not copy.
 *
 * @throws ShapeError when a size other than 1 would change.
 * @example
 * ```ts
 * import { expand, tensor } from '@cotangent/tensor';
 * console.log(await expand(tensor([[1], [2]]), [2, 3]).array()); // [[1, 1, 1], [2, 2, 2]]
 * ```
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const node = nodeOf('expand', x);
  const lead = shape.length - node.shape.length;
  const target = shape.map((n, i) => (n === -1 && i >= lead ? node.shape[i - lead]! : n));
  checkShape('expand', target);
  if (lead < 0 || node.shape.some((n, i) => n !== 1 && n !== target[i + lead])) {
    throw new ShapeError(`expand: ${show(node.shape)} cannot be expanded to ${show(shape)}; aligned at the right, only axes of size 1 can grow.`);
  }
  return sameShape(target, node.shape) ? unchanged(x) : new Tensor(record('expand', [node], { shape: target }));
}

/**
 * Drops axes of size 1: the given ones (kept when their size is not 1), or all.
 *
 * @example
 * ```ts
 * import { squeeze, zeros } from '@cotangent/tensor';
 * console.log(squeeze(zeros([1, 3, 1])).shape); // [3]
 * ```
 */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const { shape } = nodeOf('squeeze', x);
  const axes = normalizeAxes('squeeze', dim, shape.length);
  return reshape(x, shape.filter((n, i) => n !== 1 || !axes.includes(i)));
}

/**
 * Adds an axis of size 1 at `dim`.
 *
 * @example
 * ```ts
 * import { unsqueeze, zeros } from '@cotangent/tensor';
 * console.log(unsqueeze(zeros([3]), -1).shape); // [3, 1]
 * ```
 */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const { shape } = nodeOf('unsqueeze', x);
  const axis = normalizeAxis('unsqueeze', dim, shape.length + 1);
  return reshape(x, [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
}

/** Cuts every axis: `size[i]` elements from `start[i]` in steps of `step[i]` (which may be negative). No copy, no checks. */
export function strided(x: Tensor, start: readonly number[], size: readonly number[], step: readonly number[]): Tensor {
  const node = nodeOf('slice', x);
  const whole = start.every((s, i) => s === 0 && step[i] === 1 && size[i] === node.shape[i]);
  return whole ? unchanged(x) : new Tensor(record('slice', [node], { start, size, step }));
}

/**
 * `length` elements along `dim` from `start`.
 *
 * @throws IndexError when they do not lie inside the axis.
 * @example
 * ```ts
 * import { arange, narrow } from '@cotangent/tensor';
 * console.log(await narrow(arange(5), 0, 1, 3).array()); // [1, 2, 3]
 * ```
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const { shape } = nodeOf('narrow', x);
  const axis = normalizeAxis('narrow', dim, shape.length);
  const n = shape[axis] ?? 1;
  const first = start < 0 ? start + n : start;
  if (!Number.isInteger(start) || !Number.isInteger(length) || first < 0 || length < 0 || first + length > n) {
    throw new IndexError(`narrow: ${length} elements from ${start} do not lie inside dim ${dim} of shape ${show(shape)}.`);
  }
  const at = (whole: number, here: number) => shape.map((_, i) => (i === axis ? here : whole));
  return strided(x, at(0, first), shape.map((m, i) => (i === axis ? length : m)), at(1, 1));
}

/**
 * One place along `dim`; the axis disappears.
 *
 * @throws IndexError when the index is out of range.
 * @example
 * ```ts
 * import { select, tensor } from '@cotangent/tensor';
 * console.log(await select(tensor([[1, 2], [3, 4]]), 1, -1).array()); // [2, 4]
 * ```
 */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const { shape } = nodeOf('select', x);
  const axis = normalizeAxis('select', dim, shape.length);
  const n = shape[axis] ?? 0;
  if (!Number.isInteger(index) || index < -n || index >= n) {
    throw new IndexError(`select: index ${index} is out of range for dim ${dim} of shape ${show(shape)} (size ${n}).`);
  }
  return reshape(narrow(x, axis, index < 0 ? index + n : index, 1), shape.filter((_, i) => i !== axis));
}

/**
 * Elements in reverse order along the given axes (default: all). Does not copy.
 *
 * @example
 * ```ts
 * import { flip, tensor } from '@cotangent/tensor';
 * console.log(await flip(tensor([1, 2, 3])).array()); // [3, 2, 1]
 * ```
 */
export function flip(x: Tensor, dims?: number | readonly number[]): Tensor {
  const { shape } = nodeOf('flip', x);
  const axes = normalizeAxes('flip', dims, shape.length);
  const start = shape.map((n, i) => (axes.includes(i) ? Math.max(n - 1, 0) : 0));
  return strided(x, start, shape, shape.map((_, i) => (axes.includes(i) ? -1 : 1)));
}

/**
 * Tensors one after another along `dim`; all other sizes must be equal.
 *
 * @throws ShapeError or DTypeError naming the tensors that do not fit.
 * @example
 * ```ts
 * import { concat, tensor } from '@cotangent/tensor';
 * console.log(await concat([tensor([1]), tensor([2, 3])]).array()); // [1, 2, 3]
 * ```
 */
export function concat(tensors: readonly Tensor[], dim = 0): Tensor {
  const nodes = nodeList('concat', tensors);
  const rank = nodes[0]!.shape.length;
  if (rank === 0) throw new ShapeError('concat: the tensors are scalars; use stack to make a vector of them.');
  const axis = normalizeAxis('concat', dim, rank);
  return nodes.length === 1 ? unchanged(tensors[0]!) : new Tensor(record('concat', nodes, { axis }));
}

/**
 * Tensors of one shape along a new axis `dim`.
 *
 * @example
 * ```ts
 * import { stack, tensor } from '@cotangent/tensor';
 * console.log(stack([tensor([1, 2]), tensor([3, 4])]).shape); // [2, 2]
 * ```
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const nodes = nodeList('stack', tensors);
  const { shape } = nodes[0]!;
  for (const node of nodes) {
    if (!sameShape(node.shape, shape)) throw new ShapeError(`stack: shapes ${show(shape)} and ${show(node.shape)} differ; all must be equal.`);
  }
  const axis = normalizeAxis('stack', dim, shape.length + 1);
  return concat(tensors.map((x) => unsqueeze(x, axis)), axis);
}

function nodeList(op: string, tensors: readonly Tensor[]): Node[] {
  if (!Array.isArray(tensors) || tensors.length === 0) throw new ArgumentError(`${op}: expected a list of at least one tensor.`);
  return tensors.map((x: Tensor) => nodeOf(op, x));
}

/**
 * Pieces of `size` along `dim` (the last may be smaller), or pieces of the listed sizes.
 *
 * @throws ShapeError when listed sizes do not add up to the axis.
 * @example
 * ```ts
 * import { arange, split } from '@cotangent/tensor';
 * console.log(split(arange(5), 2).map((t) => t.shape[0])); // [2, 2, 1]
 * ```
 */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const { shape } = nodeOf('split', x);
  const axis = normalizeAxis('split', dim, shape.length);
  const n = shape[axis] ?? 1;
  if (typeof size === 'number' && !(Number.isInteger(size) && size > 0)) {
    throw new ArgumentError(`split: the size is ${size}; expected a whole number > 0.`);
  }
  const sizes =
    typeof size === 'number' ? Array.from({ length: Math.max(1, Math.ceil(n / size)) }, (_, i) => Math.min(size, n - i * size)) : size;
  const total = sizes.reduce((s, m) => s + m, 0);
  if (total !== n) throw new ShapeError(`split: sizes ${show(sizes)} add up to ${total}, but dim ${dim} of shape ${show(shape)} has ${n}; give sizes that add up to ${n}.`);
  let start = 0;
  return sizes.map((length) => narrow(x, axis, (start += length) - length, length));
}

/**
 * At most `chunks` pieces of equal size along `dim` (the last may be smaller); of an empty axis as many empty ones.
 *
 * @example
 * ```ts
 * import { arange, chunk } from '@cotangent/tensor';
 * console.log(chunk(arange(5), 2).map((t) => t.shape[0])); // [3, 2]
 * ```
 */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  if (!Number.isInteger(chunks) || chunks < 1) throw new ArgumentError(`chunk: the number of chunks is ${chunks}; expected at least 1.`);
  const { shape } = nodeOf('chunk', x);
  const n = shape[normalizeAxis('chunk', dim, shape.length)] ?? 1;
  return split(x, n === 0 ? Array.from({ length: chunks }, () => 0) : Math.ceil(n / chunks), dim);
}

/**
 * All places along `dim`, as a list of tensors without that axis.
 *
 * @example
 * ```ts
 * import { tensor, unbind } from '@cotangent/tensor';
 * console.log(unbind(tensor([[1, 2], [3, 4]])).length); // 2
 * ```
 */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const { shape } = nodeOf('unbind', x);
  const axis = normalizeAxis('unbind', dim, shape.length);
  return Array.from({ length: shape[axis] ?? 0 }, (_, i) => select(x, axis, i));
}

/**
 * The tensor rolled along axes: elements pushed over the end come back at the start.
 *
 * @example
 * ```ts
 * import { arange, roll } from '@cotangent/tensor';
 * console.log(await roll(arange(4), 1, 0).array()); // [3, 0, 1, 2]
 * ```
 */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  const { shape } = nodeOf('roll', x);
  const by: readonly number[] = typeof shifts === 'number' ? [shifts] : shifts;
  if (dims === undefined) return reshape(roll(flatten(x), by[0]!, 0), shape);
  const axes: readonly number[] = typeof dims === 'number' ? [dims] : dims;
  if (axes.length !== by.length) throw new ArgumentError(`roll: ${by.length} shifts but ${axes.length} dims; give one shift per dim.`);
  return axes.reduce((out, dim, i) => {
    const axis = normalizeAxis('roll', dim, shape.length);
    const n = shape[axis]!;
    const cut = n === 0 ? 0 : (((-by[i]! % n) + n) % n);
    return cut === 0 ? unchanged(out) : concat([narrow(out, axis, cut, n - cut), narrow(out, axis, 0, cut)], axis);
  }, x);
}

/**
 * Rotates by `times` quarter turns in the plane of two axes, from the first towards the second.
 *
 * @example
 * ```ts
 * import { rot90, tensor } from '@cotangent/tensor';
 * console.log(await rot90(tensor([[1, 2], [3, 4]])).array()); // [[2, 4], [1, 3]]
 * ```
 */
export function rot90(x: Tensor, times = 1, dims: readonly [number, number] = [0, 1]): Tensor {
  const turns = ((times % 4) + 4) % 4;
  if (turns === 0) return unchanged(x);
  if (turns === 2) return flip(x, dims);
  return turns === 1 ? transpose(flip(x, dims[1]), dims[0], dims[1]) : flip(transpose(x, dims[0], dims[1]), dims[1]);
}

/**
 * Tensors broadcast against each other to one shape.
 *
 * @example
 * ```ts
 * import { broadcastTensors, zeros } from '@cotangent/tensor';
 * console.log(broadcastTensors([zeros([3, 1]), zeros([4])]).map((t) => t.shape)); // [[3, 4], [3, 4]]
 * ```
 */
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  const shape = tensors.reduce<Shape>((s, t) => broadcastShapes('broadcastTensors', s, t.shape), []);
  return tensors.map((t) => expand(t, shape));
}
