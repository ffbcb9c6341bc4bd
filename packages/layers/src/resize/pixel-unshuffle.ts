import { pixelUnshuffle, type Tensor } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { Module } from '../module';

/**
 * The inverse of `PixelShuffle`: [..., channels, height r, width r] as [..., channels r^2, height, width].
 *
 * @example
 * ```ts
 * import { PixelUnshuffle } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new PixelUnshuffle(3).forward(ones([1, 1, 12, 12])).shape); // [1, 9, 4, 4]
 * ```
 */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = checkWhole('PixelUnshuffle', 'downscaleFactor', downscaleFactor, 1);
  }

  override extraRepr(): string {
    return `downscaleFactor=${this.downscaleFactor}`;
  }

  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
}
