import { readOptions, type AvgPoolOptions, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { PoolNd } from './pool-nd';

/** What average pooling in 1, 2 and 3 dimensions has in common. */
export abstract class AvgPoolNd extends PoolNd {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | undefined;

  protected constructor(
    private readonly kind: string,
    rank: number,
    private readonly pool: (x: Tensor, size: PerAxis, options?: AvgPoolOptions) => Tensor,
    kernelSize: PerAxis,
    options: AvgPoolOptions,
  ) {
    super(kind, rank, kernelSize, readOptions(kind, options, ['stride', 'countIncludePad', 'divisorOverride', 'padding', 'ceilMode']));
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride;
  }

  forward(x: Tensor): Tensor {
    checkInput(this.kind, x);
    return this.pool(x, this.kernelSize, this);
  }
}
