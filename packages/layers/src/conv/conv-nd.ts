import {
  ArgumentError, pad, readOptions, ShapeError, show, type ConvOptions, type Parameter, type PerAxis, type Tensor,
} from '@cotangent/tensor';
import { checkInput, checkPerAxis, checkWhole } from '../check';
import { defaultParameters } from '../init/default';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface ConvLayerOptions extends FactoryOptions, ConvOptions {
  /** Whether a number per output channel is added. Default true. */
  readonly bias?: boolean;
  /** What the padding consists of: zeros (default), the image mirrored at its border, its border repeated, or its other end. */
  readonly paddingMode?: PaddingMode;
}

export const CONV_LAYER_OPTIONS = [
  'stride', 'bias', 'paddingMode', 'dtype', 'generator', 'padding', 'dilation', 'groups', 'flipKernel',
] as const;

export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

const PADDING_MODES: readonly PaddingMode[] = ['zeros', 'reflect', 'replicate', 'circular'];

/** One of the convolutions of the tensor package. */
type Convolution = (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvOptions) => Tensor;

/** What the convolutions in 1, 2 and 3 dimensions have in common. */
export abstract class ConvNd extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  readonly flipKernel: boolean;
  weight: Parameter;
  bias: Parameter | undefined;

  protected constructor(
    private readonly kind: string,
    private readonly rank: number,
    private readonly convolve: Convolution,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvLayerOptions,
  ) {
    super();
    readOptions(kind, options, CONV_LAYER_OPTIONS);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = 'zeros', flipKernel = false } = options;
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
    if (!PADDING_MODES.includes(paddingMode)) {
      throw new ArgumentError(`${kind}: paddingMode is '${paddingMode}'; expected one of ${PADDING_MODES.join(', ')}.`);
    }
    this.paddingMode = paddingMode;
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
    if (this.paddingMode !== 'zeros') parts.push(`paddingMode=${this.paddingMode}`);
    if (this.bias === undefined) parts.push('bias=false');
    return parts.join(', ');
  }

  forward(x: Tensor): Tensor {
    checkInput(this.kind, x, this.weight.dtype);
    checkChannels(`${this.kind}(${this.inChannels}, ${this.outChannels})`, x, this.rank, this.inChannels);
    const { stride, padding, dilation, groups, flipKernel, paddingMode } = this;
    if (paddingMode === 'zeros') return this.convolve(x, this.weight, this.bias, { stride, padding, dilation, groups, flipKernel });
    return this.convolve(pad(x, this.borders(), { mode: paddingMode }), this.weight, this.bias, { stride, dilation, groups, flipKernel });
  }

  /** Widths of the border before and after each axis, from the last axis backwards. */
  private borders(): number[] {
    const { padding, kernelSize, dilation } = this;
    const pairs = kernelSize.map((k, i): [number, number] => {
      if (typeof padding !== 'string') return [padding[i]!, padding[i]!];
      const total = padding === 'same' ? dilation[i]! * (k - 1) : 0;
      return [total >> 1, total - (total >> 1)];
    });
    return pairs.reverse().flat();
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
