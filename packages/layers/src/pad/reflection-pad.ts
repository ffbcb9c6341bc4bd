import { PadNd, type Borders } from './pad-nd';

/**
 * A border that mirrors, without repeating the edge, [batch, channels, length], or without batch. It must be narrower than the axis.
 *
 * @example
 * ```ts
 * import { ReflectionPad1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ReflectionPad1d(1).forward(ones([1, 3, 4])).shape); // [1, 3, 6]
 * ```
 */
export class ReflectionPad1d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ReflectionPad1d', 1, 'reflect', padding);
  }
}

/**
 * A border that mirrors, without repeating the edge, [batch, channels, height, width], or without batch. It must be narrower than the axis.
 *
 * @example
 * ```ts
 * import { ReflectionPad2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ReflectionPad2d(1).forward(ones([1, 3, 6, 6])).shape); // [1, 3, 8, 8]
 * ```
 */
export class ReflectionPad2d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ReflectionPad2d', 2, 'reflect', padding);
  }
}

/**
 * A border that mirrors, without repeating the edge, [batch, channels, depth, height, width], or without batch. It must be narrower
 * than the axis.
 *
 * @example
 * ```ts
 * import { ReflectionPad3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ReflectionPad3d(1).forward(ones([1, 3, 4, 4, 4])).shape); // [1, 3, 6, 6, 6]
 * ```
 */
export class ReflectionPad3d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ReflectionPad3d', 3, 'reflect', padding);
  }
}
