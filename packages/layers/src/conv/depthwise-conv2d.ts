import { conv2d, readOptions, type PerAxis } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { ConvNd, type ConvLayerOptions } from './conv-nd';

export interface DepthwiseConv2dOptions extends Omit<ConvLayerOptions, 'groups'> {
  /** Output channels for each input channel. Default 1. */
  readonly depthMultiplier?: number;
}

export const DEPTHWISE_CONV2D_OPTIONS = [
  'stride', 'depthMultiplier', 'dtype', 'generator', 'padding', 'bias', 'paddingMode', 'dilation', 'flipKernel',
] as const;

/**
 * Depthwise convolution over an image: every channel has filters of its own, and no channel sees another. The same as `Conv2d` with as
 * many groups as channels. Parameters: (kh kw + 1) channels depthMultiplier.
 *
 * State: `weight` [channels * depthMultiplier, 1, kh, kw], `bias` [channels * depthMultiplier].
 *
 * @example
 * ```ts
 * import { DepthwiseConv2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new DepthwiseConv2d(8, 3, { padding: 1 }).forward(ones([1, 8, 16, 16])).shape); // [1, 8, 16, 16]
 * ```
 */
export class DepthwiseConv2d extends ConvNd {
  /** @param kernelSize one number for both axes, or one per axis. */
  constructor(channels: number, kernelSize: PerAxis, options: DepthwiseConv2dOptions = {}) {
    const { depthMultiplier = 1, ...rest } = readOptions('DepthwiseConv2d', options, DEPTHWISE_CONV2D_OPTIONS);
    checkWhole('DepthwiseConv2d', 'channels', channels, 1);
    checkWhole('DepthwiseConv2d', 'depthMultiplier', depthMultiplier, 1);
    super('DepthwiseConv2d', 2, conv2d, channels, channels * depthMultiplier, kernelSize, { ...rest, groups: channels });
  }
}
