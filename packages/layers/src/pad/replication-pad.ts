import { PadNd, type Borders } from './pad-nd';

/**
 * A border that repeats the edge of [batch, channels, length], or without batch.
 *
 * @example
 * ```ts
 * import { ReplicationPad1d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ReplicationPad1d(1).forward(ones([1, 3, 4])).shape); // [1, 3, 6]
 * ```
 */
export class ReplicationPad1d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ReplicationPad1d', 1, 'replicate', padding);
  }
}

/**
 * A border that repeats the edge of [batch, channels, height, width], or without batch.
 *
 * @example
 * ```ts
 * import { ReplicationPad2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ReplicationPad2d(1).forward(ones([1, 3, 6, 6])).shape); // [1, 3, 8, 8]
 * ```
 */
export class ReplicationPad2d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ReplicationPad2d', 2, 'replicate', padding);
  }
}

/**
 * A border that repeats the edge of [batch, channels, depth, height, width], or without batch.
 *
 * @example
 * ```ts
 * import { ReplicationPad3d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new ReplicationPad3d(1).forward(ones([1, 3, 4, 4, 4])).shape); // [1, 3, 6, 6, 6]
 * ```
 */
export class ReplicationPad3d extends PadNd {
  /** @param padding one width for all borders, or before and after each axis, from the last one backwards. */
  constructor(padding: Borders) {
    super('ReplicationPad3d', 3, 'replicate', padding);
  }
}
