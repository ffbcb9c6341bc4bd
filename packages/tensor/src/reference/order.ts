/** Sorting and searching on typed arrays: what the kernels of `argsort` and `searchsorted` run where a backend has no code of its own. */
import type { TypedArray } from '../dtype';
import { sizeOf, type Shape } from '../shape';

/** NaN counts as larger than every number, as in NumPy and PyTorch. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}

/** The first `take` places of the stable sort order along `axis`, for row-major `x` of `shape`. */
export function hostArgsort(x: TypedArray, out: TypedArray, shape: Shape, axis: number, descending: boolean, take: number): void {
  const n = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = n === 0 ? 0 : x.length / (n * inner);
  const order = new Int32Array(n);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = o * n * inner + i;
      for (let k = 0; k < n; k++) order[k] = k;
      // Equal elements keep their order in both directions, so the position breaks ties the same way.
      order.sort((p, q) => {
        const c = compare(x[at + p * inner]!, x[at + q * inner]!);
        return (descending ? -c : c) || p - q;
      });
      for (let k = 0; k < take; k++) out[(o * take + k) * inner + i] = order[k]!;
    }
  }
}

/** First position where each value could be inserted (last with `right`) so that the sorted row stays sorted. */
export function hostSearchsorted(
  sorted: TypedArray,
  values: TypedArray,
  out: TypedArray,
  sortedShape: Shape,
  valuesShape: Shape,
  right: boolean,
): void {
  const n = sortedShape[sortedShape.length - 1]!;
  const perRow = valuesShape[valuesShape.length - 1] ?? 1;
  const shared = sortedShape.length === 1;
  for (let i = 0; i < values.length; i++) {
    const start = shared ? 0 : Math.floor(i / perRow) * n;
    const value = values[i]!;
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const c = compare(sorted[start + middle]!, value);
      if (right ? c <= 0 : c < 0) low = middle + 1;
      else high = middle;
    }
    out[i] = low;
  }
}
