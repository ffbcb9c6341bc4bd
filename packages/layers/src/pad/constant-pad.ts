import { PadNd, type Borders } from './pad-nd';

/**
 * A border of one number around [batch, channels, length], or without batch.
 *
 * @example
 * ```ts
 * import { ConstantPad1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ConstantPad1d(1, 0.5).forward(ones([1, 3, 4])).shape); // [1, 3, 6]
 * ```
 */
export class ConstantPad1d extends PadNd {
  /**
   * @param padding one width for all borders, or before and after each axis, from the last one backwards.
   * @param value what the border consists of.
   */
  constructor(padding: Borders, value: number) {
    super('ConstantPad1d', 1, 'constant', padding, value);
  }
}

/**
 * A border of one number around [batch, channels, height, width], or without batch.
 *
 * @example
 * ```ts
 * import { ConstantPad2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ConstantPad2d(1, 0.5).forward(ones([1, 3, 6, 6])).shape); // [1, 3, 8, 8]
 * ```
 */
export class ConstantPad2d extends PadNd {
  /**
   * @param padding one width for all borders, or before and after each axis, from the last one backwards.
   * @param value what the border consists of.
   */
  constructor(padding: Borders, value: number) {
    super('ConstantPad2d', 2, 'constant', padding, value);
  }
}

/**
 * A border of one number around [batch, channels, depth, height, width], or without batch.
 *
 * @example
 * ```ts
 * import { ConstantPad3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ConstantPad3d(1, 0.5).forward(ones([1, 3, 4, 4, 4])).shape); // [1, 3, 6, 6, 6]
 * ```
 */
export class ConstantPad3d extends PadNd {
  /**
   * @param padding one width for all borders, or before and after each axis, from the last one backwards.
   * @param value what the border consists of.
   */
  constructor(padding: Borders, value: number) {
    super('ConstantPad3d', 3, 'constant', padding, value);
  }
}
