import { conv3d, type PerAxis } from '@cotangent/tensor';
import { ConvNd, type ConvLayerOptions } from './conv-nd';

/**
 * Convolution over a volume or a film: as `Conv2d` with one more axis, depth or time, in front of height and width.
 *
 * State: `weight` [out, in / groups, kd, kh, kw], `bias` [out].
 *
 * @example
 * ```ts
 * import { Conv3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const layer = new Conv3d(3, 10, 5, { padding: 2 });
 * console.log(layer.forward(ones([1, 3, 8, 16, 16])).shape); // [1, 10, 8, 16, 16]
 * ```
 */
export class Conv3d extends ConvNd {
  /** @param kernelSize one number for all axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions = {}) {
    super('Conv3d', 3, conv3d, inChannels, outChannels, kernelSize, options);
  }
}
