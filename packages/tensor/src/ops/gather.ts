/** Reading and writing elements by index tensors (int32). */
import { IndexError, ShapeError, DTypeError } from '../errors';
import { NO_ATTRS } from '../graph/node';
import { record } from '../graph/record';
import type { ScatterMode } from '../plan/kernel';
import { broadcastShapes, normalizeAxis, sameShape, show } from '../shape';
import { Tensor } from '../tensor';
import { lt, where } from './compare';
import { cast } from './convert';
import { full, ones, zeros } from './create';
import { reciprocal } from './elementary';
import { customGradient } from './identity';
import { add, mul } from './math';
import { expand, reshape } from './movement';
import { checkOptions, nodeOf, unchanged } from './operand';

/**
 * out[i][j] = x[index[i][j]][j] for dim 0, likewise for other axes: one element for every element of `index`.
 *
 * @param index int32, as many axes as x, outside `dim` not larger than x; entries in [0, size of dim).
 * @throws IndexError when an index is out of range (when the value is computed).
 * @example
 * ```ts
 * import { gather, tensor } from '@cotangent/tensor';
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(await gather(x, 1, tensor([[1], [0]], { dtype: 'int32' })).array()); // [[2], [3]]
 * ```
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const node = nodeOf('gather', x);
  const axis = normalizeAxis('gather', dim, node.shape.length);
  return new Tensor(record('gather', [node, nodeOf('gather', index)], { axis, sparse: false }));
}

/**
 * Whole slices of x along `dim`, in the order of a vector of indices.
 *
 * @throws ShapeError when the index is not a vector; IndexError when an entry is out of range.
 * @example
 * ```ts
 * import { indexSelect, tensor } from '@cotangent/tensor';
 * console.log(await indexSelect(tensor([[1, 2], [3, 4]]), 0, tensor([1, 1], { dtype: 'int32' })).array()); // [[3, 4], [3, 4]]
 * ```
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  const { shape } = nodeOf('indexSelect', x);
  const axis = normalizeAxis('indexSelect', dim, shape.length);
  return gather(x, axis, alongAxis('indexSelect', index, shape, axis));
}

/** A vector of indices spread over the other axes of `shape`. */
function alongAxis(op: string, index: Tensor, shape: readonly number[], axis: number): Tensor {
  if (index.ndim !== 1) throw new ShapeError(`${op}: the index has shape ${show(index.shape)}; expected a vector.`);
  const n = index.size;
  const column = reshape(index, shape.map((_, i) => (i === axis ? n : 1)));
  return expand(column, shape.map((m, i) => (i === axis ? n : m)));
}

export interface EmbeddingOptions {
  /** Rows of this index get no gradient. */
  readonly paddingIndex?: number;
  /** Divide the gradient of each row by how often its index occurs. Default false. */
  readonly scaleGradByFreq?: boolean;
  /** The gradient of the table becomes rows and their indices instead of a whole table. Default false. */
  readonly sparse?: boolean;
}

/**
 * Rows of a table [count, features] looked up by indices of any shape: the result has shape [...indices, features].
 *
 * @throws IndexError when an index is out of range (when the value is computed).
 * @example
 * ```ts
 * import { embedding, tensor } from '@cotangent/tensor';
 * const table = tensor([[0, 0], [1, 10], [2, 20]]);
 * console.log(await embedding(tensor([2, 1], { dtype: 'int32' }), table).array()); // [[2, 20], [1, 10]]
 * ```
 */
export function embedding(indices: Tensor, table: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkOptions('embedding', options, '{ paddingIndex: 0 }');
  const { paddingIndex, scaleGradByFreq = false, sparse = false } = options;
  const node = nodeOf('embedding', table);
  if (node.shape.length !== 2) throw new ShapeError(`embedding: the table has shape ${show(node.shape)}; expected [count, features].`);
  const [count, features] = node.shape as [number, number];
  if (paddingIndex !== undefined && (paddingIndex < -count || paddingIndex >= count)) {
    throw new IndexError(`embedding: paddingIndex ${paddingIndex} is out of range for a table of ${count} rows.`);
  }
  if (nodeOf('embedding', indices).dtype !== 'int32') {
    throw new DTypeError(`embedding: the indices are ${indices.dtype}; expected int32. Convert them with .cast('int32').`);
  }
  const flat = reshape(indices, [-1]);
  const index = alongAxis('embedding', flat, node.shape, 0);
  const rows = new Tensor(record('gather', [node, nodeOf('embedding', index)], { axis: 0, sparse }));
  const scaled = scaleGradByFreq ? sharedGradient(rows, flat, count) : rows;
  const padding = paddingIndex !== undefined && paddingIndex < 0 ? paddingIndex + count : paddingIndex;
  const masked = padding === undefined ? scaled : withoutGradient(scaled, flat, padding);
  return reshape(masked, [...indices.shape, features]);
}

/** The same rows; the gradient of each is divided by how often its index occurs. */
function sharedGradient(rows: Tensor, indices: Tensor, count: number): Tensor {
  const share = reciprocal(reshape(cast(take(bincount(indices, count), indices), rows.dtype), [indices.size, 1]));
  return customGradient((x) => unchanged(x), (grad) => [mul(grad, share)])(rows);
}

/** The same rows; those looked up with `index` pass no gradient on. */
function withoutGradient(rows: Tensor, indices: Tensor, index: number): Tensor {
  const isPadding = reshape(indices.eq(index), [indices.size, 1]);
  return new Tensor(record('where', [isPadding.node, rows.detach().node, rows.node], NO_ATTRS));
}

