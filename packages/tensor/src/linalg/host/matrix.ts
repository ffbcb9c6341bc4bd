/** Small helpers on row-major matrices in double precision. */

/** The transpose of a matrix. */
export function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j]!;
  return out;
}

/** The product of [rows, inner] and [inner, columns]. */
export function multiplied(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let j = 0; j < columns; j++) out[i * columns + j]! += factor * b[k * columns + j]!;
    }
  }
  return out;
}

/** The largest absolute value; NaN or Infinity when there is one. */
export function largest(a: Float64Array): number {
  let most = 0;
  for (const value of a) {
    const size = Math.abs(value);
    if (!(size <= most)) most = size;
    if (Number.isNaN(most)) return NaN;
  }
  return most;
}

/** (x, y) becomes (c x + s y, c y - s x) for the rows i and j of `a`, which are `length` long. */
export function rotate(a: Float64Array, length: number, i: number, j: number, c: number, s: number): void {
  const first = i * length;
  const second = j * length;
  for (let k = 0; k < length; k++) {
    const x = a[first + k]!;
    const y = a[second + k]!;
    a[first + k] = c * x + s * y;
    a[second + k] = c * y - s * x;
  }
}
