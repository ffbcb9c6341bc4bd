/** Comparisons, logic and choice. Comparisons give bool tensors and carry no gradient. */
import { NO_ATTRS } from '../graph/node';
import { record } from '../graph/record';
import { commonDType, isFloat } from '../dtype';
import type { BinaryOp } from '../plan/scalar';
import { broadcastShapes } from '../shape';
import { Tensor } from '../tensor';
import { literal, nodeOf, operands, type TensorLike } from './operand';
import { ArgumentError } from '../errors';

function compared(op: BinaryOp, a: TensorLike, b: TensorLike): Tensor {
  return new Tensor(record(op, operands(op, a, b), NO_ATTRS));
}

/** `op` on truth values; errors use the name that was called. */
function logical(name: string, op: 'and' | 'or' | 'xor', a: Tensor, b: Tensor): Tensor {
  const [x, y] = [truth(name, a), truth(name, b)];
  broadcastShapes(name, x.shape, y.shape);
  return compared(op, x, y);
}

/** `op` as its mirror image; errors name `op` and the operands in the order given. */
function swapped(op: string, mirror: BinaryOp, a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands(op, a, b);
  broadcastShapes(op, x.shape, y.shape);
  commonDType(op, x.dtype, y.dtype);
  return new Tensor(record(mirror, [y, x], NO_ATTRS));
}

/**
 * a == b; NaN equals nothing, element by element with broadcasting, as bool.
 *
 * @example
 * ```ts
 * import { eq, tensor } from '@cotangent/tensor';
 * console.log(await eq(tensor([1, 2, 3]), 2).array()); // [0, 1, 0]
 * ```
 */
export function eq(a: TensorLike, b: TensorLike): Tensor {
  return compared('eq', a, b);
}

/**
 * a != b, element by element with broadcasting, as bool.
 *
 * @example
 * ```ts
 * import { ne, tensor } from '@cotangent/tensor';
 * console.log(await ne(tensor([1, 2, 3]), 2).array()); // [1, 0, 1]
 * ```
 */
export function ne(a: TensorLike, b: TensorLike): Tensor {
  return compared('ne', a, b);
}

/**
 * a < b, element by element with broadcasting, as bool.
 *
 * @example
 * ```ts
 * import { lt, tensor } from '@cotangent/tensor';
 * console.log(await lt(tensor([1, 2, 3]), 2).array()); // [1, 0, 0]
 * ```
 */
export function lt(a: TensorLike, b: TensorLike): Tensor {
  return compared('lt', a, b);
}

/**
 * a <= b, element by element with broadcasting, as bool.
 *
 * @example
 * ```ts
 * import { le, tensor } from '@cotangent/tensor';
 * console.log(await le(tensor([1, 2, 3]), 2).array()); // [1, 1, 0]
 * ```
 */
export function le(a: TensorLike, b: TensorLike): Tensor {
  return compared('le', a, b);
}

/**
 * a > b, element by element with broadcasting, as bool.
 *
 * @example
 * ```ts
 * import { gt, tensor } from '@cotangent/tensor';
 * console.log(await gt(tensor([1, 2, 3]), 2).array()); // [0, 0, 1]
 * ```
 */
export function gt(a: TensorLike, b: TensorLike): Tensor {
  return swapped('gt', 'lt', a, b);
}

/**
 * a >= b, element by element with broadcasting, as bool.
 *
 * @example
 * ```ts
 * import { ge, tensor } from '@cotangent/tensor';
 * console.log(await ge(tensor([1, 2, 3]), 2).array()); // [0, 1, 1]
 * ```
 */
export function ge(a: TensorLike, b: TensorLike): Tensor {
  return swapped('ge', 'le', a, b);
}

/**
 * True where both are true; numbers count as true when not 0.
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from '@cotangent/tensor';
 * console.log(await logicalAnd(tensor([1, 1, 0]), tensor([1, 0, 0])).array()); // [1, 0, 0]
 * ```
 */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return logical('logicalAnd', 'and', a, b);
}

/**
 * True where at least one is true; numbers count as true when not 0.
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from '@cotangent/tensor';
 * console.log(await logicalOr(tensor([1, 1, 0]), tensor([1, 0, 0])).array()); // [1, 1, 0]
 * ```
 */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return logical('logicalOr', 'or', a, b);
}

/**
 * True where exactly one is true; numbers count as true when not 0.
 *
 * @example
 * ```ts
 * import { logicalXor, tensor } from '@cotangent/tensor';
 * console.log(await logicalXor(tensor([1, 1, 0]), tensor([1, 0, 0])).array()); // [0, 1, 0]
 * ```
 */
