import { flatten, readOptions, type Tensor } from '@cotangent/tensor';
import { Module } from '../module';

export interface FlattenOptions {
  /** First axis to merge. Default 1: the batch stays. */
  readonly startDim?: number;
  /** Last axis to merge. Default -1. */
  readonly endDim?: number;
}

/**
 * Merges the axes from `startDim` to `endDim` into one; by default all but the first, so that [batch, channels, height, width]
 * becomes [batch, channels * height * width], which a linear layer takes.
 *
 * @example
 * ```ts
 * import { Flatten } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Flatten().forward(ones([5, 40, 7, 7])).shape); // [5, 1960]
 * ```
 */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(options: FlattenOptions = {}) {
    super();
    this.startDim = readOptions('Flatten', options, ['startDim', 'endDim']).startDim ?? 1;
    this.endDim = options.endDim ?? -1;
  }

  override extraRepr(): string {
    return `startDim=${this.startDim}, endDim=${this.endDim}`;
  }

  forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }
}
