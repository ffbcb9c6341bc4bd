import { convTranspose2d, type PerAxis } from '@cotangent/tensor';
import { ConvTransposeNd, type ConvTransposeLayerOptions } from './conv-transpose-nd';

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
export class ConvTranspose2d extends ConvTransposeNd {
  /** @param kernelSize one number for all axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose2d', 2, convTranspose2d, inChannels, outChannels, kernelSize, options);
  }
}
