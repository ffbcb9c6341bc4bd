/** The scalar language as JavaScript text; `interpret/scalar.ts` says the same in closures. */
import { isFloat, type DType, type BinaryOp, type Instruction, type UnaryInstruction } from '@cotangent/tensor';
import { unsupported } from '../unsupported';
import { bitcasting, literal } from '../values';
import type { KernelSource } from './source';

/** `text` rounded or wrapped to `dtype`. */
export function wrapText(dtype: DType, text: string): string {
  switch (dtype) {
    case 'float32':
      return `Math.fround(${text})`;
    case 'float64':
      return text;
    case 'float16':
      return `env.toHalf(${text})`;
    case 'int32':
      return `(${text}) | 0`;
    case 'uint32':
      return `(${text}) >>> 0`;
    case 'uint8':
      return `(${text}) & 255`;
    case 'bool':
      return `(${text}) !== 0 ? 1 : 0`;
  }
}

/** The cast of `text` from one dtype to another. */
export function castText(from: DType, to: DType, text: string): string {
  if (from === to) return text;
  if (from === 'float16') return castText('float64', to, `env.fromHalf(${text})`);
  if (from === 'float32' && to === 'float64') return text;
  if (!isFloat(from) || to === 'bool' || isFloat(to)) return wrapText(to, text);
  if (to === 'uint32') return `env.toUint32Sat(${text})`;
  return to === 'int32' ? `env.toInt32Sat(${text})` : `env.toInt32Sat(${text}) & 255`;
}

function bitcastText(from: DType, to: DType, text: string): string {
  bitcasting(from, to); // throws where the sizes differ
  if (from === to) return text;
  if (to === 'float32') return `env.bitsFloat(${text})`;
  return from === 'float32' ? wrapText(to, `env.floatBits(${text})`) : wrapText(to, text);
}

const MATH: ReadonlySet<string> = new Set(['exp', 'log', 'expm1', 'log1p', 'sqrt', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh']);

/** The name in the environment of what a special function calls. */
export const specialName = ({ op, order }: UnaryInstruction): string => `${op}${order ?? ''}`;

function unaryText(instruction: UnaryInstruction, dtype: DType, x: string): string {
  const { op } = instruction;
  const float = isFloat(dtype);
  switch (op) {
    case 'neg':
      return `-${x}`;
    case 'abs':
      return `Math.abs(${x})`;
    case 'sign':
      return `env.sign(${x})`;
    case 'floor':
    case 'ceil':
    case 'trunc':
      return float ? `Math.${op}(${x})` : x;
    case 'round':
      return float ? `env.roundHalfEven(${x})` : x;
    case 'not':
      if (dtype === 'bool') return `${x} ^ 1`;
      if (!float) return `~${x}`;
      break;
    case 'rsqrt':
      if (float) return `1 / Math.sqrt(${x})`;
      break;
    case 'recip':
      if (float) return `1 / ${x}`;
      break;
    default:
      if (float && MATH.has(op)) return `Math.${op}(${x})`;
      if (float && instruction.call) return `env.${specialName(instruction)}(${x})`;
  }
  throw unsupported(op, dtype);
}

const COMPARE: Partial<Record<BinaryOp, string>> = { lt: '<', le: '<=', eq: '===', ne: '!==' };
const BITWISE: Partial<Record<BinaryOp, string>> = { and: '&', or: '|', xor: '^' };

function binaryText(op: BinaryOp, dtype: DType, x: string, y: string): string {
  const float = isFloat(dtype);
  switch (op) {
    case 'add':
      return `${x} + ${y}`;
    case 'sub':
      return `${x} - ${y}`;
    case 'mul':
      return float ? `${x} * ${y}` : `Math.imul(${x}, ${y})`;
    case 'div':
      return float ? `${x} / ${y}` : `${y} === 0 ? 0 : ${x} / ${y}`;
    case 'mod':
      return float ? `${x} % ${y}` : `${y} === 0 ? 0 : ${x} % ${y}`;
    case 'pow':
      return float ? `env.pow(${x}, ${y})` : `env.powInt(${x}, ${y})`;
    case 'min':
    case 'max':
      return `Math.${op}(${x}, ${y})`;
    case 'and':
    case 'or':
    case 'xor':
      if (!float) return `${x} ${BITWISE[op]!} ${y}`;
      break;
    case 'shl':
      if (!float) return `${x} << ${y}`;
      break;
    case 'shr':
      if (!float) return dtype === 'int32' ? `${x} >> ${y}` : `${x} >>> ${y}`;
      break;
  }
  throw unsupported(op, dtype);
}

/** The text of loads, coordinates, constants and earlier values. */
export interface BodyNames {
  load(input: number): string;
  index(axis: number): string;
  value(instruction: number): string;
}

/** The expression for instruction `k`. */
export function instructionText(body: readonly Instruction[], k: number, names: BodyNames): string {
  const instruction = body[k]!;
  const { dtype } = instruction;
  switch (instruction.op) {
    case 'load':
      return names.load(instruction.input);
    case 'const':
      return names.value(k);
    case 'index':
      return names.index(instruction.axis);
    case 'where': {
      const [c, a, b] = instruction.args;
      return `${names.value(c)} !== 0 ? ${names.value(a)} : ${names.value(b)}`;
    }
    case 'cast':
      return castText(body[instruction.args[0]]!.dtype, dtype, names.value(instruction.args[0]));
    case 'bitcast':
      return bitcastText(body[instruction.args[0]]!.dtype, dtype, names.value(instruction.args[0]));
    default: {
      const from = body[instruction.args[0]]!.dtype;
      const number = (arg: number): string => (body[arg]!.dtype === 'float16' ? `env.fromHalf(${names.value(arg)})` : names.value(arg));
      const x = number(instruction.args[0]);
      if (instruction.args.length === 1) {
        return wrapText(dtype, unaryText(instruction as UnaryInstruction, from, x));
      }
      const y = number(instruction.args[1]);
      const op = instruction.op as BinaryOp;
      const compare = COMPARE[op];
      if (compare) return `${x} ${compare} ${y} ? 1 : 0`;
      return wrapText(dtype, binaryText(op, from, x, y));
    }
  }
}

/** Declares constant `k` of a body in the kernel's header and gives its name. */
export function constantName(source: KernelSource, body: readonly Instruction[], constants: readonly number[], k: number): string {
  const instruction = body[k]!;
  if (instruction.op !== 'const') throw new TypeError(`instruction ${k} is not a constant`);
  const { dtype } = instruction;
  const value = literal(constants[instruction.constant]!, dtype);
  // The wrapping only tells the engine the type: the value has been converted above.
  const type = dtype === 'float16' || dtype === 'bool' ? 'int32' : dtype;
  return source.constant(value, (text) => wrapText(type, text));
}
