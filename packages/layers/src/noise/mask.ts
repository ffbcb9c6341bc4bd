/** What the layers that drop something have in common. */
import { bernoulli, mul, ShapeError, show, where, type Generator, type Shape, type Tensor } from '@cotangent/tensor';

export interface DropoutOptions {
  /** Where masks are drawn from. Default: the default generator, restarted by `manualSeed`. */
  readonly generator?: Generator;
}

export const DROPOUT_OPTIONS = ['generator'] as const;

/** Options of the functions: those of a layer, and its mode. */
export interface DropoutFunctionOptions extends DropoutOptions {
  /** Probability of dropping. Default 0.5. */
  readonly p?: number;
  /** Whether anything is dropped. Default true. */
  readonly training?: boolean;
}

export const DROPOUT_FUNCTION_OPTIONS = ['p', 'training', 'generator'] as const;

/** x divided by 1 - p, with 0 in place of what a mask of a shape that broadcasts to x drops with probability p. */
export function dropScaled(x: Tensor, p: number, maskShape: Shape, generator: Generator | undefined): Tensor {
  if (p === 0) return x;
  if (p === 1) return mul(x, 0); // 1 / (1 - p) is infinite
  return where(bernoulli(1 - p, maskShape, { generator }), mul(x, 1 / (1 - p)), 0);
}

/**
 * The shape of a mask with one element per channel of [batch, channels, ...] with `rank` further axes, or of the same without batch.
 *
 * @param rank undefined: any number of axes, with batch.
 * @throws ShapeError for other ranks.
 */
export function channelMask(layer: string, x: Tensor, rank: number | undefined): Shape {
  const unbatched = rank !== undefined && x.ndim === rank + 1;
  if (rank === undefined ? x.ndim < 2 : !unbatched && x.ndim !== rank + 2) {
    const spatial = rank === undefined ? ', ...' : [', length', ', height, width', ', depth, height, width'][rank - 1]!;
    const either = rank === undefined ? '' : ` or [channels${spatial}]`;
    throw new ShapeError(`${layer}: the input has shape ${show(x.shape)}; expected [batch, channels${spatial}]${either}.`);
  }
  const kept = unbatched ? 1 : 2;
  return x.shape.map((size, axis) => (axis < kept ? size : 1));
}
