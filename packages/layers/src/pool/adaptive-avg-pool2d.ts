import { adaptiveAvgPool2d, ArgumentError, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * Means over windows chosen so that the output has the given height and width, whatever the input's: output place i covers the
 * input places from floor(i n / m) to ceil((i + 1) n / m) - 1. With size 1 it is the mean over the whole image.
 *
 * @example
 * ```ts
 * import { AdaptiveAvgPool2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new AdaptiveAvgPool2d(1).forward(ones([2, 64, 7, 9])).shape); // [2, 64, 1, 1]
 * ```
 */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: readonly [number | null, number | null];

  /** @param outputSize one number for both axes, or [height, width], where null keeps the input's size. */
  constructor(outputSize: number | readonly [number | null, number | null]) {
    super();
    const pair = typeof outputSize === 'number' ? ([outputSize, outputSize] as const) : outputSize;
    if ((pair as readonly unknown[]).length !== 2 || !pair.every((n) => n === null || (Number.isInteger(n) && n >= 1))) {
      throw new ArgumentError(
        `AdaptiveAvgPool2d: outputSize is ${JSON.stringify(outputSize)}; expected a whole number >= 1, or two of them or null.`,
      );
    }
    this.outputSize = pair;
  }

  override extraRepr(): string {
    return `outputSize=[${this.outputSize.join(', ')}]`;
  }

  forward(x: Tensor): Tensor {
    checkInput('AdaptiveAvgPool2d', x);
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}
