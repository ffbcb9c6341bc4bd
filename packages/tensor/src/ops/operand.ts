/** How functions accept their arguments: tensors, or plain numbers that take the dtype of the tensor they meet. */
import { isFloat, type DType } from '../dtype';
import { ArgumentError, DTypeError } from '../errors';
import type { Node } from '../graph/node';
import { constantNode } from '../graph/record';
import { isTensor, Tensor } from '../tensor';

/** A tensor, or a number that takes the dtype of the tensor it meets. */
export type TensorLike = Tensor | number;

/** The node of a tensor argument; throws ArgumentError for anything else. */
export function nodeOf(op: string, x: Tensor): Node {
  if (!isTensor(x)) {
    throw new ArgumentError(`${op}: expected a tensor but got ${describe(x)}. Make one with tensor(...).`);
  }
  return x.node;
}

/**
 * Throws ArgumentError unless `options` is an object: a number in its place, as other libraries take it, would silently mean
 * nothing.
 *
 * @param example how the options are written.
 */
export function checkOptions(op: string, options: unknown, example: string): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new ArgumentError(`${op}: the options are ${describe(options)}; expected an object such as ${example}.`);
}

function describe(x: unknown): string {
  if (x === null || x === undefined) return String(x);
  if (Array.isArray(x)) return 'an array';
  if (typeof x === 'string' || typeof x === 'boolean') return `the ${typeof x} ${x}`;
  if (typeof x === 'number') return `the number ${x}`;
  return typeof x === 'object' ? `an object (${x.constructor.name})` : `a ${typeof x}`;
}

/** A number as a constant of `dtype`; throws DTypeError when the type cannot represent it. */
export function literal(op: string, value: number, dtype: DType): Node {
  if (!canHold(dtype, value)) {
    throw new DTypeError(
      `${op}: the number ${value} does not fit the ${dtype} tensor it is combined with. ` +
        `Convert the tensor first: .cast('float32').`,
    );
  }
  return constantNode(value, dtype);
}

/** Whether `dtype` can represent the number (floating-point types: rounded). */
export function canHold(dtype: DType, value: number): boolean {
  if (isFloat(dtype)) return true;
  if (!Number.isInteger(value)) return false;
  if (dtype === 'bool') return value === 0 || value === 1;
  if (dtype === 'uint8') return value >= 0 && value <= 255;
  return dtype === 'uint32' ? value >= 0 && value <= 0xffffffff : value >= -0x80000000 && value <= 0x7fffffff;
}

/** The nodes of two operands, of which at least one is a tensor. */
export function operands(op: string, a: TensorLike, b: TensorLike): [Node, Node] {
  if (typeof a === 'number') {
    if (typeof b === 'number') throw new ArgumentError(`${op}: both operands are numbers; at least one must be a tensor.`);
    const right = nodeOf(op, b);
    return [literal(op, a, right.dtype), right];
  }
  const left = nodeOf(op, a);
  return [left, typeof b === 'number' ? literal(op, b, left.dtype) : nodeOf(op, b)];
}

/**
 * The result of an operation that changes nothing: another handle on the same value. Never `x` itself, which may be a
 * variable whose value is replaced later.
 */
export function unchanged(x: Tensor): Tensor {
  return new Tensor(x.node);
}
