import { unfold, type PerAxis, type Tensor, type UnfoldOptions } from '@cotangent/tensor';
import { checkInput } from '../check';
import { ImageWindows } from './image-windows';

/**
 * The windows of an image as columns: [batch, channels, height, width] becomes [batch, channels * kh * kw, windows], so that a
 * convolution is a product with flattened kernels. For a convolution itself `Conv2d` is faster, as it makes no columns.
 *
 * @example
 * ```ts
 * import { Unfold } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Unfold(3, { padding: 1 }).forward(ones([1, 2, 8, 8])).shape); // [1, 18, 64]
 * ```
 */
export class Unfold extends ImageWindows {
  /** @param kernelSize the window: one number for both axes, or one per axis. */
  constructor(kernelSize: PerAxis, options: UnfoldOptions = {}) {
    super('Unfold', kernelSize, options);
  }

  forward(x: Tensor): Tensor {
    checkInput('Unfold', x);
    return unfold(x, this.kernelSize, this);
  }
}
