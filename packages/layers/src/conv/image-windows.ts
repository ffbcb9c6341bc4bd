import { readOptions, show, type PerAxis, type UnfoldOptions } from '@cotangent/tensor';
import { checkPerAxis } from '../check';
import { Module } from '../module';

/** What the layers between images and their windows have in common. */
export abstract class ImageWindows extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];

  protected constructor(kind: string, kernelSize: PerAxis, options: UnfoldOptions) {
    super();
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, 2, 1);
    this.stride = checkPerAxis(kind, 'stride', readOptions(kind, options, ['stride', 'padding', 'dilation']).stride ?? 1, 2, 1);
    this.padding = checkPerAxis(kind, 'padding', options.padding ?? 0, 2, 0);
    this.dilation = checkPerAxis(kind, 'dilation', options.dilation ?? 1, 2, 1);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation } = this;
    return `kernelSize=${show(kernelSize)}, stride=${show(stride)}, padding=${show(padding)}, dilation=${show(dilation)}`;
  }
}
