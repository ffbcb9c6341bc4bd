import { arange, embedding, isInteger, isTensor, parameter, randn, sameShape, where } from '@cotangent/tensor';
import { ArgumentError, DTypeError, IndexError, ShapeError, show, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkWhole, describe } from '../check';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface EmbeddingLayerOptions extends FactoryOptions {
  /** A row that starts as zeros and gets no gradient: the vector of padding. Negative counts from the end. */
  readonly paddingIdx?: number;
  /** The table to start from. Default: drawn from N(0, 1). */
  readonly weight?: Tensor;
  /** The gradient consists of the rows looked up instead of a whole table. Default false. */
  readonly sparse?: boolean;
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
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /** Counted from the start. */
  readonly paddingIdx: number | undefined;
  readonly sparse: boolean;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super();
    const { paddingIdx, sparse = false, weight, dtype, generator } = options;
    this.numEmbeddings = checkWhole('Embedding', 'numEmbeddings', numEmbeddings, 1);
    this.embeddingDim = checkWhole('Embedding', 'embeddingDim', embeddingDim, 1);
    this.paddingIdx = rowIndex(paddingIdx, numEmbeddings);
    this.sparse = sparse;
    if (weight && !sameShape(weight.shape, [numEmbeddings, embeddingDim])) {
      throw new ShapeError(`Embedding(${numEmbeddings}, ${embeddingDim}): the weight has shape ${show(weight.shape)}; the two must agree.`);
    }
    this.weight = parameter(weight ?? this.initialRows({ dtype, generator }));
  }

  /**
   * An embedding that starts from the rows of a table [count, features].
   *
   * @param options freeze: default true, the rows are not trained; paddingIdx and sparse as in the constructor.
   * @example
   * ```ts
   * import { Embedding } from '@cotangent/layers';
   * import { tensor } from '@cotangent/tensor';
   * const vectors = Embedding.fromPretrained(tensor([[0.1, 0.2], [0.3, 0.4]]));
   * console.log(vectors.weight.requiresGrad); // false
   * ```
   */
  static fromPretrained(
    table: Tensor,
    options: Pick<EmbeddingLayerOptions, 'paddingIdx' | 'sparse'> & { readonly freeze?: boolean } = {},
  ): Embedding {
    const { freeze = true, ...rest } = options;
    if (table.ndim !== 2) {
      throw new ShapeError(`Embedding.fromPretrained: the table has shape ${show(table.shape)}; expected [count, features].`);
    }
    const [count, features] = table.shape as [number, number];
    const layer = new Embedding(count, features, { ...rest, weight: table });
    return freeze ? layer.freeze() : layer;
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === undefined ? '' : `, paddingIdx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}${this.sparse ? ', sparse=true' : ''}`;
  }

  /**
   * @param indices int32 (or another integer type), of any shape.
   * @throws DTypeError for other types; IndexError, when the value is computed, for an index out of range.
   */
  forward(indices: Tensor): Tensor {
    if (!isTensor(indices)) throw new ArgumentError(`Embedding: the indices are ${describe(indices)}; expected an int32 tensor.`);
    if (!isInteger(indices.dtype)) {
      throw new DTypeError(`Embedding: the indices are ${indices.dtype}; expected int32. Convert them: .cast('int32').`);
    }
    const index = indices.dtype === 'int32' ? indices : indices.cast('int32');
    return embedding(index, this.weight, { paddingIndex: this.paddingIdx, sparse: this.sparse });
  }

  private initialRows(options: FactoryOptions): Tensor {
    const rows = randn([this.numEmbeddings, this.embeddingDim], options);
    if (this.paddingIdx === undefined) return rows;
    return where(arange(this.numEmbeddings, undefined, 1, { dtype: 'int32' }).eq(this.paddingIdx).unsqueeze(1), 0, rows);
  }
}

function rowIndex(index: number | undefined, count: number): number | undefined {
  if (index === undefined) return undefined;
  if (!Number.isInteger(index) || index < -count || index >= count) {
    throw new IndexError(`Embedding: paddingIdx is ${index}; expected a whole number from ${-count} to ${count - 1}.`);
  }
  return index < 0 ? index + count : index;
}
