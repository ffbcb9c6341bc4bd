/** Random scalar programs over every instruction and type. */
import { BINARY_OPS, UNARY_OPS, isFloat, type DType, type Instruction, type Operand } from '@cotangent/tensor';
import { BITS_ONLY, FLOAT_ONLY, specialOf } from './instructions';
import type { Random } from './random';

export const COMPUTE: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'uint8', 'bool'];
const COMPARE: readonly string[] = ['lt', 'le', 'eq', 'ne'];

/** A random body over the inputs: every instruction may use every earlier value, casting where the dtypes differ. */
export function randomBody(random: Random, inputs: readonly Operand[], rank: number, constants: number[], folds = false): Instruction[] {
  const body: Instruction[] = inputs.map(({ dtype }, input) => ({ op: 'load', input, dtype }));
  const value = (dtype: DType): number => {
    const k = random.int(0, body.length - 1);
    if (body[k]!.dtype === dtype) return k;
    body.push({ op: 'cast', args: [k], dtype });
    return body.length - 1;
  };
  if (body.length === 0 || random.next() < 0.5) {
    constants.push(random.pick([0, -0, 1.5, -3, 0.1, 255, 4294967295]));
    body.push({ op: 'const', constant: constants.length - 1, dtype: random.pick(COMPUTE) });
  }
  if (rank > 0 && random.next() < 0.5) body.push({ op: 'index', axis: random.int(0, rank - 1), dtype: 'int32' });
  for (let n = random.int(1, folds ? 10 : 6); n > 0; n--) {
    const dtype = random.pick(COMPUTE);
    const kind = random.next();
    if (folds && random.next() < 0.3) {
      body.push({ op: 'fold', fold: random.pick(['sum', 'prod', 'max', 'min'] as const), args: [value(dtype)], dtype });
    } else if (kind < 0.1) {
      body.push({ op: 'where', args: [value('bool'), value(dtype), value(dtype)], dtype });
    } else if (kind < 0.2) {
      body.push({ op: 'bitcast', args: [value('float32')], dtype: random.pick(['int32', 'uint32'] as const) });
    } else if (kind < 0.5) {
      const op = random.pick(UNARY_OPS.filter((name) => !(isFloat(dtype) ? BITS_ONLY : FLOAT_ONLY).includes(name)));
      const order = random.int(0, 3);
      body.push({ op, args: [value(dtype)], dtype, order, ...specialOf(op, order) });
    } else {
      const op = random.pick(BINARY_OPS.filter((name) => !(isFloat(dtype) && BITS_ONLY.includes(name))));
      body.push({ op, args: [value(dtype), value(dtype)], dtype: COMPARE.includes(op) ? 'bool' : dtype });
    }
  }
  return body;
}
