/** Reading images and volumes at any coordinates, and the coordinates of affine maps: spatial transformers. */
import { commonDType, isFloat } from '../dtype';
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import { show, sizeOf, stridesOf } from '../shape';
import type { Tensor } from '../tensor';
import { ge, gt, le, logicalAnd, lt, where } from './compare';
import { cast } from './convert';
import { tensor } from './create';
import { floor, neg, round } from './elementary';
import { gather } from './gather';
import { add, clamp, div, mul, remainder, sub } from './math';
import { expand, reshape, select, transpose, unsqueeze } from './movement';
import { checkOptions, nodeOf } from './operand';
import { matmul } from './product';

export type GridSampleMode = 'bilinear' | 'nearest' | 'bicubic';
export type GridPaddingMode = 'zeros' | 'border' | 'reflection';

export interface GridSampleOptions {
  /** Default 'bilinear' (of volumes: trilinear). 'bicubic' is for images only. */
  readonly mode?: GridSampleMode;
  /** What lies outside: zeros (default), the nearest place of the border, or the mirrored image. */
  readonly paddingMode?: GridPaddingMode;
  /** Whether -1 and 1 are the centres of the outermost pixels instead of their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

export interface AffineGridOptions {
  /** As for `gridSample`. Default false. */
  readonly alignCorners?: boolean;
}

/** One of the places along an axis that a sample reads: its coordinate (whole, perhaps outside) and its share. */
interface Tap {
  readonly place: Tensor;
  readonly weight?: Tensor;
}

const MODES: readonly GridSampleMode[] = ['bilinear', 'nearest', 'bicubic'];
const PADDING_MODES: readonly GridPaddingMode[] = ['zeros', 'border', 'reflection'];

/**
 * The input read at the coordinates of a grid, which run from -1 to 1 along each axis: out[n, c, p] = x[n, c] at grid[n, p], where
 * the last axis of the grid counts x (width) first, then y (height), and z (depth) of volumes. Gradients reach the input and, but for
 * 'nearest', the grid. Jaderberg et al., "Spatial transformer networks", 2015.
 *
 * @param x shape [batch, channels, height, width] or [batch, channels, depth, height, width].
 * @param grid shape [batch, ...output places, 2 or 3].
 * @returns shape [batch, channels, ...output places].
 * @throws ShapeError when grid and input do not fit.
 * @example
 * ```ts
 * import { gridSample, tensor } from '@cotangent/tensor';
 * const image = tensor([[[[1, 2], [3, 4]]]]);
 * console.log(await gridSample(image, tensor([[[[0, 0], [-0.5, -0.5]]]])).array()); // [[[[2.5, 1]]]]
 * ```
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  checkOptions('gridSample', options, "{ mode: 'nearest' }");
  const { mode = 'bilinear', paddingMode = 'zeros', alignCorners = false } = options;
  const { shape, dtype } = nodeOf('gridSample', x);
  const points = nodeOf('gridSample', grid).shape;
  const rank = shape.length - 2;
  if (!isFloat(dtype)) throw new DTypeError(`gridSample: got ${dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
  commonDType('gridSample', dtype, grid.dtype);
  if (!MODES.includes(mode)) throw new ArgumentError(`gridSample: mode is '${mode}'; expected one of ${MODES.join(', ')}.`);
  if (!PADDING_MODES.includes(paddingMode)) {
    throw new ArgumentError(`gridSample: paddingMode is '${paddingMode}'; expected one of ${PADDING_MODES.join(', ')}.`);
  }
  if ((rank !== 2 && rank !== 3) || points.length !== shape.length || points[0] !== shape[0] || points[points.length - 1] !== rank) {
    throw new ShapeError(
      `gridSample: the input has shape ${show(shape)} and the grid ${show(points)}; expected [batch, channels, height, width] with ` +
        '[batch, rows, columns, 2], or [batch, channels, depth, height, width] with [batch, layers, rows, columns, 3].',
    );
  }
  const spatial = shape.slice(2);
  if (spatial.some((n) => n === 0)) throw new ShapeError(`gridSample: the input of shape ${show(shape)} has no places to read.`);
  if (mode === 'bicubic' && rank !== 2) throw new ArgumentError(`gridSample: mode 'bicubic' is for images, but the input has shape ${show(shape)}.`);
  const [batch, channels] = shape as [number, number];
  const out = points.slice(1, -1);
  const flat = reshape(grid, [batch, sizeOf(out), rank]);
  const axes = spatial.map((n, i) => {
    const coordinate = unnormalised(select(flat, 2, rank - 1 - i), n, alignCorners);
    return { n, taps: tapsOf(coordinate, mode, (at) => insideOf(at, n, paddingMode, alignCorners)) };
  });
  const picture = reshape(x, [batch, channels, sizeOf(spatial)]);
  const steps = stridesOf(spatial);
  const terms = combinations(axes.map(({ taps }) => taps)).map((corner) => {
    const inside = corner.map(({ place }, i) => logicalAnd(ge(place, 0), le(place, spatial[i]! - 1))).reduce(logicalAnd);
    const index = corner
      .map(({ place }, i) => mul(cast(clamp(place, { min: 0, max: spatial[i]! - 1 }), 'int32'), steps[i]!))
      .reduce((a, b) => add(a, b));
    const weights = corner.flatMap(({ weight }) => weight ?? []);
    const value = gather(picture, 2, expand(unsqueeze(index, 1), [batch, channels, sizeOf(out)]));
    const mask = unsqueeze(inside, 1);
    if (weights.length === 0) return where(mask, value, 0);
    // Both factors are masked: neither what lies under a clamped index nor the share of a place at infinity may matter.
    const weight = unsqueeze(where(inside, weights.reduce((a, b) => mul(a, b)), 0), 1);
    return mul(where(mask, value, 0), weight);
  });
  return reshape(terms.reduce((a, b) => add(a, b)), [batch, channels, ...out]);
}

/** From -1 ... 1 to places along an axis of n. */
function unnormalised(at: Tensor, n: number, alignCorners: boolean): Tensor {
  return alignCorners ? mul(add(at, 1), (n - 1) / 2) : sub(mul(add(at, 1), n / 2), 0.5);
}

