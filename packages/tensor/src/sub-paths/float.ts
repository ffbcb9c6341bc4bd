/** The one check that all sub-paths of this package need. */
import { ArgumentError, DTypeError, isFloat, isTensor, type Tensor } from '@cotangent/tensor';

/** Throws unless `x` is a floating-point tensor. */
export function checkFloat(op: string, x: Tensor): void {
  if (!isTensor(x)) throw new ArgumentError(`${op}: expected a tensor but got ${typeof x}. Make one with tensor(...).`);
  if (isFloat(x.dtype)) return;
  throw new DTypeError(`${op}: got ${x.dtype}; expected a floating-point tensor. Convert it first: .cast('float32').`);
}
