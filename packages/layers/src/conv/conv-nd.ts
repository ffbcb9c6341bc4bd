import { ShapeError, show, type ConvOptions, type Parameter, type PerAxis, type Tensor } from '@cotangent/tensor';
import { ArgumentError } from '@cotangent/tensor';
import { checkInput, checkPerAxis, checkWhole } from '../check';
import { defaultParameters } from '../init/default';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface ConvLayerOptions extends FactoryOptions, ConvOptions {
  /** Whether a number per output channel is added. Default true. */
  readonly bias?: boolean;
}

/** What the convolutions in 1, 2 and 3 dimensions have in common. */
export abstract class ConvNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly flipKernel: boolean;
  weight: Parameter;
  bias: Parameter | undefined;

  protected constructor(
    protected readonly kind: 'Conv1d' | 'Conv2d' | 'Conv3d',
    protected readonly rank: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvLayerOptions,
  ) {
    super();
    const { stride = 1, padding = 0, dilation = 1, groups = 1, flipKernel = false } = options;
    this.inChannels = checkWhole(kind, 'inChannels', inChannels, 1);
    this.outChannels = checkWhole(kind, 'outChannels', outChannels, 1);
    this.groups = checkGroups(kind, inChannels, outChannels, groups);
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, rank, 1);
    this.stride = checkPerAxis(kind, 'stride', stride, rank, 1);
    this.dilation = checkPerAxis(kind, 'dilation', dilation, rank, 1);
    if (typeof padding === 'string' && !['same', 'valid'].includes(padding)) {
      throw new ArgumentError(`${kind}: padding is '${padding}'; expected numbers, 'same' or 'valid'.`);
    }
    this.padding = typeof padding === 'string' ? padding : checkPerAxis(kind, 'padding', padding, rank, 0);
    if (padding === 'same' && this.stride.some((s) => s !== 1)) {
      throw new ArgumentError(
        `${kind}: padding 'same' needs stride 1, but the stride is ${show(this.stride)}. Give the padding in numbers.`,
      );
    }
    this.flipKernel = flipKernel;
    ({ weight: this.weight, bias: this.bias } = defaultParameters(
      [outChannels, inChannels / groups, ...this.kernelSize],
      outChannels,
      options,
    ));
  }

  override extraRepr(): string {
    const parts = [`${this.inChannels}, ${this.outChannels}, kernelSize=${show(this.kernelSize)}, stride=${show(this.stride)}`];
    if (typeof this.padding === 'string') parts.push(`padding=${this.padding}`);
    else if (this.padding.some((p) => p !== 0)) parts.push(`padding=${show(this.padding)}`);
    if (this.dilation.some((d) => d !== 1)) parts.push(`dilation=${show(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === undefined) parts.push('bias=false');
    return parts.join(', ');
  }

  /** Throws unless the input has the right dtype, rank and number of channels. */
  protected check(x: Tensor): void {
    checkInput(this.kind, x, this.weight.dtype);
    checkChannels(`${this.kind}(${this.inChannels}, ${this.outChannels})`, x, this.rank, this.inChannels);
  }
}

/** Throws ArgumentError unless both channel counts are multiples of `groups`. */
export function checkGroups(layer: string, inChannels: number, outChannels: number, groups: number): number {
  checkWhole(layer, 'groups', groups, 1);
  if (inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new ArgumentError(`${layer}: ${groups} groups do not divide ${inChannels} input and ${outChannels} output channels.`);
  }
  return groups;
}

/** Throws ShapeError unless x is [batch, channels, ...spatial], or the same without batch. */
export function checkChannels(layer: string, x: Tensor, rank: number, channels: number): void {
  const { shape } = x;
  if ((shape.length === rank + 1 || shape.length === rank + 2) && shape.at(-rank - 1) === channels) return;
  const spatial = ['length', 'height, width', 'depth, height, width'][rank - 1]!;
  throw new ShapeError(
    `${layer}: the input has shape ${show(shape)}; expected [batch, ${channels}, ${spatial}] or [${channels}, ${spatial}]: ` +
      'channels come before space.',
  );
}
