/** Max and average pooling in 1, 2 and 3 dimensions over the last axes. Layout N C spatial, as PyTorch. */
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import { isFloat } from '../dtype';
import { record } from '../graph/record';
import { show, sizeOf, windowedSize } from '../shape';
import { Tensor } from '../tensor';
import { contract, plain, windowed } from './contract';
import { perAxis, type PerAxis } from './conv';
import { full, tensor } from './create';
import { add, floorDivide, mul, remainder } from './math';
import { narrow, reshape } from './movement';
import { checkOptions, nodeOf } from './operand';
import { padConstant } from './pad';
import { MAX_POOL_ROW, maxPoolIndices } from './pool-rows';
import { sum, type ValuesAndIndices } from './reduce';

export interface PoolOptions {
  /** Default: the window itself, so that windows do not overlap. */
  readonly stride?: PerAxis;
  /** Places added on both sides, at most half the window. Default 0. */
  readonly padding?: PerAxis;
  /** Round output sizes up, so that a last partial window counts. Default false. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions extends PoolOptions {
  /** Distance between the places of a window. Default 1. */
  readonly dilation?: PerAxis;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether zeros of the padding count in the divisor. Default true. */
  readonly countIncludePad?: boolean;
  /** A divisor to use instead of the window's size. */
  readonly divisorOverride?: number;
}

interface Geometry {
  readonly spatial: readonly number[];
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly out: readonly number[];
}

