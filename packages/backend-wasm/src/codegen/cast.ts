/** Conversions between the register forms of two element types (see lanes.ts). */
import type { DType } from '@cotangent/tensor';
import { V128 } from '../assembler';
import type { KernelBuilder } from '../kernel-module';

/** Replaces float16 bits on the stack by float32. */
function halfToFloat(f: KernelBuilder): void {
  const half = f.temp(V128);
  // Exponent and mantissa in place, then a multiplication that corrects the bias and handles subnormals alike.
  f.tee(half).i32x4(0x7fff).op('v128And').i32(13).op('i32x4Shl').f32x4(2 ** 112).op('f32x4Mul');
  // Infinity and NaN keep their mantissa under a full exponent.
  f.get(half).i32x4(0x7c00).op('v128And').i32x4(0x7c00).op('i32x4Eq').i32x4(0x7f800000).op('v128And', 'v128Or');
  f.get(half).i32x4(0x8000).op('v128And').i32(16).op('i32x4Shl', 'v128Or');
  f.release(V128, half);
}

/** Replaces float32 on the stack by float16 bits, rounding to nearest even. */
function floatToHalf(f: KernelBuilder): void {
  const [x, abs, bits] = f.temps(V128, 3);
  f.tee(x).i32x4(0x7fffffff).op('v128And').set(abs);
  // Normal results: round away 13 bits.
  f.get(abs).i32x4(0xfff).op('i32x4Add').get(abs).i32(13).op('i32x4ShrU').i32x4(1).op('v128And', 'i32x4Add');
  f.i32x4(0x38000000).op('i32x4Sub').i32(13).op('i32x4ShrU').set(bits);
  // Subnormal results: adding 1/2 makes the float unit round to multiples of 2^-24.
  f.get(abs).f32x4(0.5).op('f32x4Add').i32x4(0x3f000000).op('i32x4Sub');
  f.get(bits, abs).i32x4(0x38800000).op('i32x4LtU', 'v128Bitselect').set(bits);
  f.i32x4(0x7c00).get(bits, abs).i32x4(0x477ff000).op('i32x4GeU', 'v128Bitselect').set(bits);
  f.i32x4(0x7e00).get(bits, abs).i32x4(0x7f800000).op('i32x4GtU', 'v128Bitselect');
  f.get(x).i32(16).op('i32x4ShrU').i32x4(0x8000).op('v128And', 'v128Or');
  f.release(V128, x, abs, bits);
}

/** Replaces a value of type `from` on the stack by its conversion to `to`. */
export function castLanes(f: KernelBuilder, from: DType, to: DType): void {
  if (from === to) return;
  if (to === 'bool') {
    if (from === 'float32') f.f32x4(0).op('f32x4Ne');
    else if (from === 'float16') f.i32x4(0x7fff).op('v128And').i32x4(0).op('i32x4Ne');
    else f.i32x4(0).op('i32x4Ne');
    return;
  }
  if (from === 'bool') {
    if (to === 'float32') f.f32x4(1).op('v128And');
    else f.i32x4(to === 'float16' ? 0x3c00 : 1).op('v128And');
    return;
  }
  if (from === 'float16') {
    halfToFloat(f);
    castLanes(f, 'float32', to);
    return;
  }
  if (to === 'float16') {
    castLanes(f, from, 'float32');
    floatToHalf(f);
    return;
  }
  if (from === 'float32') {
    f.op(to === 'uint32' ? 'i32x4TruncSatF32x4U' : 'i32x4TruncSatF32x4S');
    if (to === 'uint8') f.i32x4(0xff).op('v128And');
    return;
  }
  if (to === 'float32') f.op(from === 'uint32' ? 'f32x4ConvertI32x4U' : 'f32x4ConvertI32x4S');
  else if (to === 'uint8') f.i32x4(0xff).op('v128And');
}