export function logicalXor(a: Tensor, b: Tensor): Tensor {
  return logical('logicalXor', 'xor', a, b);
}

/**
 * Bits set in both, for integers (and bool).
 *
 * @example
 * ```ts
 * import { bitwiseAnd, tensor } from '@cotangent/tensor';
 * console.log(await bitwiseAnd(tensor([6], { dtype: 'int32' }), 5).array()); // [4]
 * ```
 */
export function bitwiseAnd(a: TensorLike, b: TensorLike): Tensor {
  return compared('and', a, b);
}

/**
 * Bits set in either, for integers (and bool).
 *
 * @example
 * ```ts
 * import { bitwiseOr, tensor } from '@cotangent/tensor';
 * console.log(await bitwiseOr(tensor([6], { dtype: 'int32' }), 5).array()); // [7]
 * ```
 */
export function bitwiseOr(a: TensorLike, b: TensorLike): Tensor {
  return compared('or', a, b);
}

/**
 * Bits set in exactly one, for integers (and bool).
 *
 * @example
 * ```ts
 * import { bitwiseXor, tensor } from '@cotangent/tensor';
 * console.log(await bitwiseXor(tensor([6], { dtype: 'int32' }), 5).array()); // [3]
 * ```
 */
export function bitwiseXor(a: TensorLike, b: TensorLike): Tensor {
  return compared('xor', a, b);
}

/**
 * True where x is 0 or false.
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from '@cotangent/tensor';
 * console.log(await logicalNot(tensor([1, 0])).array()); // [0, 1]
 * ```
 */
export function logicalNot(x: Tensor): Tensor {
  return new Tensor(record('not', [truth('logicalNot', x).node], NO_ATTRS));
}

/** x as bool. */
function truth(op: string, x: Tensor): Tensor {
  const node = nodeOf(op, x);
  return node.dtype === 'bool' ? x : new Tensor(record('cast', [node], { dtype: 'bool' }));
}

/**
 * True where x is NaN.
 *
 * @example
 * ```ts
 * import { isNaN, tensor } from '@cotangent/tensor';
 * console.log(await isNaN(tensor([1, NaN])).array()); // [0, 1]
 * ```
 */
export function isNaN(x: Tensor): Tensor {
  return ne(x, x);
}

/**
 * True where x is Infinity or -Infinity.
 *
 * @example
 * ```ts
 * import { isInf, tensor } from '@cotangent/tensor';
 * console.log(await isInf(tensor([1, -Infinity])).array()); // [0, 1]
 * ```
 */
export function isInf(x: Tensor): Tensor {
  return isFloat(x.dtype) ? compared('or', eq(x, Infinity), eq(x, -Infinity)) : ne(x, x);
}

/**
 * True where x is neither NaN nor infinite.
 *
 * @example
 * ```ts
 * import { isFinite, tensor } from '@cotangent/tensor';
 * console.log(await isFinite(tensor([1, NaN])).array()); // [1, 0]
 * ```
 */
export function isFinite(x: Tensor): Tensor {
  return isFloat(x.dtype) ? compared('and', lt(x, Infinity), lt(-Infinity, x)) : eq(x, x);
}

/**
 * Where `condition` (bool) holds the element of `a`, elsewhere that of `b`, with broadcasting. The branch not taken leaks
 * neither NaN nor gradient.
 *
 * @example
 * ```ts
 * import { tensor, where } from '@cotangent/tensor';
 * console.log(await where(tensor([true, false]), tensor([1, 2]), 0).array()); // [1, 0]
 * ```
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  if (typeof a === 'number' && typeof b === 'number') {
    throw new ArgumentError('where: both branches are numbers, so the dtype is unknown; make one of them a tensor.');
  }
  const [x, y] = operands('where', a, b);
  return new Tensor(record('where', [nodeOf('where', condition), x, y], NO_ATTRS));
}

/**
 * x with `value` wherever `mask` (bool, broadcast to x) is true.
 *
 * @example
 * ```ts
 * import { maskedFill, tensor } from '@cotangent/tensor';
 * console.log(await maskedFill(tensor([1, 2]), tensor([true, false]), -1).array()); // [-1, 2]
 * ```
 */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  const node = nodeOf('maskedFill', x);
  return new Tensor(record('where', [nodeOf('maskedFill', mask), literal('maskedFill', value, node.dtype), node], NO_ATTRS));
}