function geometry(op: string, rank: number, x: Tensor, size: PerAxis, options: MaxPoolOptions): Geometry {
  checkOptions(op, options, '{ stride: 2 }');
  const { shape, dtype } = nodeOf(op, x);
  if (!isFloat(dtype)) throw new DTypeError(`${op}: got ${dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
  if (shape.length !== rank + 1 && shape.length !== rank + 2) {
    throw new ShapeError(`${op}: got shape ${show(shape)}; expected [batch, channels, ${rank} spatial axes], or without batch.`);
  }
  const spatial = shape.slice(-rank);
  const window = perAxis(op, 'the window', size, rank, 1);
  const stride = perAxis(op, 'stride', options.stride ?? window, rank, 1);
  const padding = perAxis(op, 'padding', options.padding ?? 0, rank, 0);
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
  padding.forEach((p, i) => {
    if (2 * p > window[i]!)
      throw new ArgumentError(`${op}: padding ${p} is more than half the window ${window[i]!}; some windows would see nothing.`);
  });
  const out = spatial.map((n, i) => {
    const floor = windowedSize(n, window[i]!, stride[i]!, padding[i]!, dilation[i]!);
    if (!options.ceilMode) return floor;
    const ceil = Math.ceil((n + 2 * padding[i]! - dilation[i]! * (window[i]! - 1) - 1) / stride[i]!) + 1;
    // A window that would start in the padding at the end does not count.
    return (ceil - 1) * stride[i]! >= n + padding[i]! ? ceil - 1 : ceil;
  });
  if (out.some((n) => n < 1))
    throw new ShapeError(
      `${op}: a window of ${show(window)} is larger than the padded input of shape ${show(shape)}; add padding or use a smaller window.`,
    );
  return { spatial, window, stride, padding, dilation, out };
}

function maxPool(op: string, rank: number, x: Tensor, size: PerAxis, options: MaxPoolOptions, wantIndices: boolean): ValuesAndIndices {
  const g = geometry(op, rank, x, size, options);
  // With ceilMode the last windows may reach past the padding: lengthen the input by what cannot be a maximum.
  const extra = g.out.map((n, i) =>
    Math.max(0, (n - 1) * g.stride[i]! + g.dilation[i]! * (g.window[i]! - 1) + 1 - g.spatial[i]! - 2 * g.padding[i]!),
  );
  const lead = x.ndim - rank;
  const input = padConstant(
    x,
    x.shape.map(() => 0),
    [...new Array<number>(lead).fill(0), ...extra],
    -Infinity,
  );
  const attrs = { window: g.window, stride: g.stride, padding: g.padding, dilation: g.dilation };
  const values = new Tensor(record('maxPool', [input.node], attrs, MAX_POOL_ROW));
  if (!wantIndices) return { values, indices: values };
  return { values, indices: unextend(maxPoolIndices(input, attrs), input.shape.slice(lead), g.spatial) };
}

/** Flat positions within `wide` as flat positions within `narrow`, which is the start of it. */
function unextend(indices: Tensor, wide: readonly number[], narrow: readonly number[]): Tensor {
  if (wide.every((n, i) => n === narrow[i])) return indices;
  let rest = indices;
  let out: Tensor | undefined;
  let step = 1;
  for (let i = wide.length - 1; i >= 0; i--) {
    const coordinate = i === 0 ? rest : remainder(rest, wide[i]!);
    rest = i === 0 ? rest : floorDivide(rest, wide[i]!);
    const part = mul(coordinate, step);
    out = out ? add(out, part) : part;
    step *= narrow[i]!;
  }
  return out!;
}

/** Average pooling of any rank; `op` names the caller in errors. */
export function avgPool(op: string, rank: number, x: Tensor, size: PerAxis, options: AvgPoolOptions): Tensor {
  const g = geometry(op, rank, x, size, options);
  const lead = x.shape.slice(0, x.ndim - rank);
  const planes = sizeOf(lead);
  const { countIncludePad = true, divisorOverride } = options;
  const axes = Array.from({ length: rank }, (_, i) => i);
  const divisors = divisorOverride === undefined ? windowCounts(g, countIncludePad) : undefined;
  const uniform = divisors === undefined ? divisorOverride! : divisors.every((d) => d === divisors[0]) ? divisors[0]! : undefined;
  const apart = g.window.every((n, i) => n === g.stride[i] && g.padding[i] === 0 && n * g.out[i]! <= g.spatial[i]!);
  if (uniform !== undefined && apart) {
    // Windows that share no place are axes of their own.
    const covered = g.window.reduce((y, n, i) => narrow(y, lead.length + i, 0, n * g.out[i]!), x);
    const split = reshape(covered, [...lead, ...g.window.flatMap((n, i) => [g.out[i]!, n])]);
    return mul(sum(split, { dim: axes.map((i) => lead.length + 2 * i + 1) }), 1 / uniform);
  }
  const weight = full(g.window, uniform === undefined ? 1 : 1 / uniform, { dtype: x.dtype });
  const sums = contract(reshape(x, [planes, ...g.spatial]), weight, {
    sizes: [planes, ...g.out, ...g.window],
    accessA: [plain(0), ...axes.map((i) => windowed(1 + i, g.stride[i]!, 1 + rank + i, 1, g.padding[i]!))],
    accessB: axes.map((i) => plain(1 + rank + i)),
    out: [0, ...axes.map((i) => 1 + i)],
  });
  const scale =
    uniform === undefined
      ? mul(
          sums,
          tensor(
            divisors!.map((d) => 1 / d),
            { shape: g.out, dtype: x.dtype },
          ),
        )
      : sums;
  return reshape(scale, [...lead, ...g.out]);
}

/** How many places each window counts: those inside the input, or inside the padded input. */
function windowCounts(g: Geometry, countIncludePad: boolean): number[] {
  const perAxisCounts = g.out.map((n, i) =>
    Array.from({ length: n }, (_, o) => {
      const start = o * g.stride[i]! - g.padding[i]!;
      const end = Math.min(start + g.window[i]!, g.spatial[i]! + g.padding[i]!);
      return countIncludePad ? end - start : Math.min(end, g.spatial[i]!) - Math.max(start, 0);
    }),
  );
  return perAxisCounts.reduce<number[]>((all, counts) => all.flatMap((a) => counts.map((c) => a * c)), [1]);
}

/**
 * The largest element of each window of [batch, channels, length] (batch optional). The gradient goes to the first maximum.
 *
 * @param size the window: a number, or one per axis.
 * @throws ShapeError when a window is larger than the padded input.
 * @example
 * ```ts
 * import { maxPool1d, ones } from '@cotangent/tensor';
 * console.log(maxPool1d(ones([1, 1, 4]), 2).shape); // [1, 1, 2]
 * ```
 */
export function maxPool1d(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool1d', 1, x, size, options, false).values;
}

/**
 * As `maxPool1d`, with the position (int32) of each maximum within the flattened length of the input.
 *
 * @example
 * ```ts
 * import { maxPool1dWithIndices, ones } from '@cotangent/tensor';
 * console.log(maxPool1dWithIndices(ones([1, 1, 4]), 2).indices.dtype); // int32
 * ```
 */
export function maxPool1dWithIndices(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): ValuesAndIndices {
  return maxPool('maxPool1dWithIndices', 1, x, size, options, true);
}

/**
 * The mean of each window of [batch, channels, length] (batch optional).
 *
 * @param size the window: a number, or one per axis.
 * @throws ShapeError when a window is larger than the padded input.
 * @example
 * ```ts
 * import { avgPool1d, ones } from '@cotangent/tensor';
 * console.log(avgPool1d(ones([1, 1, 4]), 2).shape); // [1, 1, 2]
 * ```
 */
export function avgPool1d(x: Tensor, size: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool1d', 1, x, size, options);
}

/**
 * The largest element of each window of [batch, channels, height, width] (batch optional). The gradient goes to the first maximum.
 *
 * @param size the window: a number, or one per axis.
 * @throws ShapeError when a window is larger than the padded input.
 * @example
 * ```ts
 * import { maxPool2d, ones } from '@cotangent/tensor';
 * console.log(maxPool2d(ones([1, 1, 4, 4]), 2).shape); // [1, 1, 2, 2]
 * ```
 */
export function maxPool2d(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool2d', 2, x, size, options, false).values;
}

/**
 * As `maxPool2d`, with the position (int32) of each maximum within the flattened height x width of the input.
 *
 * @example
 * ```ts
 * import { maxPool2dWithIndices, ones } from '@cotangent/tensor';
 * console.log(maxPool2dWithIndices(ones([1, 1, 4, 4]), 2).indices.dtype); // int32
 * ```
 */
export function maxPool2dWithIndices(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): ValuesAndIndices {
  return maxPool('maxPool2dWithIndices', 2, x, size, options, true);
}

/**
 * The mean of each window of [batch, channels, height, width] (batch optional).
 *
 * @param size the window: a number, or one per axis.
 * @throws ShapeError when a window is larger than the padded input.
 * @example
 * ```ts
 * import { avgPool2d, ones } from '@cotangent/tensor';
 * console.log(avgPool2d(ones([1, 1, 4, 4]), 2).shape); // [1, 1, 2, 2]
 * ```
 */
export function avgPool2d(x: Tensor, size: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool2d', 2, x, size, options);
}

/**
 * The largest element of each window of [batch, channels, depth, height, width] (batch optional). The gradient goes to the first maximum.
 *
 * @param size the window: a number, or one per axis.
 * @throws ShapeError when a window is larger than the padded input.
 * @example
 * ```ts
 * import { maxPool3d, ones } from '@cotangent/tensor';
 * console.log(maxPool3d(ones([1, 1, 4, 4, 4]), 2).shape); // [1, 1, 2, 2, 2]
 * ```
 */
export function maxPool3d(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): Tensor {
  return maxPool('maxPool3d', 3, x, size, options, false).values;
}

/**
 * As `maxPool3d`, with the position (int32) of each maximum within the flattened depth x height x width of the input.
 *
 * @example
 * ```ts
 * import { maxPool3dWithIndices, ones } from '@cotangent/tensor';
 * console.log(maxPool3dWithIndices(ones([1, 1, 4, 4, 4]), 2).indices.dtype); // int32
 * ```
 */
export function maxPool3dWithIndices(x: Tensor, size: PerAxis, options: MaxPoolOptions = {}): ValuesAndIndices {
  return maxPool('maxPool3dWithIndices', 3, x, size, options, true);
}

/**
 * The mean of each window of [batch, channels, depth, height, width] (batch optional).
 *
 * @param size the window: a number, or one per axis.
 * @throws ShapeError when a window is larger than the padded input.
 * @example
 * ```ts
 * import { avgPool3d, ones } from '@cotangent/tensor';
 * console.log(avgPool3d(ones([1, 1, 4, 4, 4]), 2).shape); // [1, 1, 2, 2, 2]
 * ```
 */
export function avgPool3d(x: Tensor, size: PerAxis, options: AvgPoolOptions = {}): Tensor {
  return avgPool('avgPool3d', 3, x, size, options);
}
