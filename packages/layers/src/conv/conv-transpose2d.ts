import { convTranspose2d, show, type ConvTransposeOptions, type Parameter, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPerAxis, checkWhole } from '../check';
import { defaultParameters } from '../init/default';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { checkChannels, checkGroups } from './conv-nd';

export interface ConvTransposeLayerOptions extends FactoryOptions, ConvTransposeOptions {
  /** Whether a number per output channel is added. Default true. */
  readonly bias?: boolean;
}

/**
 * Transposed convolution over an image: every input place adds its value times the kernel to the output, `stride` places
 * apart. It is the adjoint of `Conv2d` (the gradient of its input) and makes images larger: (n - 1) stride - 2 padding +
 * dilation (k - 1) + outputPadding + 1 places along an axis of n.
 *
 * State: `weight` [in, out / groups, kh, kw], `bias` [out].
 *
 * @example
 * ```ts
 * import { ConvTranspose2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ConvTranspose2d(8, 3, 4, { stride: 2, padding: 1 }).forward(ones([1, 8, 16, 16])).shape); // [1, 3, 32, 32]
 * ```
 */
export class ConvTranspose2d extends Module {
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

  /** @param kernelSize one number for both axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super();
    const kind = 'ConvTranspose2d';
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
    this.inChannels = checkWhole(kind, 'inChannels', inChannels, 1);
    this.outChannels = checkWhole(kind, 'outChannels', outChannels, 1);
    this.groups = checkGroups(kind, inChannels, outChannels, groups);
    this.kernelSize = checkPerAxis(kind, 'kernelSize', kernelSize, 2, 1);
    this.stride = checkPerAxis(kind, 'stride', stride, 2, 1);
    this.padding = checkPerAxis(kind, 'padding', padding, 2, 0);
    this.outputPadding = checkPerAxis(kind, 'outputPadding', outputPadding, 2, 0);
    this.dilation = checkPerAxis(kind, 'dilation', dilation, 2, 1);
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

  forward(x: Tensor): Tensor {
    checkInput('ConvTranspose2d', x, this.weight.dtype);
    checkChannels(`ConvTranspose2d(${this.inChannels}, ${this.outChannels})`, x, 2, this.inChannels);
    return convTranspose2d(x, this.weight, this.bias, this);
  }
}
