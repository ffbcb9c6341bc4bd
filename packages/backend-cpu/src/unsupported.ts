import { DTypeError, type DType } from '@cotangent/tensor';

/** The error for an instruction that has no meaning on a dtype. */
export function unsupported(op: string, dtype: DType): DTypeError {
  return new DTypeError(`${op}: there is no such instruction on ${dtype}. Cast the operands to a dtype that has it.`);
}
