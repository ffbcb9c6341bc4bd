import { fold, type PerAxis, type Tensor, type UnfoldOptions } from '@cotangent/tensor';
import { checkInput, checkPerAxis } from '../check';
import { ImageWindows } from './image-windows';

/**
 * The adjoint of `Unfold`: columns [batch, channels * kh * kw, windows] are added up to an image [batch, channels, height, width],
 * each at the places its window covers.
 *
 * @example
 * ```ts
 * import { Fold } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Fold(8, 3, { padding: 1 }).forward(ones([1, 18, 64])).shape); // [1, 2, 8, 8]
 * ```
 */
export class Fold extends ImageWindows {
  readonly outputSize: readonly number[];

  /**
   * @param outputSize height and width of the image, or one number for both.
   * @param kernelSize the window: one number for both axes, or one per axis.
   */
  constructor(outputSize: PerAxis, kernelSize: PerAxis, options: UnfoldOptions = {}) {
    super('Fold', kernelSize, options);
    this.outputSize = checkPerAxis('Fold', 'outputSize', outputSize, 2, 1);
  }

  override extraRepr(): string {
    return `outputSize=[${this.outputSize.join(', ')}], ${super.extraRepr()}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('Fold', x);
    return fold(x, this.outputSize, this.kernelSize, this);
  }
}
