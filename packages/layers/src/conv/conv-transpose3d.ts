import { convTranspose3d, type PerAxis } from '@cotangent/tensor';
import { ConvTransposeNd, type ConvTransposeLayerOptions } from './conv-transpose-nd';

/**
 * Transposed convolution over a volume or a film: every input place adds its value times the kernel to the output, `stride` places
 * apart. It is the adjoint of `Conv3d` (the gradient of its input) and makes volumes larger: (n - 1) stride - 2 padding +
 * dilation (k - 1) + outputPadding + 1 places along an axis of n.
 *
 * State: `weight` [in, out / groups, kd, kh, kw], `bias` [out].
 *
 * @example
 * ```ts
 * import { ConvTranspose3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ConvTranspose3d(8, 3, 4, { stride: 2, padding: 1 }).forward(ones([1, 8, 4, 8, 8])).shape); // [1, 3, 8, 16, 16]
 * ```
 */
export class ConvTranspose3d extends ConvTransposeNd {
  /** @param kernelSize one number for all axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose3d', 3, convTranspose3d, inChannels, outChannels, kernelSize, options);
  }
}
