/** What a row of the op table says, and what several rows share. */
import { isFloat, type DType } from '../dtype';
import { DTypeError } from '../errors';
import type { Output } from '../plan/kernel';
import type { Lowering } from '../plan/lower';
import type { UnaryOp } from '../plan/scalar';
import type { Shape } from '../shape';
import type { Node } from './node';
import type { OpAttrs, OpName, RareOp } from './ops';
import type { Vjp } from './vjp';

/** What a shape or dtype rule sees of an input. */
export type Typed = Pick<Node, 'shape' | 'dtype'>;

export type OpKind = 'source' | 'elementwise' | 'movement' | 'reduce' | 'scan' | 'index' | 'contract' | 'library' | 'identity';

export interface OpRow<K extends OpName> {
  readonly kind: OpKind;
  /** Number of inputs; 'many' for one or more. */
  readonly arity: number | 'many';
  /** Whether a gradient can flow from the output to a floating-point input. */
  readonly differentiable: boolean;
  shape(inputs: readonly Typed[], attrs: OpAttrs[K]): Shape;
  dtype(inputs: readonly Typed[], attrs: OpAttrs[K]): DType;
}

/**
 * The row of a rare op. It also holds what plan/lower-ops.ts and autodiff's table hold for common ops: the function that
 * records the op imports the row, the node carries it, and so programs without the op do not ship any of it.
 */
export interface RareRow<K extends RareOp> extends OpRow<K> {
  /** Adds the kernels that compute `node` into `output`; absent where an instruction does. */
  readonly lower?: (plan: Lowering, node: Node<K>, output: Output) => void;
  /** The gradient rule; absent where nothing flows. */
  readonly vjp?: Vjp<K>;
  /** The function of one element in double precision, for instructions of special functions. */
  readonly call?: (attrs: OpAttrs[K]) => (x: number) => number;
}

export const sameDType = (inputs: readonly Typed[]): DType => inputs[0]!.dtype;
export const sameShapeAs = (inputs: readonly Typed[]): Shape => inputs[0]!.shape;

/** What users call the op, where the table has a shorter name; for messages. */
const CALLED: { readonly [K in OpName]?: string } = {
  recip: 'reciprocal', mod: 'fmod', min: 'minimum', max: 'maximum', and: 'bitwiseAnd', or: 'bitwiseOr', xor: 'bitwiseXor',
  shl: 'shiftLeft', shr: 'shiftRight',
};

export const calledBy = (op: OpName): string => CALLED[op] ?? op;

export function needFloat(op: OpName, { dtype }: Typed): DType {
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(`${calledBy(op)}: got ${dtype}; expected a floating-point tensor. Convert it first: .cast('float32').`);
}

/** A function of floating-point numbers, element by element. */
export function floatRow<K extends UnaryOp>(op: K): OpRow<K> {
  return { kind: 'elementwise', arity: 1, differentiable: true, shape: sameShapeAs, dtype: ([x]) => needFloat(op, x!) };
}

export const reducedShape = ([x]: readonly Typed[], { axes }: { axes: readonly number[] }): Shape =>
  x!.shape.filter((_, i) => !axes.includes(i));

/** Sums and products of bool and uint8 are int32. */
export const accumulated = ([x]: readonly Typed[]): DType => (x!.dtype === 'bool' || x!.dtype === 'uint8' ? 'int32' : x!.dtype);
