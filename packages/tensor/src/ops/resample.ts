/**
 * Resampling: images, sequences and volumes made larger or smaller.
 *
 * Every axis is resampled on its own: an output place is a weighted sum of a few input places, which are gathered. So nothing far
 * away (NaN, infinities) leaks in, and gradients are scattered sums. Numbers are those of PyTorch.
 */
import { isFloat } from '../dtype';
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import { show } from '../shape';
import type { Tensor } from '../tensor';
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from './adaptive-pool';
import { perAxis } from './conv';
import { tensor } from './create';
import { indexSelect } from './gather';
import { add, mul } from './math';
import { expand, reshape } from './movement';
import { checkOptions, nodeOf, unchanged } from './operand';
import { sum } from './reduce';

export type InterpolateMode = 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic' | 'area';

export interface InterpolateOptions {
  /** Sizes of the spatial axes of the result: one number for all, or one per axis. Either this or `scaleFactor`. */
  readonly size?: number | readonly number[];
  /** Output size over input size, rounded down: one number for all spatial axes, or one per axis. */
  readonly scaleFactor?: number | readonly number[];
  /** Default 'nearest'. 'linear' is for one spatial axis, 'bilinear' and 'bicubic' for two, 'trilinear' for three. */
  readonly mode?: InterpolateMode;
  /** Whether the outermost places of input and output lie on each other, instead of the edges of the outermost pixels. Default false. */
  readonly alignCorners?: boolean;
  /** Whether coordinates follow from the (rounded) sizes instead of `scaleFactor` itself. Default false. */
  readonly recomputeScaleFactor?: boolean;
  /** Whether a smaller result averages over all input places under it ('bilinear' and 'bicubic' only). Default false. */
  readonly antialias?: boolean;
}

/** Where the places of one output axis are read: `count` input places for each, row by row; without weights one place as it is. */
interface Taps {
  readonly count: number;
  readonly places: readonly number[];
  readonly weights?: readonly number[];
}

/** An axis of n places resampled to m; `step` is the distance of output places, measured in input places. */
interface Axis {
  readonly n: number;
  readonly m: number;
  readonly step: number;
}

type Sampler = (axis: Axis, alignCorners: boolean) => Taps;

const RANK_OF: Readonly<Partial<Record<InterpolateMode, number>>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };
/** Up to so many taps are read one by one and added, which is one kernel; more are read together and summed over an axis. */
const MOST_TERMS = 4;
const MODES: readonly InterpolateMode[] = ['nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic', 'area'];

function nearest(shift: number): Sampler {
  return ({ n, m, step }) => ({ count: 1, places: range(m, (o) => Math.min(Math.floor((o + shift) * step), n - 1)) });
}

/** Where output place o lies among the input places. */
function source(o: number, step: number, alignCorners: boolean): number {
  return alignCorners ? o * step : (o + 0.5) * step - 0.5;
}

const linear: Sampler = ({ n, m, step }, alignCorners) => {
  const places: number[] = [];
  const weights: number[] = [];
  for (let o = 0; o < m; o++) {
    const at = Math.max(source(o, step, alignCorners), 0);
    const left = Math.min(Math.floor(at), n - 1);
    const share = Math.min(at - left, 1);
    places.push(left, Math.min(left + 1, n - 1));
    weights.push(1 - share, share);
  }
  return { count: 2, places, weights };
};

/** The cubic convolution kernel of Keys (1981) with slope a at distance 1. */
function cubicKernel(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((d - 5) * d + 8) * d * a - 4 * a : 0;
}

const cubic: Sampler = ({ n, m, step }, alignCorners) => {
  const places: number[] = [];
  const weights: number[] = [];
  for (let o = 0; o < m; o++) {
    const at = source(o, step, alignCorners);
    const left = Math.floor(at);
    for (let tap = left - 1; tap <= left + 2; tap++) {
      places.push(Math.min(Math.max(tap, 0), n - 1));
      weights.push(cubicKernel(at - tap, -0.75));
    }
  }
  return { count: 4, places, weights };
};

