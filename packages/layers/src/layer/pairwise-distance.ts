import { pairwiseDistance, readOptions, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

export interface PairwiseDistanceOptions {
  /** Order of the norm. Default 2. */
  readonly p?: number;
  /** Added to every difference, so that equal vectors have a gradient. Default 1e-6. */
  readonly eps?: number;
  /** Whether the last axis stays, with size 1. Default false. */
  readonly keepdim?: boolean;
}

/**
 * The distance of order p between vectors along the last axis: |x1 - x2 + eps|_p.
 *
 * @example
 * ```ts
 * import { PairwiseDistance } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new PairwiseDistance().forward(tensor([[3, 4]]), tensor([[0, 0]])).array()); // [5], nearly
 * ```
 */
export class PairwiseDistance extends Module {
  readonly p: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(options: PairwiseDistanceOptions = {}) {
    super();
    this.p = readOptions('PairwiseDistance', options, ['p', 'eps', 'keepdim']).p ?? 2;
    this.eps = options.eps ?? 1e-6;
    this.keepdim = options.keepdim ?? false;
  }

  override extraRepr(): string {
    return `p=${this.p}, eps=${this.eps}${this.keepdim ? ', keepdim=true' : ''}`;
  }

  forward(a: Tensor, b: Tensor): Tensor {
    checkInput('PairwiseDistance', a);
    checkInput('PairwiseDistance', b);
    return pairwiseDistance(a, b, this);
  }
}
