import { readOptions, show, type LPPoolOptions, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPerAxis, checkPositive } from '../check';
import { Module } from '../module';

/** What power-average pooling in 1, 2 and 3 dimensions has in common. */
export abstract class LPPoolNd extends Module {
  readonly normType: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly ceilMode: boolean;

  protected constructor(
    private readonly kind: string,
    rank: number,
    private readonly pool: (x: Tensor, normType: number, size: PerAxis, options?: LPPoolOptions) => Tensor,
    normType: number,
    kernelSize: PerAxis,
    options: LPPoolOptions,
  ) {
    super();
    this.normType = checkPositive(kind, 'normType', normType);
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, rank, 1);
    this.stride = checkPerAxis(kind, 'stride', readOptions(kind, options, ['stride', 'ceilMode']).stride ?? this.kernelSize, rank, 1);
    this.ceilMode = options.ceilMode ?? false;
  }

  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return `normType=${normType}, kernelSize=${show(kernelSize)}, stride=${show(stride)}${ceilMode ? ', ceilMode=true' : ''}`;
  }

  forward(x: Tensor): Tensor {
    checkInput(this.kind, x);
    return this.pool(x, this.normType, this.kernelSize, this);
  }
}
