import { ArgumentError, embeddingBag, readOptions, type EmbeddingBagMode, type Tensor } from '@cotangent/tensor';
import { EmbeddingTable, tableSizes, type EmbeddingLayerOptions, type PretrainedOptions } from './embedding';

export interface EmbeddingBagLayerOptions extends EmbeddingLayerOptions {
  /** Default 'mean'. */
  readonly mode?: EmbeddingBagMode;
  /** Whether the last offset is the number of indices, not the begin of one more bag. Default false. */
  readonly includeLastOffset?: boolean;
}

export interface EmbeddingBagForwardOptions {
  /** Where each bag begins in a vector of indices, int32, ascending from 0. */
  readonly offsets?: Tensor;
  /** A factor for each index, of the same shape; mode 'sum' only. */
  readonly perSampleWeights?: Tensor;
}

/**
 * The mean (or sum, or maximum) of the vectors of a bag of whole numbers, such as the words of a text: an `Embedding` and the
 * reduction after it in one layer. Rows start normally distributed, N(0, 1).
 *
 * State: `weight` [numEmbeddings, embeddingDim].
 *
 * @example
 * ```ts
 * import { EmbeddingBag } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const texts = new EmbeddingBag(10000, 300);
 * console.log(texts.forward(tensor([[5, 17, 5], [1, 2, 3]], { dtype: 'int32' })).shape); // [2, 300]
 * const [words, offsets] = [tensor([5, 17, 5, 1], { dtype: 'int32' }), tensor([0, 3], { dtype: 'int32' })];
 * console.log(texts.forward(words, { offsets }).shape); // [2, 300]
 * ```
 */
export class EmbeddingBag extends EmbeddingTable {
  readonly mode: EmbeddingBagMode;
  readonly includeLastOffset: boolean;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagLayerOptions = {}) {
    readOptions('EmbeddingBag', options, [
      'mode', 'includeLastOffset', 'paddingIdx', 'weight', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse', 'dtype', 'generator',
    ]);
    super('EmbeddingBag', numEmbeddings, embeddingDim, options);
    const { mode = 'mean', includeLastOffset = false } = options;
    if (!['sum', 'mean', 'max'].includes(mode)) throw new ArgumentError(`EmbeddingBag: mode is '${mode}'; expected sum, mean or max.`);
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
  }

  /**
   * Bags of the rows of a table [count, features].
   *
   * @param options freeze: default true, the rows are not trained; the others as in the constructor.
   * @example
   * ```ts
   * import { EmbeddingBag } from '@cotangent/layers';
   * import { tensor } from '@cotangent/tensor';
   * const texts = EmbeddingBag.fromPretrained(tensor([[1, 2], [3, 4]]), { mode: 'sum' });
   * console.log(await texts.forward(tensor([[0, 1]], { dtype: 'int32' })).array()); // [[4, 6]]
   * ```
   */
  static fromPretrained(
    table: Tensor,
    options: PretrainedOptions & Pick<EmbeddingBagLayerOptions, 'mode' | 'includeLastOffset'> = {},
  ): EmbeddingBag {
    readOptions('EmbeddingBag.fromPretrained', options, [
      'paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse', 'freeze', 'mode', 'includeLastOffset',
    ]);
    const { freeze = true, ...rest } = options;
    const layer = new EmbeddingBag(...tableSizes('EmbeddingBag', table), { ...rest, weight: table });
    return freeze ? layer.freeze() : layer;
  }

  override extraRepr(): string {
    return `${super.extraRepr()}, mode=${this.mode}`;
  }

  /**
   * @param indices int32 (or another integer type): [bags, length], or a vector with `offsets`.
   * @throws DTypeError for other types; IndexError, when the value is computed, for an index out of range.
   */
  forward(indices: Tensor, options: EmbeddingBagForwardOptions = {}): Tensor {
    const { mode, includeLastOffset, paddingIdx: paddingIndex, scaleGradByFreq, sparse } = this;
    const { offsets, perSampleWeights } = options;
    return embeddingBag(this.prepared(indices), this.weight, {
      offsets, perSampleWeights, mode, includeLastOffset, paddingIndex, scaleGradByFreq, sparse,
    });
  }
}
