import { readOptions, type PerAxis, type Tensor } from '@cotangent/tensor';
import { Module } from '../module';
import { Conv2d } from './conv2d';
import { DEPTHWISE_CONV2D_OPTIONS, DepthwiseConv2d, type DepthwiseConv2dOptions } from './depthwise-conv2d';

/**
 * Depthwise separable convolution over an image: a filter per channel, then a mixture of channels at every place. It needs
 * kh kw in + in out parameters (and `out` for the bias) where a convolution needs kh kw in out. Chollet, "Xception", 2017; Howard et
 * al., "MobileNets", 2017.
 *
 * State: `depthwise.weight` [in * depthMultiplier, 1, kh, kw], `pointwise.weight` [out, in * depthMultiplier, 1, 1], `pointwise.bias`
 * [out].
 *
 * @example
 * ```ts
 * import { SeparableConv2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new SeparableConv2d(3, 10, 5, { padding: 2 }).forward(ones([1, 3, 32, 32])).shape); // [1, 10, 32, 32]
 * ```
 */
export class SeparableConv2d extends Module {
  readonly depthwise: DepthwiseConv2d;
  readonly pointwise: Conv2d;

  /**
   * @param kernelSize one number for both axes, or one per axis.
   * @param options bias: of the mixture only. All others shape the filters of the channels.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: DepthwiseConv2dOptions = {}) {
    super();
    const { bias, dtype, generator } = readOptions('SeparableConv2d', options, DEPTHWISE_CONV2D_OPTIONS);
    this.depthwise = new DepthwiseConv2d(inChannels, kernelSize, { ...options, bias: false });
    this.pointwise = new Conv2d(this.depthwise.outChannels, outChannels, 1, { bias, dtype, generator });
  }

  forward(x: Tensor): Tensor {
    return this.pointwise.forward(this.depthwise.forward(x));
  }
}