/** The kernel stretched over all input places under an output place, its weights scaled to add up to 1. */
function smooth(reach: number, kernel: (distance: number) => number): Sampler {
  return ({ n, m, step }) => {
    const stretch = Math.max(step, 1);
    const rows = Array.from({ length: m }, (_, o) => {
      const centre = step * (o + 0.5);
      const first = Math.max(Math.trunc(centre - reach * stretch + 0.5), 0);
      const end = Math.min(Math.trunc(centre + reach * stretch + 0.5), n);
      const weights = range(end - first, (k) => kernel((first + k - centre + 0.5) / stretch));
      const total = weights.reduce((a, b) => a + b, 0);
      return { first, weights: weights.map((w) => w / total) };
    });
    const count = Math.max(...rows.map((row) => row.weights.length));
    return {
      count,
      places: rows.flatMap(({ first }) => range(count, (k) => Math.min(first + k, n - 1))),
      weights: rows.flatMap(({ weights }) => range(count, (k) => weights[k] ?? 0)),
    };
  };
}

function range(count: number, value: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => value(i));
}

function samplerOf(mode: Exclude<InterpolateMode, 'area'>, antialias: boolean): Sampler {
  if (mode === 'nearest' || mode === 'nearest-exact') return nearest(mode === 'nearest' ? 0 : 0.5);
  if (mode === 'bicubic') return antialias ? smooth(2, (d) => cubicKernel(d, -0.5)) : cubic;
  return antialias ? smooth(1, (d) => Math.max(1 - Math.abs(d), 0)) : linear;
}

function resampled(x: Tensor, dim: number, { count, places, weights }: Taps): Tensor {
  const rest = x.shape.slice(dim + 1);
  const read = (list: readonly number[]): Tensor => indexSelect(x, dim, tensor(Int32Array.from(list)));
  const share = (list: readonly number[], axes: readonly number[]): Tensor =>
    tensor([...list], { shape: [...axes, ...rest.map(() => 1)], dtype: x.dtype });
  if (!weights) return read(places);
  const m = places.length / count;
  if (count > MOST_TERMS) {
    const picked = reshape(read(places), [...x.shape.slice(0, dim), m, count, ...rest]);
    return sum(mul(picked, share(weights, [m, count])), { dim: dim + 1 });
  }
  const tap = (list: readonly number[], k: number): number[] => range(m, (o) => list[o * count + k]!);
  return range(count, (k) => k).map((k) => mul(read(tap(places, k)), share(tap(weights, k), [m]))).reduce((a, b) => add(a, b));
}

/** Every place `times` times, one copy right after the other. */
function repeated(x: Tensor, dim: number, times: number): Tensor {
  const [lead, n, rest] = [x.shape.slice(0, dim), x.shape[dim]!, x.shape.slice(dim + 1)];
  if (times === 1) return unchanged(x);
  return reshape(expand(reshape(x, [...lead, n, 1, ...rest]), [...lead, n, times, ...rest]), [...lead, n * times, ...rest]);
}

