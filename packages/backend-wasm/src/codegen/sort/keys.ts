/** Keys: elements as unsigned integers that rise in the same order. */
import type { DType } from '@cotangent/tensor';
import { V128, type Local } from '../../assembler';
import type { KernelBuilder } from '../../kernel-module';
import { loadUnit } from '../lanes';

/** Pushes the keys of four neighbours at `pointer`. Equal elements have equal keys, and all NaN the largest one. */
export function loadKeys(f: KernelBuilder, dtype: DType, pointer: Local, descending: boolean): void {
  loadUnit(f, dtype === 'bool' ? 'uint8' : dtype, pointer);
  if (dtype === 'float32') {
    const value = f.temp(V128);
    f.f32x4(0).op('f32x4Add').set(value); // -0 becomes 0
    // The bits of a positive number are turned above those of all negative ones, which fall as their bits rise.
    f.get(value).i32(31).op('i32x4ShrS').i32x4(0x80000000).op('v128Or').get(value).op('v128Xor');
    f.get(value, value).op('f32x4Ne', 'v128Or');
    f.release(V128, value);
  } else if (dtype === 'int32') f.i32x4(0x80000000).op('v128Xor');
  if (descending) f.op('v128Not');
}
