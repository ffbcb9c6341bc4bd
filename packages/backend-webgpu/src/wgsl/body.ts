/** The scalar language as WGSL: each instruction becomes a `let`. Folds are the caller's business. */
import { DTypeError, type BinaryOp, type DType, type Instruction, type UnaryInstruction } from '@cotangent/tensor';
import type { Shader } from './shader';
import { typeOf } from './types';

export interface BodyContext {
  readonly body: readonly Instruction[];
  readonly constants: readonly number[];
  /** The element of an input at the current index. */
  readonly load: (input: number) => string;
  /** The current coordinate along an axis, as i32. */
  readonly coordinate: (axis: number) => string;
}

/** Declares value `k`; the names of earlier ones are in `values`. */
export function emit(shader: Shader, { body, constants, load, coordinate }: BodyContext, values: string[], k: number): void {
  const x = body[k]!;
  const arg = (n: number): string => values[(x as { args: readonly number[] }).args[n]!]!;
  const from = (n: number): DType => body[(x as { args: readonly number[] }).args[n]!]!.dtype;
  const text = (): string => {
    switch (x.op) {
      case 'load':
        return load(x.input);
      case 'const':
        return shader.constant(constants[x.constant]!, x.dtype);
      case 'index':
        return coordinate(x.axis);
      case 'where':
        return `select(${arg(2)}, ${arg(1)}, ${arg(0)})`;
      case 'cast':
        return cast(shader, arg(0), from(0), x.dtype);
      case 'bitcast':
        return typeOf(from(0)) === typeOf(x.dtype) ? arg(0) : `bitcast<${typeOf(x.dtype)}>(${arg(0)})`;
      case 'fold':
        throw new Error('a fold has no element of its own');
      default:
        if (x.args.length === 1) return unary(shader, x as UnaryInstruction, arg(0));
        return binary(shader, x.op as BinaryOp, from(0), arg(0), arg(1));
    }
  };
  values[k] = shader.let('v', text());
}

function unsupported(op: string, dtype: DType): DTypeError {
  return new DTypeError(`${op}: there is no such instruction on ${dtype}. Cast the operands to a dtype that has it.`);
}

const BUILTIN: ReadonlySet<string> = new Set(['floor', 'ceil', 'trunc', 'round', 'sqrt']);
const LIBRARY_UNARY: ReadonlySet<string> = new Set([
  'exp', 'log', 'expm1', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'erf', 'erfc', 'erfinv', 'lgamma', 'sign',
]);

function unary(shader: Shader, { op, dtype, order = 0 }: UnaryInstruction, a: string): string {
  const type = typeOf(dtype);
  if (type === 'f32') {
    // A sign is a bit: so it is also turned on NaN and on numbers too small for arithmetic.
    if (op === 'neg') return `bitcast<f32>(bitcast<u32>(${a}) ^ 0x80000000u)`;
    if (op === 'abs') return `abs(${a})`;
    if (op === 'recip') return `1.0 / ${a}`;
    if (op === 'rsqrt') return `1.0 / sqrt(${a})`;
    if (op === 'polygamma') return shader.call('polygamma_f', String(order), a);
    if (BUILTIN.has(op)) return `${op}(${a})`;
    if (LIBRARY_UNARY.has(op)) return shader.call(`${op}_f`, a);
    throw unsupported(op, dtype);
  }
  switch (op) {
    case 'floor':
    case 'ceil':
    case 'trunc':
    case 'round':
      return a;
    case 'not':
      return type === 'bool' ? `!${a}` : dtype === 'uint8' ? `(~${a} & 255u)` : `~${a}`;
    case 'neg':
      if (type === 'bool') return a;
      return type === 'i32' ? `-${a}` : wrapped(dtype, `0u - ${a}`);
    case 'abs':
      return type === 'i32' ? `abs(${a})` : a;
    case 'sign':
      return type === 'i32' ? `sign(${a})` : type === 'u32' ? `min(${a}, 1u)` : a;
    default:
      throw unsupported(op, dtype);
  }
}

/** Keeps the bits that a type has. */
function wrapped(dtype: DType, value: string): string {
  return dtype === 'uint8' ? `((${value}) & 255u)` : `(${value})`;
}

const INFIX: Partial<Record<BinaryOp, string>> = { add: '+', sub: '-', mul: '*', div: '/', and: '&', or: '|', xor: '^' };
const RELATION: Partial<Record<BinaryOp, string>> = { lt: '<', le: '<=', eq: '==', ne: '!=' };

