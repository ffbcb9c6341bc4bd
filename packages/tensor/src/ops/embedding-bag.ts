/** Sums, means and maxima of embeddings over bags of indices. */
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import { sameShape, show } from '../shape';
import type { Tensor } from '../tensor';
import { gt, ne, where } from './compare';
import { cast } from './convert';
import { arange, full, ones, zeros } from './create';
import { embedding, indexPut, scatter } from './gather';
import { div, maximum, mul, sub } from './math';
import { expand, reshape, unsqueeze } from './movement';
import { checkOptions, nodeOf } from './operand';
import { searchsorted } from './order';
import { max, sum } from './reduce';

export type EmbeddingBagMode = 'sum' | 'mean' | 'max';

export interface EmbeddingBagOptions {
  /** Where each bag begins in a vector of indices, int32, ascending from 0. */
  readonly offsets?: Tensor;
  /** Default 'mean'. */
  readonly mode?: EmbeddingBagMode;
  /** A factor for each index, of the same shape; mode 'sum' only. */
  readonly perSampleWeights?: Tensor;
  /** Indices that do not count: they add nothing, and their row gets no gradient. */
  readonly paddingIndex?: number;
  /** Whether the last offset is the number of indices, not the begin of one more bag. Default false. */
  readonly includeLastOffset?: boolean;
  /** Divide the gradient of each row by how often its index occurs. Default false. */
  readonly scaleGradByFreq?: boolean;
  /** The gradient of the table becomes rows and their indices instead of a whole table. Default false. */
  readonly sparse?: boolean;
}

const MODES: readonly EmbeddingBagMode[] = ['sum', 'mean', 'max'];

/**
 * One vector per bag of indices: the sum, mean or maximum of the rows of a table [count, features] that they name. The rows of a
 * bag are never stored side by side in the result; an empty bag gives zeros.
 *
 * @param indices int32: [bags, length], bags of equal length; or a vector, cut into bags by `offsets`.
 * @returns shape [bags, features].
 * @throws ShapeError or ArgumentError for arguments that do not fit; IndexError, when computed, for an index out of range.
 * @example
 * ```ts
 * import { embeddingBag, tensor } from '@cotangent/tensor';
 * const table = tensor([[0, 0], [1, 10], [2, 20]]);
 * const [words, offsets] = [tensor([2, 1, 0], { dtype: 'int32' }), tensor([0, 2], { dtype: 'int32' })];
 * console.log(await embeddingBag(words, table, { offsets, mode: 'sum' }).array()); // [[3, 30], [0, 0]]
 * ```
 */
export function embeddingBag(indices: Tensor, table: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  checkOptions('embeddingBag', options, "{ mode: 'sum' }");
  const { offsets, mode = 'mean', perSampleWeights, paddingIndex, includeLastOffset = false, scaleGradByFreq, sparse } = options;
  const { shape, dtype } = nodeOf('embeddingBag', indices);
  if (!MODES.includes(mode)) throw new ArgumentError(`embeddingBag: mode is '${mode}'; expected one of ${MODES.join(', ')}.`);
  if (dtype !== 'int32') throw new DTypeError(`embeddingBag: the indices are ${dtype}; expected int32. Convert them with .cast('int32').`);
  if (perSampleWeights && mode !== 'sum') throw new ArgumentError(`embeddingBag: perSampleWeights are for mode 'sum', not '${mode}'.`);
  if (perSampleWeights && !sameShape(perSampleWeights.shape, shape)) {
    throw new ShapeError(`embeddingBag: perSampleWeights have shape ${show(perSampleWeights.shape)} and the indices ${show(shape)}; they must be equal.`);
  }
  checkBags(indices, offsets, includeLastOffset);
  const rows = embedding(indices, table, { paddingIndex, scaleGradByFreq, sparse });
  const counted = paddingIndex === undefined ? undefined : ne(indices, paddingIndex < 0 ? paddingIndex + table.shape[0]! : paddingIndex);
  const bags = offsets ? scattered(indices, offsets, includeLastOffset) : side(shape);
  const own = counted ? cast(counted, rows.dtype) : ones(shape, { dtype: rows.dtype });
  if (mode === 'max') {
    const isThere = gt(bags.sum(unsqueeze(own, -1)), 0);
    const seen = counted ? where(unsqueeze(counted, -1), rows, -Infinity) : rows;
    return where(isThere, bags.max(seen), 0);
  }
  const masked = counted ? where(unsqueeze(counted, -1), rows, 0) : rows;
  const total = bags.sum(perSampleWeights ? mul(masked, unsqueeze(perSampleWeights, -1)) : masked);
  return mode === 'sum' ? total : div(total, maximum(bags.sum(unsqueeze(own, -1)), 1));
}

function checkBags(indices: Tensor, offsets: Tensor | undefined, includeLastOffset: boolean): void {
  const { shape } = indices;
  if (offsets === undefined) {
    if (includeLastOffset) throw new ArgumentError('embeddingBag: includeLastOffset needs offsets.');
    if (shape.length === 2) return;
    throw new ShapeError(`embeddingBag: the indices have shape ${show(shape)}; expected [bags, length], or a vector with offsets.`);
  }
  if (shape.length !== 1) throw new ShapeError(`embeddingBag: the indices have shape ${show(shape)}; with offsets a vector is expected.`);
  if (nodeOf('embeddingBag', offsets).dtype !== 'int32') {
    throw new DTypeError(`embeddingBag: the offsets are ${offsets.dtype}; expected int32. Convert them with .cast('int32').`);
  }
  if (offsets.ndim !== 1 || (includeLastOffset && offsets.size < 1)) {
    throw new ShapeError(`embeddingBag: the offsets have shape ${show(offsets.shape)}; expected a vector${includeLastOffset ? ' with at least one entry' : ''}.`);
  }
}

/** How rows [..., features], one for each index, are combined to one per bag. */
interface Bags {
  readonly sum: (rows: Tensor) => Tensor;
  readonly max: (rows: Tensor) => Tensor;
}

/** Bags of equal length, side by side. */
function side(shape: readonly number[]): Bags {
  const length = shape[1]!;
  return {
    sum: (rows) => sum(rows, { dim: 1 }),
    max: (rows) => (length === 0 ? sum(rows, { dim: 1 }) : max(rows, { dim: 1 }).values),
  };
}

/** Bags that follow each other in one vector. */
function scattered(indices: Tensor, offsets: Tensor, includeLastOffset: boolean): Bags {
  const bag = sub(searchsorted(offsets, arange(indices.size), { right: true }), 1);
  const count = offsets.size - (includeLastOffset ? 1 : 0);
  return {
    sum: (rows) => indexPut(zeros([count, rows.shape[1]!], { dtype: rows.dtype }), 0, bag, rows, 'add'),
    max: (rows) => {
      const lowest = full([count, rows.shape[1]!], -Infinity, { dtype: rows.dtype });
      return scatter(lowest, 0, expand(reshape(bag, [indices.size, 1]), rows.shape), rows, 'max');
    },
  };
}