/** A coordinate brought inside by the padding mode. At the border itself no gradient flows, as in PyTorch. */
function insideOf(at: Tensor, n: number, mode: GridPaddingMode, alignCorners: boolean): Tensor {
  if (mode === 'zeros') return at;
  return clipped(mode === 'border' ? at : reflected(at, alignCorners ? 0 : -0.5, alignCorners ? n - 1 : n), n);
}

function clipped(at: Tensor, n: number): Tensor {
  return where(gt(at, 0), where(lt(at, n - 1), at, n - 1), 0);
}

/** Mirrored at `low` and at `low + span`, again and again, until it lies between them. */
function reflected(at: Tensor, low: number, span: number): Tensor {
  if (span === 0) return mul(at, 0);
  const signed = sub(at, low);
  const distance = where(lt(signed, 0), neg(signed), signed);
  const flips = floor(div(distance, span));
  const extra = sub(distance, mul(flips, span));
  return add(where(gt(remainder(flips, 2), 0), sub(span, extra), extra), low);
}

/** The places along one axis that a sample at `at` reads. */
function tapsOf(at: Tensor, mode: GridSampleMode, inside: (at: Tensor) => Tensor): Tap[] {
  if (mode === 'nearest') return [{ place: round(inside(at)) }];
  if (mode === 'bilinear') {
    const coordinate = inside(at);
    const left = floor(coordinate);
    const share = sub(coordinate, left);
    return [{ place: left, weight: sub(1, share) }, { place: add(left, 1), weight: share }];
  }
  const left = floor(at);
  const share = sub(at, left);
  const rest = sub(1, share);
  const weights = [outer(add(share, 1)), inner(share), inner(rest), outer(add(rest, 1))];
  return weights.map((weight, k) => ({ place: inside(add(left, k - 1)), weight }));
}

/** The cubic convolution kernel with a = -0.75, for distances up to 1. */
function inner(d: Tensor): Tensor {
  return add(mul(mul(sub(mul(d, 1.25), 2.25), d), d), 1);
}

/** The same for distances from 1 to 2. */
function outer(d: Tensor): Tensor {
  return add(mul(add(mul(sub(d, 5), d), 8), mul(d, -0.75)), 3);
}

/** Every choice of one entry per list. */
function combinations<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((found, list) => found.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

/**
 * The grid that an affine map gives to `gridSample`: for every place of the output the coordinates theta [x, y, 1] (or [x, y, z, 1])
 * at which the input is read.
 *
 * @param theta shape [batch, 2, 3] for images, [batch, 3, 4] for volumes.
 * @param size shape of the output: [batch, channels, height, width] or [batch, channels, depth, height, width].
 * @returns shape [batch, height, width, 2] or [batch, depth, height, width, 3].
 * @throws ShapeError when they do not fit.
 * @example
 * ```ts
 * import { affineGrid, tensor } from '@cotangent/tensor';
 * const identity = tensor([[[1, 0, 0], [0, 1, 0]]]);
 * console.log(await affineGrid(identity, [1, 1, 1, 2]).array()); // [[[[-0.5, 0], [0.5, 0]]]]
 * ```
 */
export function affineGrid(theta: Tensor, size: readonly number[], options: AffineGridOptions = {}): Tensor {
  checkOptions('affineGrid', options, '{ alignCorners: true }');
  const { alignCorners = false } = options;
  const { shape, dtype } = nodeOf('affineGrid', theta);
  const rank = size.length - 2;
  if (!isFloat(dtype)) throw new DTypeError(`affineGrid: got ${dtype}; expected a floating-point tensor. Convert it: .cast('float32').`);
  if ((rank !== 2 && rank !== 3) || shape.length !== 3 || shape[0] !== size[0] || shape[1] !== rank || shape[2] !== rank + 1) {
    throw new ShapeError(
      `affineGrid: theta has shape ${show(shape)} and the size is ${show(size)}; expected [batch, 2, 3] with [batch, channels, height, width], ` +
        'or [batch, 3, 4] with [batch, channels, depth, height, width].',
    );
  }
  const spatial = size.slice(2);
  if (!spatial.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new ArgumentError(`affineGrid: the size is ${show(size)}; expected whole numbers >= 1.`);
  }
  const tick = (i: number, n: number): number => (alignCorners ? (n > 1 ? (2 * i) / (n - 1) - 1 : 0) : (2 * i + 1) / n - 1);
  const ticks = spatial.map((n) => Array.from({ length: n }, (_, i) => tick(i, n)));
  const base = combinations(ticks).flatMap((at) => [...at.reverse(), 1]);
  const points = tensor(base, { shape: [sizeOf(spatial), rank + 1], dtype });
  return reshape(matmul(points, transpose(theta)), [shape[0]!, ...spatial, rank]);
}