/**
 * A copy of x in which `updates` are combined into the places given by `index` along `dim`.
 *
 * @param mode 'set' (default; with equal indices the last update wins), 'add', 'mul', 'max' or 'min'.
 * @throws ShapeError or DTypeError for operands that do not fit; IndexError when an index is out of range.
 * @example
 * ```ts
 * import { scatter, tensor, zeros } from '@cotangent/tensor';
 * const index = tensor([2, 0, 2], { dtype: 'int32' });
 * console.log(await scatter(zeros([3]), 0, index, tensor([1, 2, 3]), 'add').array()); // [2, 0, 4]
 * ```
 */
export function scatter(x: Tensor, dim: number, index: Tensor, updates: Tensor | number, mode: ScatterMode = 'set'): Tensor {
  const node = nodeOf('scatter', x);
  const axis = normalizeAxis('scatter', dim, node.shape.length);
  const source = typeof updates === 'number' ? full(index.shape, updates, { dtype: node.dtype }) : updates;
  return new Tensor(record('scatter', [node, nodeOf('scatter', index), nodeOf('scatter', source)], { axis, mode }));
}

/**
 * A copy of x in which whole slices along `dim` are combined with those of `updates`, at a vector of indices.
 *
 * @param mode as for `scatter`; 'add' is PyTorch's index_add, 'set' its index_copy.
 * @example
 * ```ts
 * import { indexPut, tensor, zeros } from '@cotangent/tensor';
 * console.log(await indexPut(zeros([2, 2]), 0, tensor([1], { dtype: 'int32' }), tensor([[5, 6]])).array()); // [[0, 0], [5, 6]]
 * ```
 */
export function indexPut(x: Tensor, dim: number, index: Tensor, updates: Tensor | number, mode: ScatterMode = 'set'): Tensor {
  const { shape } = nodeOf('indexPut', x);
  const axis = normalizeAxis('indexPut', dim, shape.length);
  const spread = alongAxis('indexPut', index, shape, axis);
  if (typeof updates !== 'number' && !sameShape(updates.shape, spread.shape)) {
    throw new ShapeError(`indexPut: the updates have shape ${show(updates.shape)}; expected ${show(spread.shape)}.`);
  }
  return scatter(x, axis, spread, updates, mode);
}

/**
 * Elements of the flattened tensor at the given positions; negative ones count from the end.
 *
 * @example
 * ```ts
 * import { take, tensor } from '@cotangent/tensor';
 * console.log(await take(tensor([[1, 2], [3, 4]]), tensor([3, 0], { dtype: 'int32' })).array()); // [4, 1]
 * ```
 */
export function take(x: Tensor, index: Tensor): Tensor {
  const flat = reshape(index, [-1]);
  const places = where(lt(flat, 0), add(flat, x.size), flat);
  return reshape(gather(reshape(x, [-1]), 0, places), index.shape);
}

/**
 * Elements along `dim` at the places `index` names, the other axes broadcast (NumPy's take_along_axis): made for the
 * result of argsort and argmax. Without `dim` both are flattened.
 *
 * @param index int32, as many axes as x.
 * @throws IndexError when an index is out of range (when the value is computed).
 * @example
 * ```ts
 * import { argmax, takeAlongDim, tensor } from '@cotangent/tensor';
 * const x = tensor([[1, 5], [7, 2]]);
 * console.log(await takeAlongDim(x, argmax(x, { dim: 1, keepdim: true }), 1).array()); // [[5], [7]]
 * ```
 */
export function takeAlongDim(x: Tensor, index: Tensor, dim?: number): Tensor {
  const { shape } = nodeOf('takeAlongDim', x);
  const places = nodeOf('takeAlongDim', index).shape;
  if (dim === undefined) return take(x, reshape(index, [-1]));
  if (places.length !== shape.length) {
    throw new ShapeError(`takeAlongDim: the index has shape ${show(places)} and the tensor ${show(shape)}; both need the same number of axes.`);
  }
  const axis = normalizeAxis('takeAlongDim', dim, shape.length);
  const rest = (own: readonly number[]): number[] => own.filter((_, i) => i !== axis);
  const common = broadcastShapes('takeAlongDim', rest(shape), rest(places));
  const spread = (size: number): number[] => [...common.slice(0, axis), size, ...common.slice(axis)];
  return shape.length === 0 ? x : gather(expand(x, spread(shape[axis]!)), axis, expand(index, spread(places[axis]!)));
}

/**
 * How often each number 0, 1, 2, ... occurs in an int32 tensor, or the sums of `weights` for each.
 *
 * @param length number of bins; every entry must be smaller.
 * @example
 * ```ts
 * import { bincount, tensor } from '@cotangent/tensor';
 * console.log(await bincount(tensor([0, 2, 2], { dtype: 'int32' }), 3).array()); // [1, 0, 2]
 * ```
 */
export function bincount(x: Tensor, length: number, weights?: Tensor): Tensor {
  if (x.dtype !== 'int32') throw new DTypeError(`bincount: got ${x.dtype}; expected int32.`);
  const index = reshape(x, [-1]);
  const updates = weights ? reshape(weights, [-1]) : ones(index.shape, { dtype: 'int32' });
  return scatter(zeros([length], { dtype: updates.dtype }), 0, index, updates, 'add');
}
