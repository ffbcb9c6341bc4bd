import { ShapeError, show, softmax, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * The softmax over the channels of every pixel: [batch, channels, height, width], or the same without batch.
 *
 * @example
 * ```ts
 * import { Softmax2d } from '@cotangent/layers';
 * import { zeros } from '@cotangent/tensor';
 * console.log(await new Softmax2d().forward(zeros([4, 1, 1])).array()); // 0.25 four times
 * ```
 */
export class Softmax2d extends Module {
  forward(x: Tensor): Tensor {
    checkInput('Softmax2d', x);
    if (x.ndim !== 3 && x.ndim !== 4) {
      throw new ShapeError(
        `Softmax2d: the input has shape ${show(x.shape)}; expected [batch, channels, height, width] or [channels, height, width].`,
      );
    }
    return softmax(x, { dim: -3 });
  }
}
