import { PadNd, type Borders } from './pad-nd';

/**
 * A border of zeros around [batch, channels, length], or without batch.
 *
 * @example
 * ```ts
 * import { ZeroPad1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ZeroPad1d(1).forward(ones([1, 3, 4])).shape); // [1, 3, 6]
 * ```
 */
export class ZeroPad1d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ZeroPad1d', 1, 'constant', padding);
  }
}

/**
 * A border of zeros around [batch, channels, height, width], or without batch.
 *
 * @example
 * ```ts
 * import { ZeroPad2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ZeroPad2d(1).forward(ones([1, 3, 6, 6])).shape); // [1, 3, 8, 8]
 * ```
 */
export class ZeroPad2d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ZeroPad2d', 2, 'constant', padding);
  }
}

/**
 * A border of zeros around [batch, channels, depth, height, width], or without batch.
 *
 * @example
 * ```ts
 * import { ZeroPad3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ZeroPad3d(1).forward(ones([1, 3, 4, 4, 4])).shape); // [1, 3, 6, 6, 6]
 * ```
 */
export class ZeroPad3d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ZeroPad3d', 3, 'constant', padding);
  }
}
