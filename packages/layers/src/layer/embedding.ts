import { arange, embedding, isInteger, isTensor, parameter, randn, readOptions, sameShape, where } from '@cotangent/tensor';
import { ArgumentError, DTypeError, IndexError, ShapeError, show, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkPositive, checkWhole, describe } from '../check';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { renormaliseRows } from './renormalise';

export interface EmbeddingLayerOptions extends FactoryOptions {
  /** A row that starts as zeros and gets no gradient: the vector of padding. Negative counts from the end. */
  readonly paddingIdx?: number;
  /** The table to start from. Default: drawn from N(0, 1). */
  readonly weight?: Tensor;
  /** Rows that are looked up are first shortened to this length. The table itself changes. Default: never. */
  readonly maxNorm?: number;
  /** The p of the norm that measures lengths. Default 2. */
  readonly normType?: number;
  /** Divide the gradient of each row by how often its index occurs among the indices. Default false. */
  readonly scaleGradByFreq?: boolean;
  /** The gradient consists of the rows looked up instead of a whole table. Default false. */
  readonly sparse?: boolean;
}

/** What the layers with a table of vectors have in common. */
export abstract class EmbeddingTable extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /** Counted from the start. */
  readonly paddingIdx: number | undefined;
  readonly maxNorm: number | undefined;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  weight: Parameter;

  protected constructor(
    private readonly kind: string,
    numEmbeddings: number,
    embeddingDim: number,
    options: EmbeddingLayerOptions,
  ) {
    super();
    const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false, sparse = false, weight, dtype, generator } = options;
    this.numEmbeddings = checkWhole(kind, 'numEmbeddings', numEmbeddings, 1);
    this.embeddingDim = checkWhole(kind, 'embeddingDim', embeddingDim, 1);
    this.paddingIdx = rowIndex(kind, paddingIdx, numEmbeddings);
    this.maxNorm = maxNorm === undefined ? undefined : checkPositive(kind, 'maxNorm', maxNorm);
    this.normType = checkPositive(kind, 'normType', normType);
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    if (weight && !sameShape(weight.shape, [numEmbeddings, embeddingDim])) {
      throw new ShapeError(`${kind}(${numEmbeddings}, ${embeddingDim}): the weight has shape ${show(weight.shape)}; the two must agree.`);
    }
    this.weight = parameter(weight ?? this.initialRows({ dtype, generator }));
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.paddingIdx !== undefined) parts.push(`paddingIdx=${this.paddingIdx}`);
    if (this.maxNorm !== undefined) parts.push(`maxNorm=${this.maxNorm}`);
    if (this.sparse) parts.push('sparse=true');
    return parts.join(', ');
  }

  /** The indices as int32, for which rows are made short enough; throws DTypeError for other than whole numbers. */
  protected prepared(indices: Tensor): Tensor {
    if (!isTensor(indices)) throw new ArgumentError(`${this.kind}: the indices are ${describe(indices)}; expected an int32 tensor.`);
    if (!isInteger(indices.dtype)) {
      throw new DTypeError(`${this.kind}: the indices are ${indices.dtype}; expected int32. Convert them: .cast('int32').`);
    }
    const index = indices.dtype === 'int32' ? indices : indices.cast('int32');
    if (this.maxNorm !== undefined) renormaliseRows(this.weight, index, this.maxNorm, this.normType);
    return index;
  }

  private initialRows(options: FactoryOptions): Tensor {
    const rows = randn([this.numEmbeddings, this.embeddingDim], options);
    if (this.paddingIdx === undefined) return rows;
    return where(arange(this.numEmbeddings, undefined, 1, { dtype: 'int32' }).eq(this.paddingIdx).unsqueeze(1), 0, rows);
  }
}

/** A table [count, features] taken as it is, which is not trained by default. */
export type PretrainedOptions = Omit<EmbeddingLayerOptions, 'weight' | 'dtype' | 'generator'> & { readonly freeze?: boolean };

/** The sizes of a table; throws ShapeError unless it has two axes. */
export function tableSizes(kind: string, table: Tensor): [number, number] {
  if (table.ndim === 2) return [...table.shape] as [number, number];
  throw new ShapeError(`${kind}.fromPretrained: the table has shape ${show(table.shape)}; expected [count, features].`);
}

/**
 * A table of `numEmbeddings` vectors, looked up by whole numbers: y = W[index]. It equals the product of one-hot vectors with
 * W, without making them; the gradient reaches only the rows that were used. Rows start normally distributed, N(0, 1).
 *
 * State: `weight` [numEmbeddings, embeddingDim].
 *
 * @example
 * ```ts
 * import { Embedding } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const words = new Embedding(10000, 300);
 * console.log(words.forward(tensor([[5, 17, 5]], { dtype: 'int32' })).shape); // [1, 3, 300]
 * ```
 */
export class Embedding extends EmbeddingTable {
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    readOptions('Embedding', options, ['paddingIdx', 'weight', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse', 'dtype', 'generator']);
    super('Embedding', numEmbeddings, embeddingDim, options);
  }

  /**
   * An embedding that starts from the rows of a table [count, features].
   *
   * @param options freeze: default true, the rows are not trained; the others as in the constructor.
   * @example
   * ```ts
   * import { Embedding } from '@cotangent/layers';
   * import { tensor } from '@cotangent/tensor';
   * const vectors = Embedding.fromPretrained(tensor([[0.1, 0.2], [0.3, 0.4]]));
   * console.log(vectors.weight.requiresGrad); // false
   * ```
   */
  static fromPretrained(table: Tensor, options: PretrainedOptions = {}): Embedding {
    readOptions('Embedding.fromPretrained', options, ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse', 'freeze']);
    const { freeze = true, ...rest } = options;
    const layer = new Embedding(...tableSizes('Embedding', table), { ...rest, weight: table });
    return freeze ? layer.freeze() : layer;
  }

  /**
   * @param indices int32 (or another integer type), of any shape.
   * @throws DTypeError for other types; IndexError, when the value is computed, for an index out of range.
   */
  forward(indices: Tensor): Tensor {
    const { paddingIdx: paddingIndex, scaleGradByFreq, sparse } = this;
    return embedding(this.prepared(indices), this.weight, { paddingIndex, scaleGradByFreq, sparse });
  }
}

function rowIndex(kind: string, index: number | undefined, count: number): number | undefined {
  if (index === undefined) return undefined;
  if (!Number.isInteger(index) || index < -count || index >= count) {
    throw new IndexError(`${kind}: paddingIdx is ${index}; expected a whole number from ${-count} to ${count - 1}.`);
  }
  return index < 0 ? index + count : index;
}
