/**
 * Operations whose result has a shape that depends on data. Only the index is read; the values are an ordinary gather, so
 * that gradients flow.
 */
import { ShapeError } from '../errors';
import { sameShape, sizeOf, stridesOf } from '../shape';
import type { Tensor } from '../tensor';
import { broadcastTensors, reshape } from './movement';
import { gather, take } from './gather';
import { tensor } from './create';
import { cast } from './convert';
import { nodeOf } from './operand';

/**
 * Coordinates of all elements that are not 0, in row-major order: int32 of shape [count, axes].
 *
 * @example
 * ```ts
 * import { nonzero, tensor } from '@cotangent/tensor';
 * console.log(await (await nonzero(tensor([[0, 2], [3, 0]]))).array()); // [[0, 1], [1, 0]]
 * ```
 */
export async function nonzero(x: Tensor): Promise<Tensor> {
  nodeOf('nonzero', x);
  const flat = await nonzeroPositions(x);
  const strides = stridesOf(x.shape);
  const coordinates = Int32Array.from({ length: flat.length * x.ndim }, (_, i) => {
    const axis = i % x.ndim;
    return Math.floor(flat[Math.floor(i / x.ndim)]! / strides[axis]!) % x.shape[axis]!;
  });
  return tensor(coordinates, { shape: [flat.length, x.ndim] });
}

async function nonzeroPositions(x: Tensor): Promise<number[]> {
  const data = await cast(x, 'bool').data();
  const positions: number[] = [];
  data.forEach((v, i) => {
    if (v) positions.push(i);
  });
  return positions;
}

/**
 * The elements where `mask` (bool, broadcast against x) is true, as a vector.
 *
 * @example
 * ```ts
 * import { maskedSelect, tensor } from '@cotangent/tensor';
 * const x = tensor([1, 2, 3]);
 * console.log(await (await maskedSelect(x, x.gt(1))).array()); // [2, 3]
 * ```
 */
export async function maskedSelect(x: Tensor, mask: Tensor): Promise<Tensor> {
  const [values, chosen] = broadcastTensors([x, mask]) as [Tensor, Tensor];
  const positions = await nonzeroPositions(chosen);
  return take(values, tensor(Int32Array.from(positions)));
}

/**
 * Rows of x for which the mask (bool, of the leading axes of x) is true.
 *
 * @example
 * ```ts
 * import { maskedRows, tensor } from '@cotangent/tensor';
 * console.log(await (await maskedRows(tensor([[1, 2], [3, 4]]), tensor([false, true]))).array()); // [[3, 4]]
 * ```
 */
export async function maskedRows(x: Tensor, mask: Tensor): Promise<Tensor> {
  const lead = x.shape.slice(0, mask.ndim);
  if (!sameShape(lead, mask.shape)) {
    throw new ShapeError(`maskedRows: the mask has shape [${mask.shape.join(', ')}], but the leading axes of x are [${lead.join(', ')}].`);
  }
  const positions = await nonzeroPositions(mask);
  const rest = x.shape.slice(mask.ndim);
  const rows = reshape(x, [sizeOf(lead), ...rest]);
  const index = tensor(Int32Array.from(positions), { shape: [positions.length, ...rest.map(() => 1)] });
  return gather(rows, 0, index.expand(positions.length, ...rest));
}

/** Distinct elements in ascending order, where each element of x went, and how often each occurs. */
export interface UniqueResult {
  readonly values: Tensor;
  /** int32, the shape of x: position of each element in `values`. */
  readonly inverse: Tensor;
  /** int32. */
  readonly counts: Tensor;
}

/**
 * The distinct elements of x in ascending order.
 *
 * @example
 * ```ts
 * import { tensor, unique } from '@cotangent/tensor';
 * console.log(await (await unique(tensor([3, 1, 3]))).values.array()); // [1, 3]
 * ```
 */
export async function unique(x: Tensor): Promise<UniqueResult> {
  nodeOf('unique', x);
  const data = await x.data();
  const first = new Map<number, number>();
  data.forEach((v, i) => {
    if (!first.has(v)) first.set(v, i);
  });
  const sorted = [...first.keys()].sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  const rank = new Map(sorted.map((v, i) => [v, i]));
  const inverse = Int32Array.from(data, (v) => rank.get(v)!);
  const counts = new Int32Array(sorted.length);
  for (const r of inverse) counts[r]!++;
  return {
    values: take(x, tensor(Int32Array.from(sorted, (v) => first.get(v)!))),
    inverse: tensor(inverse, { shape: x.shape }),
    counts: tensor(counts),
  };
}
