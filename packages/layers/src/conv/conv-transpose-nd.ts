import { readOptions, ShapeError, show, type ConvTransposeOptions, type Parameter, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPerAxis, checkWhole } from '../check';
import { defaultParameters } from '../init/default';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { checkChannels, checkGroups } from './conv-nd';

export interface ConvTransposeLayerOptions extends FactoryOptions, ConvTransposeOptions {
  /** Whether a number per output channel is added. Default true. */
  readonly bias?: boolean;
}

export const CONV_TRANSPOSE_LAYER_OPTIONS = [
  'stride', 'bias', 'dtype', 'generator', 'padding', 'outputPadding', 'dilation', 'groups',
] as const;

/** One of the transposed convolutions of the tensor package. */
type ConvolutionTransposed = (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvTransposeOptions) => Tensor;

export interface ConvTransposeForwardOptions {
  /** Sizes of the spatial axes of the output, or its whole shape; chooses the output padding of this call. */
  readonly outputSize?: readonly number[];
}

/** What the transposed convolutions in 1, 2 and 3 dimensions have in common. */
export abstract class ConvTransposeNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | undefined;

  protected constructor(
    private readonly kind: string,
    private readonly rank: number,
    private readonly convolve: ConvolutionTransposed,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeLayerOptions,
  ) {
    super();
    readOptions(kind, options, CONV_TRANSPOSE_LAYER_OPTIONS);
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
    this.inChannels = checkWhole(kind, 'inChannels', inChannels, 1);
    this.outChannels = checkWhole(kind, 'outChannels', outChannels, 1);
    this.groups = checkGroups(kind, inChannels, outChannels, groups);
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, rank, 1);
    this.stride = checkPerAxis(kind, 'stride', stride, rank, 1);
    this.padding = checkPerAxis(kind, 'padding', padding, rank, 0);
    this.outputPadding = checkPerAxis(kind, 'outputPadding', outputPadding, rank, 0);
    this.dilation = checkPerAxis(kind, 'dilation', dilation, rank, 1);
    ({ weight: this.weight, bias: this.bias } = defaultParameters(
      [inChannels, outChannels / groups, ...this.kernelSize],
      outChannels,
      options,
    ));
  }

  override extraRepr(): string {
    const parts = [`${this.inChannels}, ${this.outChannels}, kernelSize=${show(this.kernelSize)}, stride=${show(this.stride)}`];
    if (this.padding.some((p) => p !== 0)) parts.push(`padding=${show(this.padding)}`);
    if (this.outputPadding.some((p) => p !== 0)) parts.push(`outputPadding=${show(this.outputPadding)}`);
    if (this.dilation.some((d) => d !== 1)) parts.push(`dilation=${show(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === undefined) parts.push('bias=false');
    return parts.join(', ');
  }

  /** @param options outputSize: of a stride s any of s sizes gives back the input's; this names the one that is meant. */
  forward(x: Tensor, options: ConvTransposeForwardOptions = {}): Tensor {
    checkInput(this.kind, x, this.weight.dtype);
    checkChannels(`${this.kind}(${this.inChannels}, ${this.outChannels})`, x, this.rank, this.inChannels);
    const { stride, padding, dilation, groups } = this;
    const outputPadding = options.outputSize ? this.paddingFor(x, options.outputSize) : this.outputPadding;
    return this.convolve(x, this.weight, this.bias, { stride, padding, outputPadding, dilation, groups });
  }

  /** The output padding that gives the output these sizes. */
  private paddingFor(x: Tensor, outputSize: readonly number[]): number[] {
    const { rank, kernelSize, stride, padding, dilation } = this;
    const wanted = outputSize.slice(-rank);
    const least = x.shape.slice(-rank).map((n, i) => (n - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (kernelSize[i]! - 1) + 1);
    const extra = wanted.map((n, i) => n - least[i]!);
    const isWhole = outputSize.length === rank || outputSize.length === x.ndim;
    if (isWhole && extra.every((e, i) => Number.isInteger(e) && e >= 0 && e < stride[i]!)) return extra;
    const most = least.map((n, i) => n + stride[i]! - 1);
    throw new ShapeError(
      `${this.kind}: outputSize is ${show(outputSize)}; for an input of shape ${show(x.shape)} expected from ${show(least)} to ${show(most)}.`,
    );
  }
}
