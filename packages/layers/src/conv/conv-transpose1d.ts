import { convTranspose1d, type PerAxis } from '@cotangent/tensor';
import { ConvTransposeNd, type ConvTransposeLayerOptions } from './conv-transpose-nd';

/**
 * Transposed convolution over a sequence: every input place adds its value times the kernel to the output, `stride` places
 * apart. It is the adjoint of `Conv1d` (the gradient of its input) and makes sequences larger: (n - 1) stride - 2 padding +
 * dilation (k - 1) + outputPadding + 1 places along an axis of n.
 *
 * State: `weight` [in, out / groups, k], `bias` [out].
 *
 * @example
 * ```ts
 * import { ConvTranspose1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ConvTranspose1d(8, 3, 4, { stride: 2, padding: 1 }).forward(ones([1, 8, 16])).shape); // [1, 3, 32]
 * ```
 */
export class ConvTranspose1d extends ConvTransposeNd {
  /** @param kernelSize one number for all axes, or one per axis. */
  constructor(inChannels: number, outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose1d', 1, convTranspose1d, inChannels, outChannels, kernelSize, options);
  }
}
