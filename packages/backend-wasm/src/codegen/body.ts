/** Translates scalar programs (the bodies of map and reduce kernels) to code on four lanes. */
import { BackendError, type BinaryOp, type DType, type Instruction, type UnaryOp } from '@cotangent/tensor';
import { V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { castLanes } from './cast';
import { emitBinary, emitUnary } from './ops';

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

function argumentsOf(instruction: Instruction): readonly number[] {
  return 'args' in instruction ? instruction.args : [];
}

/** Which instructions the given values depend on. */
export function liveInstructions(body: readonly Instruction[], values: readonly number[]): boolean[] {
  const live = new Array<boolean>(body.length).fill(false);
  for (const value of values) live[value] = true;
  for (let i = body.length - 1; i >= 0; i--) if (live[i]) for (const arg of argumentsOf(body[i]!)) live[arg] = true;
  return live;
}

/** Emits the instructions that `values` need and returns the locals in which `values` end up. */
export function emitBody(f: KernelBuilder, body: readonly Instruction[], values: readonly number[], context: BodyContext): Local[] {
  const live = liveInstructions(body, values);
  const place: Local[] = [];
  body.forEach((instruction, i) => {
    if (!live[i]) return;
    emitInstruction(f, body, instruction, place, context);
    const local = f.temp(V128);
    f.set(local);
    place[i] = local;
  });
  const results = values.map((value) => place[value]!);
  const kept = new Set(results);
  f.release(V128, ...place.filter((local) => !kept.has(local)));
  return results;
}

function emitInstruction(
  f: KernelBuilder,
  body: readonly Instruction[],
  x: Instruction,
  place: readonly Local[],
  context: BodyContext,
): void {
  const typeOf = (value: number): DType => body[value]!.dtype;
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
  }
  const dtype = typeOf(x.args[0]);
  if (dtype === 'float16' || dtype === 'float64') {
    throw new BackendError(`wasm: '${x.op}' cannot compute in ${dtype}; the kernel must convert to float32 around it.`);
  }
  if (x.args.length === 1) {
    emitUnary(f, x.op as UnaryOp, dtype, place[x.args[0]]!, 'order' in x ? x.order : undefined);
    return;
  }
  if (x.op === 'shl' || x.op === 'shr') {
    const count = body[x.args[1]]!;
    if (count.op === 'const') {
      // One count for all lanes, the usual case: the vector shift takes it modulo 32.
      f.get(place[x.args[0]]!);
      context.scalarConstant(count.constant);
      f.op(x.op === 'shl' ? 'i32x4Shl' : dtype === 'int32' ? 'i32x4ShrS' : 'i32x4ShrU');
      return;
    }
  }
  emitBinary(f, x.op as BinaryOp, dtype, place[x.args[0]]!, place[x.args[1]]!);
}
