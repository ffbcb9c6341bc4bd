import { pixelShuffle, type Tensor } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { Module } from '../module';

/**
 * [..., channels r^2, height, width] as [..., channels, height r, width r]: the r^2 channels of a group become a square of r by r
 * places. After a convolution it is a learnt upsampling. Shi et al., 2016.
 *
 * @example
 * ```ts
 * import { PixelShuffle } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new PixelShuffle(3).forward(ones([1, 9, 4, 4])).shape); // [1, 1, 12, 12]
 * ```
 */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = checkWhole('PixelShuffle', 'upscaleFactor', upscaleFactor, 1);
  }

  override extraRepr(): string {
    return `upscaleFactor=${this.upscaleFactor}`;
  }

  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
}
