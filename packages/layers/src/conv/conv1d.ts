import { conv1d, type PerAxis } from '@cotangent/tensor';
import { ConvNd, type ConvLayerOptions } from './conv-nd';

/**
 * Convolution over a sequence: y[o, t] = b[o] + sum over c, i of W[o, c, i] x[c, stride t + dilation i - padding], with zeros
 * outside. As in PyTorch this is cross-correlation; `flipKernel` makes it the convolution of mathematics.
 *
 * State: `weight` [out, in / groups, k], `bias` [out].
 *
 * @example
 * ```ts
 * import { Conv1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const layer = new Conv1d(3, 10, 5, { padding: 2 });
 * console.log(layer.forward(ones([1, 3, 16])).shape); // [1, 10, 16]
 * ```
 */
export class Conv1d extends ConvNd {
  /** @param kernelSize one number for all axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions = {}) {
    super('Conv1d', 1, conv1d, inChannels, outChannels, kernelSize, options);
  }
}
