/** Pooling to a given output size, whatever the input's. */
import { ShapeError } from '../errors';
import { show, sizeOf } from '../shape';
import type { Tensor } from '../tensor';
import { contract, plain } from './contract';
import { perAxis } from './conv';
import { tensor } from './create';
import { gather, indexSelect } from './gather';
import { expand, permute, reshape } from './movement';
import { nodeOf } from './operand';
import { avgPool } from './pool';
import { max, type ValuesAndIndices } from './reduce';

/** Ranges of input places behind each output place: [floor(o n / m), ceil((o + 1) n / m)). */
function adaptiveRanges(n: number, m: number): { start: number; end: number }[] {
  return Array.from({ length: m }, (_, o) => ({ start: Math.floor((o * n) / m), end: Math.ceil(((o + 1) * n) / m) }));
}

function adaptiveSizes(op: string, rank: number, x: Tensor, size: number | readonly (number | null)[]): number[] {
  const { shape } = nodeOf(op, x);
  if (shape.length !== rank + 1 && shape.length !== rank + 2) {
    throw new ShapeError(`${op}: got shape ${show(shape)}; expected [batch, channels, ${rank} spatial axes], or without batch.`);
  }
  const spatial = shape.slice(-rank);
  const list = typeof size === 'number' ? new Array<number>(rank).fill(size) : spatial.map((n, i) => size[i] ?? n);
  return perAxis(op, 'the output size', list, rank, 1);
}

function adaptiveAvgPool(op: string, rank: number, x: Tensor, size: number | readonly (number | null)[]): Tensor {
  const out = adaptiveSizes(op, rank, x, size);
  const spatial = x.shape.slice(-rank);
  const windows = spatial.map((n, i) => n / out[i]!);
  if (windows.every(Number.isInteger)) return avgPool(op, rank, x, windows, {});
  // One averaging matrix per axis.
  return out.reduce((y, m, i) => {
    const n = spatial[i]!;
    const weights = new Float64Array(n * m);
    adaptiveRanges(n, m).forEach(({ start, end }, o) => weights.fill(1 / (end - start), o * n + start, o * n + end));
    const matrix = tensor([...weights], { shape: [m, n], dtype: x.dtype });
    const axis = x.ndim - rank + i;
    const labels = y.shape.map((_, d) => d);
    return contract(y, matrix, {
      sizes: [...y.shape, m],
      accessA: labels.map(plain),
      accessB: [plain(y.ndim), plain(axis)],
      out: labels.map((d) => (d === axis ? y.ndim : d)),
    });
  }, x);
}

function adaptiveMaxPool(op: string, rank: number, x: Tensor, size: number | readonly (number | null)[]): ValuesAndIndices {
  const out = adaptiveSizes(op, rank, x, size);
  const spatial = x.shape.slice(-rank);
  const lead = x.ndim - rank;
  // Every window is padded to the longest one by repeating its last place, which changes no maximum.
  const places = out.map((m, i) => {
    const ranges = adaptiveRanges(spatial[i]!, m);
    const longest = Math.max(...ranges.map((r) => r.end - r.start));
    return ranges.map((r) => Array.from({ length: longest }, (_, k) => Math.min(r.start + k, r.end - 1)));
  });
  let windows = x;
  places.forEach((list, i) => {
    windows = indexSelect(windows, lead + i, tensor(list.flat(), { dtype: 'int32' }));
  });
  const taps = places.map((list) => list[0]!.length);
  const split = reshape(windows, [...x.shape.slice(0, lead), ...out.flatMap((m, i) => [m, taps[i]!])]);
  const order = [...Array.from({ length: lead }, (_, i) => i), ...out.map((_, i) => lead + 2 * i), ...out.map((_, i) => lead + 2 * i + 1)];
  const flat = reshape(permute(split, order), [...x.shape.slice(0, lead), ...out, sizeOf(taps)]);
  const best = max(flat, { dim: -1, keepdim: true });
  const table = positions(places, spatial);
  const source = expand(tensor(table, { shape: [...out, sizeOf(taps)], dtype: 'int32' }), flat.shape);
  const shape = [...x.shape.slice(0, lead), ...out];
  return { values: reshape(best.values, shape), indices: reshape(gather(source, -1, best.indices), shape) };
}

