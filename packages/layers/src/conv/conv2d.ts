import { conv2d, type PerAxis } from '@cotangent/tensor';
import { ConvNd, type ConvLayerOptions } from './conv-nd';

/**
 * Convolution over an image: every output channel is a filter that slides over all input channels,
 * y[o, p, q] = b[o] + sum over c, i, j of W[o, c, i, j] x[c, stride p + dilation i - padding, stride q + dilation j - padding], with
 * zeros outside. The output has floor((n + 2 padding - dilation (k - 1) - 1) / stride) + 1 places along an axis of n. As in
 * PyTorch this is cross-correlation; `flipKernel` makes it the convolution of mathematics. Parameters: (kh kw in / groups + 1) out.
 *
 * State: `weight` [out, in / groups, kh, kw], `bias` [out].
 *
 * @example
 * ```ts
 * import { Conv2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const layer = new Conv2d(3, 10, 5, { padding: 2 });
 * console.log(layer.forward(ones([1, 3, 32, 32])).shape); // [1, 10, 32, 32]
 * ```
 */
export class Conv2d extends ConvNd {
  /** @param kernelSize one number for all axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions = {}) {
    super('Conv2d', 2, conv2d, inChannels, outChannels, kernelSize, options);
  }
}
