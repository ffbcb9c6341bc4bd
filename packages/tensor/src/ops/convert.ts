/** Conversions between dtypes. */
import type { DType } from '../dtype';
import { record } from '../graph/record';
import { Tensor } from '../tensor';
import { nodeOf, unchanged } from './operand';

/**
 * Converts to another dtype. Float to int32 and uint32 drops the fraction, saturates at the range and makes NaN 0; uint8
 * keeps the low 8 bits of that, so clamp first; to bool is `x != 0`.
 *
 * @example
 * ```ts
 * import { cast, tensor } from '@cotangent/tensor';
 * console.log(await cast(tensor([1.9, -1.9]), 'int32').array()); // [1, -1]
 * ```
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  const node = nodeOf('cast', x);
  return node.dtype === dtype ? unchanged(x) : new Tensor(record('cast', [node], { dtype }));
}

/**
 * Reads the same 32 bits as another type: float32, int32 or uint32.
 *
 * @example
 * ```ts
 * import { bitcast, tensor } from '@cotangent/tensor';
 * console.log(await bitcast(tensor([1]), 'int32').array()); // [1065353216]
 * ```
 */
export function bitcast(x: Tensor, dtype: DType): Tensor {
  return new Tensor(record('bitcast', [nodeOf('bitcast', x)], { dtype }));
}
