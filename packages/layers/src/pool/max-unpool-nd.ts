import { readOptions, show, type MaxUnpoolOptions, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPerAxis } from '../check';
import { Module } from '../module';

/** Those of the pooling. */
export type MaxUnpoolLayerOptions = Omit<MaxUnpoolOptions, 'outputSize'>;

/** What max unpooling in 1, 2 and 3 dimensions has in common. */
export abstract class MaxUnpoolNd extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  protected constructor(
    private readonly kind: string,
    rank: number,
    private readonly unpool: (x: Tensor, indices: Tensor, size: PerAxis, options?: MaxUnpoolOptions) => Tensor,
    kernelSize: PerAxis,
    options: MaxUnpoolLayerOptions,
  ) {
    super();
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, rank, 1);
    this.stride = checkPerAxis(kind, 'stride', readOptions(kind, options, ['stride', 'padding']).stride ?? this.kernelSize, rank, 1);
    this.padding = checkPerAxis(kind, 'padding', options.padding ?? 0, rank, 0);
  }

  override extraRepr(): string {
    return `kernelSize=${show(this.kernelSize)}, stride=${show(this.stride)}, padding=${show(this.padding)}`;
  }

  /**
   * @param indices int32, from `forwardWithIndices` of the pooling layer.
   * @param options outputSize: sizes of the spatial axes of the result, or its whole shape, where several inputs pool to one size.
   */
  forward(x: Tensor, indices: Tensor, options: Pick<MaxUnpoolOptions, 'outputSize'> = {}): Tensor {
    checkInput(this.kind, x);
    checkInput(this.kind, indices, 'int32');
    const { stride, padding } = this;
    return this.unpool(x, indices, this.kernelSize, { stride, padding, outputSize: options.outputSize });
  }
}
