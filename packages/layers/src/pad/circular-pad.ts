import { PadNd, type Borders } from './pad-nd';

/**
 * A border that goes on at the other end of [batch, channels, length], or without batch. It can be as wide as the axis.
 *
 * @example
 * ```ts
 * import { CircularPad1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new CircularPad1d(1).forward(ones([1, 3, 4])).shape); // [1, 3, 6]
 * ```
 */
export class CircularPad1d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('CircularPad1d', 1, 'circular', padding);
  }
}

/**
 * A border that goes on at the other end of [batch, channels, height, width], or without batch. It can be as wide as the axis.
 *
 * @example
 * ```ts
 * import { CircularPad2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new CircularPad2d(1).forward(ones([1, 3, 6, 6])).shape); // [1, 3, 8, 8]
 * ```
 */
export class CircularPad2d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('CircularPad2d', 2, 'circular', padding);
  }
}

/**
 * A border that goes on at the other end of [batch, channels, depth, height, width], or without batch. It can be as wide as the axis.
 *
 * @example
 * ```ts
 * import { CircularPad3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new CircularPad3d(1).forward(ones([1, 3, 4, 4, 4])).shape); // [1, 3, 6, 6, 6]
 * ```
 */
export class CircularPad3d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('CircularPad3d', 3, 'circular', padding);
  }
}
