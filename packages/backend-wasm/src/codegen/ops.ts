/** The unary and binary instructions of `scalar.ts` on four lanes. Arguments come in locals, the result is left on the stack. */
import { BackendError, type BinaryOp, type DType, type UnaryInstruction, type UnaryOp } from '@cotangent/tensor';
import { V128, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import type { PlainOp } from '../opcodes';
import type { Instruction } from './body';
import { cos, erf, exp, expm1, log, log1p, perLane, sin, tanh } from '../vmath';

type Emit = (f: KernelBuilder, x: Local) => void;

const hosted =
  (name: Parameters<KernelBuilder['host']>[0]): Emit =>
  (f, x) =>
    perLane(f, name, [x]);

const plain =
  (op: PlainOp): Emit =>
  (f, x) =>
    void f.get(x).op(op);

const FLOAT_UNARY: Partial<Record<UnaryOp, Emit>> = {
  neg: plain('f32x4Neg'),
  abs: plain('f32x4Abs'),
  sign: (f, x) => {
    // What compares true is -1 as an integer, so the difference is the sign; as a float32 it is NaN, which NaN gets.
    f.get(x).f32x4(0).op('f32x4Lt').get(x).f32x4(0).op('f32x4Gt', 'i32x4Sub', 'f32x4ConvertI32x4S');
    f.get(x, x).op('f32x4Ne', 'v128Or');
  },
  exp,
  log,
  expm1,
  log1p,
  sqrt: plain('f32x4Sqrt'),
  rsqrt: (f, x) => void f.f32x4(1).get(x).op('f32x4Sqrt', 'f32x4Div'),
  recip: (f, x) => void f.f32x4(1).get(x).op('f32x4Div'),
  sin,
  cos,
  tan: hosted('tan'),
  asin: hosted('asin'),
  acos: hosted('acos'),
  atan: hosted('atan'),
  tanh,
  erf,
  floor: plain('f32x4Floor'),
  ceil: plain('f32x4Ceil'),
  round: plain('f32x4Nearest'),
  trunc: plain('f32x4Trunc'),
};

function unsupported(op: string, dtype: DType): never {
  throw new BackendError(`wasm: there is no '${op}' on ${dtype}.`);
}

/** Whether an instruction on the given type calls a JavaScript function beyond `Math.*`. */
export function needsMainThread(x: Instruction, dtype: DType): boolean {
  if (x.op === 'pow') return dtype !== 'bool';
  if (x.op === 'mod') return dtype === 'float32';
  return 'call' in x && dtype === 'float32' && FLOAT_UNARY[x.op] === undefined;
}

export function emitUnary(f: KernelBuilder, instruction: UnaryInstruction, dtype: DType, x: Local): void {
  const { op } = instruction;
  if (dtype === 'float32') {
    const emit = FLOAT_UNARY[op];
    if (emit) emit(f, x);
    else perLane(f, 'special', [x], f.special.numberOf(instruction) ?? unsupported(op, dtype));
    return;
  }
  const signed = dtype === 'int32';
  switch (op) {
    case 'floor':
    case 'ceil':
    case 'round':
    case 'trunc':
      f.get(x);
      return;
    case 'not':
      f.get(x);
      if (dtype === 'uint8') f.i32x4(0xff).op('v128Xor');
      else f.op('v128Not');
      return;
    case 'abs':
      f.get(x);
      if (signed) f.op('i32x4Abs');
      return;
    case 'neg':
      f.get(x);
      if (dtype !== 'bool') f.op('i32x4Neg');
      if (dtype === 'uint8') f.i32x4(0xff).op('v128And');
      return;
    case 'sign':
      if (signed) f.get(x).i32x4(0).op('i32x4LtS').get(x).i32x4(0).op('i32x4GtS', 'i32x4Sub');
      else if (dtype === 'bool') f.get(x);
      else f.get(x).i32x4(0).op('i32x4Ne').i32x4(1).op('v128And');
      return;
    default:
      unsupported(op, dtype);
  }
}

const FLOAT_BINARY: Partial<Record<BinaryOp, PlainOp>> = {
  add: 'f32x4Add',
  sub: 'f32x4Sub',
  mul: 'f32x4Mul',
  div: 'f32x4Div',
  min: 'f32x4Min',
  max: 'f32x4Max',
  lt: 'f32x4Lt',
  le: 'f32x4Le',
  eq: 'f32x4Eq',
  ne: 'f32x4Ne',
};

/** Unsigned comparisons order masks as false < true, so bool shares this table with uint32 and uint8. */
const UNSIGNED_BINARY: Partial<Record<BinaryOp, PlainOp>> = {
  add: 'i32x4Add',
  sub: 'i32x4Sub',
  mul: 'i32x4Mul',
  min: 'i32x4MinU',
  max: 'i32x4MaxU',
  lt: 'i32x4LtU',
  le: 'i32x4LeU',
  eq: 'i32x4Eq',
  ne: 'i32x4Ne',
  and: 'v128And',
  or: 'v128Or',
  xor: 'v128Xor',
};

const SIGNED_BINARY: Partial<Record<BinaryOp, PlainOp>> = {
  ...UNSIGNED_BINARY,
  min: 'i32x4MinS',
  max: 'i32x4MaxS',
  lt: 'i32x4LtS',
  le: 'i32x4LeS',
};

/** On bool, arithmetic is that of 0 and 1 with any sum but 0 counting as 1. */
const BOOL_BINARY: Partial<Record<BinaryOp, PlainOp>> = { ...UNSIGNED_BINARY, add: 'v128Or', sub: 'v128Xor', mul: 'v128And' };

export function emitBinary(f: KernelBuilder, op: BinaryOp, dtype: DType, x: Local, y: Local): void {
  if (dtype === 'float32') {
    if (op === 'pow' || op === 'mod') { perLane(f, op, [x, y]); return; }
    f.get(x, y).op(FLOAT_BINARY[op] ?? unsupported(op, dtype));
    return;
  }
  const table = dtype === 'bool' ? BOOL_BINARY : dtype === 'int32' ? SIGNED_BINARY : UNSIGNED_BINARY;
  const direct = table[op];
  if (direct !== undefined) {
    f.get(x, y).op(direct);
    if (dtype === 'uint8' && (op === 'add' || op === 'sub' || op === 'mul')) f.i32x4(0xff).op('v128And');
    return;
  }
  if (dtype === 'bool') { emitRareBool(f, op, x, y); return; }
  switch (op) {
    case 'div':
    case 'mod':
      { emitDivision(f, op, dtype, x, y); return; }
    case 'pow':
      { emitIntegerPower(f, dtype, x, y); return; }
    case 'shl':
      eachLane(f, ['i32Shl'], x, y);
      if (dtype === 'uint8') f.i32x4(0xff).op('v128And');
      return;
    case 'shr':
      { eachLane(f, [dtype === 'int32' ? 'i32ShrS' : 'i32ShrU'], x, y); return; }
    default:
      unsupported(op, dtype);
  }
}

/** Integer arithmetic of 0 and 1: x / 0 is 0, x mod 1 and x mod 0 are 0, 0 to the power 0 is 1. */
function emitRareBool(f: KernelBuilder, op: BinaryOp, x: Local, y: Local): void {
  if (op === 'div') f.get(x, y).op('v128And');
  else if (op === 'mod') f.i32x4(0);
  else if (op === 'pow') f.get(x, y).op('v128Not', 'v128Or');
  else unsupported(op, 'bool');
}

/** A 32-bit scalar instruction on each lane. */
function eachLane(f: KernelBuilder, ops: readonly PlainOp[], x: Local, y: Local): void {
  for (let lane = 0; lane < 4; lane++) {
    f.get(x).lane('i32x4ExtractLane', lane).get(y).lane('i32x4ExtractLane', lane).op(...ops);
    if (lane === 0) f.op('i32x4Splat');
    else f.lane('i32x4ReplaceLane', lane);
  }
}

function emitDivision(f: KernelBuilder, op: 'div' | 'mod', dtype: DType, x: Local, y: Local): void {
  const [safe, special] = f.temps(V128, 2);
  const signed = dtype === 'int32';
  // The machine instruction traps on a zero divisor and on -2^31 / -1, so those lanes divide by 1 instead.
  if (signed) f.get(y).i32x4(1).op('i32x4Add').i32x4(2).op('i32x4LtU').set(special);
  else f.get(y).i32x4(0).op('i32x4Eq').set(special);
  f.i32x4(1).get(y, special).op('v128Bitselect').set(safe);
  if (op === 'mod') eachLane(f, [signed ? 'i32RemS' : 'i32RemU'], x, safe);
  else {
    eachLane(f, [signed ? 'i32DivS' : 'i32DivU'], x, safe);
    // x * y is right for y = 0 (0) and y = -1 (-x).
    f.set(safe).get(x, y).op('i32x4Mul').get(safe, special).op('v128Bitselect');
  }
  f.release(V128, safe, special);
}

function emitIntegerPower(f: KernelBuilder, dtype: DType, x: Local, y: Local): void {
  const convert = dtype === 'int32' ? 'f64ConvertI32S' : 'f64ConvertI32U';
  for (let lane = 0; lane < 4; lane++) {
    f.get(x).lane('i32x4ExtractLane', lane).op(convert).get(y).lane('i32x4ExtractLane', lane).op(convert);
    f.host('powInt').op('i32TruncSatF64S');
    if (lane === 0) f.op('i32x4Splat');
    else f.lane('i32x4ReplaceLane', lane);
  }
  if (dtype === 'uint8') f.i32x4(0xff).op('v128And');
}
