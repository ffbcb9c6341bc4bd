/** The same elements lying differently in memory, so that operands are read through all kinds of strides. */
import { allocate, permute, strided, tensor, toHalf, type DType, type Shape, type Tensor } from '@cotangent/tensor';

/**
 * - plain: row by row, from the first element of the array.
 * - permuted: the axes are stored in reverse order.
 * - stepped: every second element, read from the end to the start.
 * - inner: a block inside a larger array.
 */
export const LAYOUTS = ['plain', 'permuted', 'stepped', 'inner'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What surrounds the elements of a view; reading it by mistake shows. */
const OTHER = 77;

/** A tensor with the given elements whose memory is laid out as asked. */
export function place(elements: ArrayLike<number>, shape: Shape, dtype: DType, layout: Layout): Tensor {
  const axes = shape.map((_, i) => i);
  switch (layout) {
    case 'plain':
      return filled(shape, dtype, shape, elements, (index) => index);
    case 'permuted': {
      const reversed = [...shape].reverse();
      return permute(filled(reversed, dtype, shape, elements, (index) => [...index].reverse()), [...axes].reverse());
    }
    case 'stepped': {
      const wide = shape.map((n) => 2 * n + 1);
      const x = filled(wide, dtype, shape, elements, (index) => index.map((k, i) => 2 * (shape[i]! - 1 - k) + 1));
      return strided(x, shape.map((n) => Math.max(2 * n - 1, 0)), shape, shape.map(() => -2));
    }
    case 'inner': {
      const wide = shape.map((n) => n + 3);
      const x = filled(wide, dtype, shape, elements, (index) => index.map((k) => k + 2));
      return strided(x, shape.map(() => 2), shape, shape.map(() => 1));
    }
  }
}

/** An array of shape `wide` in which the element at `index` of `shape` lies at `where(index)`. */
function filled(
  wide: Shape,
  dtype: DType,
  shape: Shape,
  elements: ArrayLike<number>,
  where: (index: readonly number[]) => readonly number[],
): Tensor {
  const data = allocate(dtype, wide.reduce((a, b) => a * b, 1));
  const encode = dtype === 'float16' ? toHalf : (x: number) => x;
  data.fill(encode(dtype === 'bool' ? 1 : OTHER));
  const index = shape.map(() => 0);
  for (let k = 0; k < elements.length; k++) {
    let at = 0;
    where(index).forEach((coordinate, i) => (at = at * wide[i]! + coordinate));
    data[at] = encode(elements[k]!);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]!; axis--) index[axis] = 0;
  }
  return tensor(data, { shape: wide, dtype });
}
