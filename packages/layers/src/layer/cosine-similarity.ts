import { cosineSimilarity, readOptions, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPositive } from '../check';
import { Module } from '../module';

export interface CosineSimilarityOptions {
  /** The axis of the vectors. Default 1. */
  readonly dim?: number;
  /** Least length of a vector that is divided by its length. Default 1e-8. */
  readonly eps?: number;
}

/**
 * The cosine of the angle between vectors: x1 . x2 / (|x1| |x2|), from -1 to 1.
 *
 * @example
 * ```ts
 * import { CosineSimilarity } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new CosineSimilarity().forward(tensor([[3, 4]]), tensor([[4, 3]])).array()); // [0.96]
 * ```
 */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  constructor(options: CosineSimilarityOptions = {}) {
    super();
    this.dim = readOptions('CosineSimilarity', options, ['dim', 'eps']).dim ?? 1;
    this.eps = checkPositive('CosineSimilarity', 'eps', options.eps ?? 1e-8);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, eps=${this.eps}`;
  }

  forward(a: Tensor, b: Tensor): Tensor {
    checkInput('CosineSimilarity', a);
    checkInput('CosineSimilarity', b);
    return cosineSimilarity(a, b, this);
  }
}
