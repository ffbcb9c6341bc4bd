import { custom, mul, readOptions, ShapeError, show, sizeOf, transpose, type Shape, type Tensor } from '@cotangent/tensor';
import { normal } from './basic';
import type { FactoryOptions } from '../options';

export interface OrthogonalOptions extends FactoryOptions {
  /** What the matrix is multiplied by; see `gain`. Default 1. */
  readonly gain?: number;
}

/**
 * A random matrix with orthonormal rows, or columns where there are more rows: signals keep their length through any number of layers.
 * All such matrices are equally likely. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", 2013.
 *
 * @param shape [out, ...]; axes after the first are taken together.
 * @throws ShapeError for fewer than two axes.
 * @example
 * ```ts
 * import { init } from '@cotangent/layers';
 * const w = init.orthogonal([2, 3]);
 * console.log(await w.matmul(w.transpose()).array()); // about [[1, 0], [0, 1]]
 * ```
 */
export function orthogonal(shape: Shape, options: OrthogonalOptions = {}): Tensor {
  const { gain = 1, dtype = 'float32', generator } = readOptions('orthogonal', options, ['gain', 'dtype', 'generator']);
  if (shape.length < 2) throw new ShapeError(`orthogonal: the shape is ${show(shape)}; expected at least two axes, [out, in].`);
  const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))];
  const wide = dtype === 'float64' ? 'float64' : 'float32';
  const vectors = orthonormalRows([normal([Math.min(rows, columns), Math.max(rows, columns)], { dtype: wide, generator })]);
  return mul(rows > columns ? transpose(vectors) : vectors, gain).reshape(...shape).cast(dtype);
}

/**
 * Each row without its parts along the rows before it, at length 1 (modified Gram-Schmidt). Rows of normal numbers are so far from
 * dependent that one pass in float64 is exact to float32, and nothing remains to be said about signs, as after a general QR
 * decomposition: that one is also a sub-path of its own, which a page that uses layers should not have to load.
 */
const orthonormalRows = /* @__PURE__ */ custom({
  name: 'orthonormalRows',
  shape: ([x]) => x!,
  forward: ([x], output) => {
    const [count, length] = x!.shape as [number, number];
    const rows = Array.from({ length: count }, (_, i) => Float64Array.from(x!.data.subarray(i * length, (i + 1) * length)));
    rows.forEach((row, i) => {
      const size = Math.sqrt(dot(row, row));
      for (let k = 0; k < length; k++) row[k]! /= size;
      output.data.set(row, i * length);
      for (let j = i + 1; j < count; j++) {
        const later = rows[j]!;
        const along = dot(row, later);
        for (let k = 0; k < length; k++) later[k]! -= along * row[k]!;
      }
    });
  },
});

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