/**
 * A tensor [batch, channels, ...places] with one to three spatial axes, made larger or smaller.
 *
 * 'nearest' takes input place floor(o n / m) for output place o of m, 'nearest-exact' the one under the centre of o. 'linear',
 * 'bilinear' and 'trilinear' interpolate between neighbours, 'bicubic' between four along each axis (kernel with a = -0.75), and
 * 'area' takes means, as adaptive average pooling does. The centre of output place o lies at (o + 0.5) n / m - 0.5, or with
 * `alignCorners` at o (n - 1) / (m - 1).
 *
 * @throws ArgumentError unless exactly one of `size` and `scaleFactor` is given, or for a mode that does not fit.
 * @example
 * ```ts
 * import { interpolate, tensor } from '@cotangent/tensor';
 * const x = tensor([[[1, 3]]]);
 * console.log(await interpolate(x, { scaleFactor: 2 }).array()); // [[[1, 1, 3, 3]]]
 * console.log(await interpolate(x, { size: 4, mode: 'linear' }).array()); // [[[1, 1.5, 2.5, 3]]]
 * ```
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  checkOptions('interpolate', options, '{ scaleFactor: 2 }');
  const { mode = 'nearest', alignCorners = false, antialias = false } = options;
  const { shape, dtype } = nodeOf('interpolate', x);
  const rank = shape.length - 2;
  if (!MODES.includes(mode)) throw new ArgumentError(`interpolate: mode is '${mode}'; expected one of ${MODES.join(', ')}.`);
  if (rank < 1 || rank > 3) {
    throw new ShapeError(`interpolate: got shape ${show(shape)}; expected [batch, channels, ...] with one to three spatial axes.`);
  }
  const isNearest = mode === 'nearest' || mode === 'nearest-exact';
  if (!isNearest && !isFloat(dtype)) {
    throw new DTypeError(`interpolate: mode '${mode}' got ${dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
  }
  if (RANK_OF[mode] !== undefined && RANK_OF[mode] !== rank) {
    throw new ArgumentError(
      `interpolate: mode '${mode}' is for ${RANK_OF[mode]} spatial axes, but shape ${show(shape)} has ${rank}; use ${['linear', 'bilinear', 'trilinear'][rank - 1]!} or nearest.`,
    );
  }
  if (alignCorners && (isNearest || mode === 'area')) throw new ArgumentError(`interpolate: alignCorners has no meaning for mode '${mode}'; leave it out.`);
  if (antialias && mode !== 'bilinear' && mode !== 'bicubic') {
    throw new ArgumentError(`interpolate: antialias is for the modes bilinear and bicubic, not '${mode}'.`);
  }
  const axes = axesOf(shape.slice(2), options);
  if (mode === 'area') {
    const pool = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][rank - 1]!;
    return pool(x, axes.map(({ m }) => m));
  }
  const sampler = samplerOf(mode, antialias);
  return axes.reduce((y, { n, m, step }, i) => {
    // PyTorch's 'nearest' takes as many or twice as many places as whole steps, whatever the factor.
    const isWhole = isNearest && m % n === 0 && (step === n / m || (mode === 'nearest' && m <= 2 * n));
    if (isWhole || (n === m && step === 1)) return repeated(y, 2 + i, m / n);
    const spacing = alignCorners ? (m > 1 ? (n - 1) / (m - 1) : 0) : step;
    return resampled(y, 2 + i, sampler({ n, m, step: spacing }, alignCorners));
  }, x);
}

/** Sizes and steps of the spatial axes. */
function axesOf(spatial: readonly number[], { size, scaleFactor, recomputeScaleFactor = false }: InterpolateOptions): Axis[] {
  const rank = spatial.length;
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new ArgumentError(`interpolate: ${size === undefined ? 'neither' : 'both'} of size and scaleFactor given; give one of them.`);
  }
  if (spatial.some((n) => n === 0)) throw new ShapeError(`interpolate: the spatial axes ${show(spatial)} have no places to read.`);
  if (size !== undefined) {
    if (recomputeScaleFactor) throw new ArgumentError('interpolate: recomputeScaleFactor needs scaleFactor, but size is given.');
    return perAxis('interpolate', 'size', size, rank, 1).map((m, i) => ({ n: spatial[i]!, m, step: spatial[i]! / m }));
  }
  const factors = typeof scaleFactor === 'number' ? spatial.map(() => scaleFactor) : [...scaleFactor!];
  if (factors.length !== rank || !factors.every((f) => f > 0 && Number.isFinite(f))) {
    throw new ArgumentError(`interpolate: scaleFactor is ${JSON.stringify(scaleFactor)}; expected a number > 0, or ${rank} of them.`);
  }
  return spatial.map((n, i) => {
    const m = Math.floor(n * factors[i]!);
    if (m < 1) throw new ShapeError(`interpolate: scaleFactor ${factors[i]!} leaves nothing of an axis of ${n}.`);
    return { n, m, step: recomputeScaleFactor ? n / m : 1 / factors[i]! };
  });
}
