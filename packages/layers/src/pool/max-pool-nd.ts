import { readOptions, type MaxPoolOptions, type PerAxis, type Tensor, type ValuesAndIndices } from '@cotangent/tensor';
import { checkInput, checkPerAxis } from '../check';
import { PoolNd } from './pool-nd';

/** Maximum pooling of the tensor package, alone and with the places of the maxima. */
interface MaxPooling {
  readonly values: (x: Tensor, size: PerAxis, options?: MaxPoolOptions) => Tensor;
  readonly both: (x: Tensor, size: PerAxis, options?: MaxPoolOptions) => ValuesAndIndices;
}

/** What maximum pooling in 1, 2 and 3 dimensions has in common. */
export abstract class MaxPoolNd extends PoolNd {
  readonly dilation: readonly number[];
  readonly #pool: MaxPooling;

  protected constructor(
    private readonly kind: string,
    rank: number,
    pool: MaxPooling,
    kernelSize: PerAxis,
    options: MaxPoolOptions,
  ) {
    super(kind, rank, kernelSize, readOptions(kind, options, ['stride', 'dilation', 'padding', 'ceilMode']));
    this.#pool = pool;
    this.dilation = checkPerAxis(kind, 'dilation', options.dilation ?? 1, rank, 1);
  }

  forward(x: Tensor): Tensor {
    checkInput(this.kind, x);
    return this.#pool.values(x, this.kernelSize, this);
  }

  /**
   * As `forward`, with the place (int32) of each maximum within the flattened spatial axes of the input, for the unpooling layer:
   * what PyTorch gives with return_indices=True.
   */
  forwardWithIndices(x: Tensor): ValuesAndIndices {
    checkInput(this.kind, x);
    return this.#pool.both(x, this.kernelSize, this);
  }
}
