/** QR decomposition of one matrix by Householder reflections in double precision. */
import { columnOf, productOf, reflector, reflectRows, type Reflection } from './householder';

/** Q, [rows, size], and R, [size, columns], of A = Q R; `size` is at most the number of rows. */
export function qrOf(a: Float64Array, rows: number, columns: number, size: number): { readonly q: Float64Array; readonly r: Float64Array } {
  const work = a.slice();
  const reflections: Reflection[] = [];
  for (let k = 0; k < Math.min(rows, columns); k++) {
    const v = columnOf(work, columns, k, k);
    const { beta, tau } = reflector(v);
    reflectRows(work, columns, k, k + 1, columns, v, tau);
    work[k * columns + k] = beta;
    for (let i = k + 1; i < rows; i++) work[i * columns + k] = 0;
    reflections.push({ start: k, v, tau });
  }
  return { q: productOf(reflections, rows, size), r: work.slice(0, size * columns) };
}
