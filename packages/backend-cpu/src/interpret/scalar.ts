/** The scalar language as closures bound once per kernel; `codegen/scalar.ts` says the same as text. */
import {
  fromHalf, isFloat, scalarMath, type BinaryOp, type DType, type Instruction, type TypedArray, type UnaryInstruction, type UnaryOp,
} from '@cotangent/tensor';
import { unsupported } from '../unsupported';
import { bitcasting, casting, literal, rounding, type Unary } from '../values';

const { pow, powInt, roundHalfEven, sign } = scalarMath;

/** What a running body reads: the arrays, where each operand stands, and the current coordinates. */
export interface Frame {
  arrays: readonly TypedArray[];
  readonly at: readonly number[];
  readonly axis: (axis: number) => number;
}

type Binary = (x: number, y: number) => number;

const FLOAT_UNARY: Partial<Record<UnaryOp, Unary>> = {
  exp: Math.exp, log: Math.log, expm1: Math.expm1, log1p: Math.log1p, sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos,
  tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan, tanh: Math.tanh,
  rsqrt: (x) => 1 / Math.sqrt(x), recip: (x) => 1 / x,
  floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, round: roundHalfEven,
};
const WHOLE: ReadonlySet<string> = new Set(['floor', 'ceil', 'trunc', 'round']);

function unary({ op, call }: UnaryInstruction, dtype: DType): Unary {
  if (op === 'neg') return (x) => -x;
  if (op === 'abs') return Math.abs;
  if (op === 'sign') return sign;
  if (isFloat(dtype)) {
    const f = call ?? FLOAT_UNARY[op];
    if (f) return f;
  } else {
    if (op === 'not') return dtype === 'bool' ? (x) => x ^ 1 : (x) => ~x;
    if (WHOLE.has(op)) return (x) => x;
  }
  throw unsupported(op, dtype);
}

const COMPARE: Partial<Record<BinaryOp, Binary>> = {
  lt: (x, y) => (x < y ? 1 : 0), le: (x, y) => (x <= y ? 1 : 0), eq: (x, y) => (x === y ? 1 : 0), ne: (x, y) => (x !== y ? 1 : 0),
};
const SHARED: Partial<Record<BinaryOp, Binary>> = { add: (x, y) => x + y, sub: (x, y) => x - y, min: Math.min, max: Math.max };
const FLOAT_BINARY: Partial<Record<BinaryOp, Binary>> = { mul: (x, y) => x * y, div: (x, y) => x / y, mod: (x, y) => x % y, pow };
const INTEGER_BINARY: Partial<Record<BinaryOp, Binary>> = {
  mul: Math.imul, div: (x, y) => (y === 0 ? 0 : x / y), mod: (x, y) => (y === 0 ? 0 : x % y), pow: powInt,
  and: (x, y) => x & y, or: (x, y) => x | y, xor: (x, y) => x ^ y, shl: (x, y) => x << y, shr: (x, y) => x >>> y,
};

function binary(op: BinaryOp, dtype: DType): Binary {
  if (op === 'shr' && dtype === 'int32') return (x, y) => x >> y;
  const f = SHARED[op] ?? (isFloat(dtype) ? FLOAT_BINARY : INTEGER_BINARY)[op];
  if (f) return f;
  throw unsupported(op, dtype);
}

/** Step k computes value k at the frame's place; constants are there from the start, and folds are the caller's business. */
export interface BodyProgram {
  readonly values: Float64Array;
  readonly steps: readonly (() => void)[];
}

export function bindBody(body: readonly Instruction[], constants: readonly number[], frame: Frame): BodyProgram {
  const values = new Float64Array(body.length);
  const steps = body.map(() => () => {});
  body.forEach((instruction, k) => {
    const { dtype } = instruction;
    switch (instruction.op) {
      case 'load': {
        const { input } = instruction;
        steps[k] = () => (values[k] = frame.arrays[input]![frame.at[input]!]!);
        return;
      }
      case 'const':
        values[k] = literal(constants[instruction.constant]!, dtype);
        return;
      case 'index': {
        const { axis } = instruction;
        steps[k] = () => (values[k] = frame.axis(axis));
        return;
      }
      case 'where': {
        const [c, a, b] = instruction.args;
        steps[k] = () => (values[k] = values[c] !== 0 ? values[a]! : values[b]!);
        return;
      }
      case 'cast':
      case 'bitcast': {
        const [a] = instruction.args;
        const convert = (instruction.op === 'cast' ? casting : bitcasting)(body[a]!.dtype, dtype);
        steps[k] = () => (values[k] = convert(values[a]!));
        return;
      }
      case 'fold':
        return;
      default: {
        const [a, b] = instruction.args;
        const from = body[a]!.dtype;
        const decode: Unary = from === 'float16' ? fromHalf : (x) => x;
        const round = rounding(dtype);
        if (b === undefined) {
          const f = unary(instruction as UnaryInstruction, from);
          steps[k] = () => (values[k] = round(f(decode(values[a]!))));
          return;
        }
        const f = COMPARE[instruction.op as BinaryOp] ?? binary(instruction.op as BinaryOp, from);
        steps[k] = () => (values[k] = round(f(decode(values[a]!), decode(values[b]!))));
      }
    }
  });
  return { values, steps };
}
