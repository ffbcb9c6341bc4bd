/** Translates scalar programs (the bodies of map, reduce and row kernels) to code on four lanes. */
import {
  BackendError, type BinaryOp, type DType, type Instruction as ScalarInstruction, type ReduceOp, type UnaryInstruction,
} from '@cotangent/tensor';
import { V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { expNegative } from '../vmath';
import { castLanes } from './cast';
import { emitBinary, emitUnary } from './ops';

/** A reduction inside a program. Reduce kernels become programs that end in one, so positions of extremes are folds too. */
export interface Fold {
  readonly op: 'fold';
  readonly fold: ReduceOp;
  readonly args: readonly [number];
  readonly dtype: DType;
  /** Set on maxima that may ignore NaN and take either zero; see loose.ts. */
  readonly loose?: true;
}

/** exp of an argument that is at most 0, or NaN. */
export interface ExpNegative {
  readonly op: 'expNegative';
  readonly args: readonly [number];
  readonly dtype: 'float32';
}

export type Instruction = Exclude<ScalarInstruction, { readonly op: 'fold' }> | Fold | ExpNegative;

/** What a body needs from the loops around it. Each function leaves its value on the stack. */
export interface BodyContext {
  /** Four elements of an input. */
  load(input: number): void;
  /** A constant in all lanes. */
  constant(index: number): void;
  /** A constant as one 32-bit integer. */
  scalarConstant(index: number): void;
  /** The coordinates of the four elements along an axis. */
  index(axis: number): void;
}

/** The constant that shifts all lanes by one count, the usual case: the vector shift takes it modulo 32. */
function shiftCount(body: readonly Instruction[], x: Instruction): number | undefined {
  if (x.op !== 'shl' && x.op !== 'shr') return undefined;
  const count = body[x.args[1]]!;
  return count.op === 'const' ? count.constant : undefined;
}

/** The values that an instruction reads from locals. */
export function argumentsOf(body: readonly Instruction[], i: number): readonly number[] {
  const x = body[i]!;
  if (!('args' in x)) return [];
  return shiftCount(body, x) === undefined ? x.args : [x.args[0]];
}

/** Which instructions the given values depend on. */
export function liveInstructions(body: readonly Instruction[], values: readonly number[]): boolean[] {
  const live = new Array<boolean>(body.length).fill(false);
  for (const value of values) live[value] = true;
  for (let i = body.length - 1; i >= 0; i--) if (live[i]) for (const arg of argumentsOf(body, i)) live[arg] = true;
  return live;
}

/**
 * Emits the instructions numbered in `list` (ascending). `place` holds the locals of earlier values and receives those of
 * this list; locals of values that are not in `keep` are given back after their last use.
 */
export function emitValues(
  f: KernelBuilder,
  body: readonly Instruction[],
  list: readonly number[],
  place: Local[],
  keep: ReadonlySet<number>,
  context: BodyContext,
): void {
  const lastUse = new Map<number, number>();
  for (const i of list) for (const arg of argumentsOf(body, i)) lastUse.set(arg, i);
  const own = new Set(list);
  for (const i of list) {
    emitInstruction(f, body, i, place, context);
    for (const arg of new Set(argumentsOf(body, i))) {
      if (lastUse.get(arg) === i && own.has(arg) && !keep.has(arg)) f.release(V128, place[arg]!);
    }
    place[i] = f.temp(V128);
    f.set(place[i]);
  }
}

function emitInstruction(f: KernelBuilder, body: readonly Instruction[], i: number, place: readonly Local[], context: BodyContext): void {
  const typeOf = (value: number): DType => body[value]!.dtype;
  const x = body[i]!;
  switch (x.op) {
    case 'load':
      { context.load(x.input); return; }
    case 'const':
      { context.constant(x.constant); return; }
    case 'index':
      { context.index(x.axis); return; }
    case 'where':
      f.get(place[x.args[1]]!, place[x.args[2]]!, place[x.args[0]]!);
      if (typeOf(x.args[0]) !== 'bool') castLanes(f, typeOf(x.args[0]), 'bool');
      f.op('v128Bitselect');
      return;
    case 'cast':
      f.get(place[x.args[0]]!);
      { castLanes(f, typeOf(x.args[0]), x.dtype); return; }
    case 'bitcast':
      f.get(place[x.args[0]]!);
      return;
    case 'expNegative':
      expNegative(f, place[x.args[0]]!);
      return;
    case 'fold':
      throw new BackendError('wasm: a fold can only stand in a row kernel.');
  }
  const dtype = typeOf(x.args[0]);
  if (dtype === 'float16' || dtype === 'float64') {
    throw new BackendError(`wasm: '${x.op}' cannot compute in ${dtype}; the kernel must convert to float32 around it.`);
  }
  if (x.args.length === 1) {
    emitUnary(f, x as UnaryInstruction, dtype, place[x.args[0]]!);
    return;
  }
  const count = shiftCount(body, x);
  if (count !== undefined) {
    f.get(place[x.args[0]]!);
    context.scalarConstant(count);
    f.op(x.op === 'shl' ? 'i32x4Shl' : dtype === 'int32' ? 'i32x4ShrS' : 'i32x4ShrU');
    if (x.op === 'shl' && dtype === 'uint8') f.i32x4(0xff).op('v128And');
    return;
  }
  emitBinary(f, x.op as BinaryOp, dtype, place[x.args[0]]!, place[x.args[1]]!);
}