function binary(shader: Shader, op: BinaryOp, dtype: DType, a: string, b: string): string {
  const type = typeOf(dtype);
  const relation = RELATION[op];
  if (type === 'bool') {
    if (op === 'and' || op === 'or') return `(${a} ${INFIX[op]!} ${b})`;
    if (op === 'xor' || op === 'ne') return `(${a} != ${b})`;
    if (op === 'eq') return `(${a} == ${b})`;
    const number = (x: string): string => `select(0u, 1u, ${x})`;
    const result = binary(shader, op, 'uint8', number(a), number(b));
    return relation ? result : `(${result} != 0u)`;
  }
  // Compilers take a comparison of a value with itself, and `!=` of any two, for one of numbers.
  if (type === 'f32' && op === 'eq' && a === b) return `!${shader.call('isnan_f', a)}`;
  if (type === 'f32' && op === 'ne') {
    const either = a === b ? shader.call('isnan_f', a) : `${shader.call('isnan_f', a)} || ${shader.call('isnan_f', b)}`;
    return a === b ? either : `(${a} != ${b} || ${either})`;
  }
  if (relation) return `(${a} ${relation} ${b})`;
  switch (op) {
    case 'min':
    case 'max':
      return combine(shader, op, dtype, a, b);
    case 'pow':
    case 'mod':
      if (type !== 'f32' && op === 'mod') return `(${a} % ${b})`;
      return wrapped(dtype, shader.call(`${op}_${type[0]!}`, a, b));
    case 'div':
      return type === 'f32' ? `${a} / ${b}` : `select(${a} / ${b}, 0${type[0] === 'u' ? 'u' : ''}, ${b} == 0${type[0] === 'u' ? 'u' : ''})`;
    case 'shl':
    case 'shr': {
      const count = type === 'i32' ? `bitcast<u32>(${b})` : b;
      return wrapped(dtype, `${a} ${op === 'shl' ? '<<' : '>>'} (${count} & 31u)`);
    }
    case 'and':
    case 'or':
    case 'xor':
      if (type === 'f32') throw unsupported(op, dtype);
      return `(${a} ${INFIX[op]!} ${b})`;
    default:
      return wrapped(dtype, `${a} ${INFIX[op]!} ${b}`);
  }
}

/** A sum, product, maximum or minimum of two values. */
export function combine(shader: Shader, op: 'sum' | 'prod' | 'max' | 'min', dtype: DType, a: string, b: string): string {
  const type = typeOf(dtype);
  if (op === 'sum' || op === 'prod') {
    if (type === 'bool') return op === 'sum' ? `(${a} || ${b})` : `(${a} && ${b})`;
    return wrapped(dtype, `${a} ${op === 'sum' ? '+' : '*'} ${b}`);
  }
  if (type === 'f32') return shader.call(`${op}_f`, a, b);
  if (type === 'bool') return op === 'max' ? `(${a} || ${b})` : `(${a} && ${b})`;
  return `${op}(${a}, ${b})`;
}

/** The conversion that the instruction `cast` performs. */
export function cast(shader: Shader, a: string, from: DType, to: DType): string {
  const [source, target] = [typeOf(from), typeOf(to)];
  if (from === to || (from === 'float16' && to === 'float32')) return a;
  if (to === 'float16') return shader.call('half_f', source === 'f32' ? a : cast(shader, a, from, 'float32'));
  if (target === 'bool') return source === 'f32' ? `((bitcast<u32>(${a}) & 0x7fffffffu) != 0u)` : `(${a} != 0${source === 'u32' ? 'u' : ''})`;
  if (source === 'bool') {
    return target === 'f32' ? `select(0.0, 1.0, ${a})` : target === 'i32' ? `select(0, 1, ${a})` : `select(0u, 1u, ${a})`;
  }
  if (target === 'f32') return `f32(${a})`;
  if (source === 'f32') {
    if (to === 'uint32') return shader.call('to_u', a);
    const whole = shader.call('to_i', a);
    return to === 'int32' ? whole : `(bitcast<u32>(${whole}) & 255u)`;
  }
  const converted = source === target ? a : `bitcast<${target}>(${a})`;
  return to === 'uint8' ? `(${converted} & 255u)` : converted;
}
