import { show, type PerAxis, type PoolOptions } from '@cotangent/tensor';
import { checkPerAxis } from '../check';
import { Module } from '../module';

/** What the pooling layers with a window have in common. */
export abstract class PoolNd extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;

  protected constructor(kind: string, rank: number, kernelSize: PerAxis, options: PoolOptions) {
    super();
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, rank, 1);
    this.stride = checkPerAxis(kind, 'stride', options.stride ?? this.kernelSize, rank, 1);
    this.padding = checkPerAxis(kind, 'padding', options.padding ?? 0, rank, 0);
    this.ceilMode = options.ceilMode ?? false;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, ceilMode } = this;
    return `kernelSize=${show(kernelSize)}, stride=${show(stride)}, padding=${show(padding)}${ceilMode ? ', ceilMode=true' : ''}`;
  }
}