/** The flat input position of every place of every window, windows first. */
function positions(places: readonly (readonly (readonly number[])[])[], spatial: readonly number[]): number[] {
  let table: { window: number[]; flat: number }[][] = [[{ window: [], flat: 0 }]];
  places.forEach((list, axis) => {
    table = table.flatMap((windows) =>
      list.map((taps) => windows.flatMap((w) => taps.map((p) => ({ window: w.window, flat: w.flat * spatial[axis]! + p })))),
    );
  });
  return table.flat().map((entry) => entry.flat);
}

/**
 * Means over windows chosen so that the output has the given size, whatever the input's; null keeps a size.
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool1d, ones } from '@cotangent/tensor';
 * console.log(adaptiveAvgPool1d(ones([1, 1, 4]), 2).shape); // [1, 1, 2]
 * ```
 */
export function adaptiveAvgPool1d(x: Tensor, size: number | readonly (number | null)[]): Tensor {
  return adaptiveAvgPool('adaptiveAvgPool1d', 1, x, size);
}

/**
 * Maxima, with their positions, over windows chosen so that the output has the given size; null keeps a size.
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool1d, ones } from '@cotangent/tensor';
 * console.log(adaptiveMaxPool1d(ones([1, 1, 4]), 2).values.shape); // [1, 1, 2]
 * ```
 */
export function adaptiveMaxPool1d(x: Tensor, size: number | readonly (number | null)[]): ValuesAndIndices {
  return adaptiveMaxPool('adaptiveMaxPool1d', 1, x, size);
}

/**
 * Means over windows chosen so that the output has the given size, whatever the input's; null keeps a size.
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool2d, ones } from '@cotangent/tensor';
 * console.log(adaptiveAvgPool2d(ones([1, 1, 4, 4]), 2).shape); // [1, 1, 2, 2]
 * ```
 */
export function adaptiveAvgPool2d(x: Tensor, size: number | readonly (number | null)[]): Tensor {
  return adaptiveAvgPool('adaptiveAvgPool2d', 2, x, size);
}

/**
 * Maxima, with their positions, over windows chosen so that the output has the given size; null keeps a size.
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool2d, ones } from '@cotangent/tensor';
 * console.log(adaptiveMaxPool2d(ones([1, 1, 4, 4]), 2).values.shape); // [1, 1, 2, 2]
 * ```
 */
export function adaptiveMaxPool2d(x: Tensor, size: number | readonly (number | null)[]): ValuesAndIndices {
  return adaptiveMaxPool('adaptiveMaxPool2d', 2, x, size);
}

/**
 * Means over windows chosen so that the output has the given size, whatever the input's; null keeps a size.
 *
 * @example
 * ```ts
 * import { adaptiveAvgPool3d, ones } from '@cotangent/tensor';
 * console.log(adaptiveAvgPool3d(ones([1, 1, 4, 4, 4]), 2).shape); // [1, 1, 2, 2, 2]
 * ```
 */
export function adaptiveAvgPool3d(x: Tensor, size: number | readonly (number | null)[]): Tensor {
  return adaptiveAvgPool('adaptiveAvgPool3d', 3, x, size);
}

/**
 * Maxima, with their positions, over windows chosen so that the output has the given size; null keeps a size.
 *
 * @example
 * ```ts
 * import { adaptiveMaxPool3d, ones } from '@cotangent/tensor';
 * console.log(adaptiveMaxPool3d(ones([1, 1, 4, 4, 4]), 2).values.shape); // [1, 1, 2, 2, 2]
 * ```
 */
export function adaptiveMaxPool3d(x: Tensor, size: number | readonly (number | null)[]): ValuesAndIndices {
  return adaptiveMaxPool('adaptiveMaxPool3d', 3, x, size);
}
