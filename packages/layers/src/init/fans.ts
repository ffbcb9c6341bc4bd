/** How many inputs and outputs a weight connects. */
import { readOptions, ShapeError, show, sizeOf, type Shape } from '@cotangent/tensor';

export interface Fans {
  /** Inputs that one output unit sums over. */
  readonly fanIn: number;
  /** Outputs that one input unit reaches (by PyTorch's count, which leaves out strides). */
  readonly fanOut: number;
}

export interface FanOptions {
  /**
   * Whether the weight is that of a transposed convolution, [in, out, ...kernel]. Default false, as PyTorch counts for any weight;
   * then fanIn and fanOut of a transposed convolution change places.
   */
  readonly transposed?: boolean;
}

/**
 * The fans of a weight of shape [out, in, ...kernel]: in and out, times the size of the kernel.
 *
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * console.log(init.fans([6, 4, 3, 3])); // { fanIn: 36, fanOut: 54 }
 * ```
 */
export function fans(shape: Shape, options: FanOptions = {}): Fans {
  readOptions('fans', options, ['transposed']);
  if (shape.length < 2) {
    throw new ShapeError(`fans: a tensor of shape ${show(shape)} has no inputs and outputs; expected [out, in, ...kernel].`);
  }
  const taps = sizeOf(shape.slice(2));
  const [first, second] = [shape[0]! * taps, shape[1]! * taps];
  return options.transposed ? { fanIn: first, fanOut: second } : { fanIn: second, fanOut: first };
}
