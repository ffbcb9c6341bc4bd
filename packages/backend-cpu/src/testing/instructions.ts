import { specialMath, type SpecialOp, type UnaryInstruction } from '@cotangent/tensor';

/** Instructions that exist only on floats, and only on integers and bool. */
export const FLOAT_ONLY: readonly string[] = [
  'exp', 'log', 'expm1', 'log1p', 'sqrt', 'rsqrt', 'recip', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'erf', 'erfc', 'erfinv',
  'lgamma', 'polygamma',
];
export const BITS_ONLY: readonly string[] = ['not', 'and', 'or', 'xor', 'shl', 'shr'];

/** What the op of a special function brings along; nothing for other ops. */
export function specialOf(op: string, order: number): Pick<UnaryInstruction, 'call'> {
  if (op === 'polygamma') return { call: (x) => specialMath.polygamma(order, x) };
  return op in specialMath ? { call: specialMath[op as Exclude<SpecialOp, 'polygamma'>] } : {};
}
