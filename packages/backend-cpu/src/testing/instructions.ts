/** Instructions that exist only on floats, and only on integers and bool. */
export const FLOAT_ONLY: readonly string[] = [
  'exp', 'log', 'expm1', 'log1p', 'sqrt', 'rsqrt', 'recip', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'tanh', 'erf', 'erfc', 'erfinv',
  'lgamma', 'polygamma',
];
export const BITS_ONLY: readonly string[] = ['not', 'and', 'or', 'xor', 'shl', 'shr'];
