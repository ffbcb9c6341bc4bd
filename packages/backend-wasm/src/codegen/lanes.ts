/**
 * Elements in registers. Four elements travel as one vector of 32-bit lanes: float32, int32 and uint32 as they are,
 * uint8 as integers 0..255, bool as masks (all bits or none), float16 as its 16 bits until it is converted.
 */
import { bytesOf, toHalf, type DType } from '@cotangent/tensor';
import { I32, V128, type Local } from '../assembler';
import { bitsOf, type KernelBuilder } from '../kernel-module';
import type { LaneMemoryOp } from '../opcodes';

/** The 32 bits of one lane that stand for a number. */
export function laneBits(dtype: DType, value: number): number {
  switch (dtype) {
    case 'float32':
      return bitsOf(value);
    case 'float16':
      return toHalf(value);
    case 'bool':
      return value !== 0 ? -1 : 0;
    case 'uint8':
      return value & 0xff;
    default:
      return value | 0;
  }
}

/** Replaces bytes widened to lanes by the register form. */
function fromBytes(f: KernelBuilder, dtype: DType): void {
  if (dtype === 'bool') f.i32x4(0).op('i32x4Ne');
}

/** Pushes four neighbouring elements at `pointer + offset`. */
export function loadUnit(f: KernelBuilder, dtype: DType, pointer: Local, offset = 0): void {
  f.get(pointer);
  switch (bytesOf(dtype)) {
    case 4:
      f.mem('v128Load', offset);
      break;
    case 2:
      f.mem('v128Load64Zero', offset).op('i32x4ExtendLowI16x8U');
      break;
    default:
      f.mem('v128Load32Zero', offset).op('i16x8ExtendLowI8x16U', 'i32x4ExtendLowI16x8U');
      fromBytes(f, dtype);
  }
}

/** Pushes one element, address on the stack, as a 32-bit integer. */
export function loadScalar(f: KernelBuilder, dtype: DType, offset = 0): void {
  const bytes = bytesOf(dtype);
  f.mem(bytes === 4 ? 'i32Load' : bytes === 2 ? 'i32Load16U' : 'i32Load8U', offset);
}

/** Stores one element: address and 32-bit integer on the stack. */
export function storeScalar(f: KernelBuilder, dtype: DType, offset = 0): void {
  const bytes = bytesOf(dtype);
  f.mem(bytes === 4 ? 'i32Store' : bytes === 2 ? 'i32Store16' : 'i32Store8', offset);
}

/** Pushes the element at `pointer` in all lanes. */
export function loadSplat(f: KernelBuilder, dtype: DType, pointer: Local): void {
  if (bytesOf(dtype) === 4) f.get(pointer).mem('v128Load32Splat');
  else {
    f.get(pointer);
    loadScalar(f, dtype);
    f.op('i32x4Splat');
    fromBytes(f, dtype);
  }
}

/**
 * Pushes the elements at pointer, pointer + stride, ... (bytes). With `count` (1 to 3), lanes from `count` on repeat the
 * last element, so that nothing outside the array is touched.
 */
export function loadStrided(f: KernelBuilder, dtype: DType, pointer: Local, stride: Local, count?: Local): void {
  const at = f.temp(I32);
  f.get(pointer).set(at);
  for (let lane = 0; lane < 4; lane++) {
    if (lane > 0) {
      f.get(at, stride);
      if (count !== undefined) f.i32(0).get(count).i32(lane).op('i32GtS', 'select');
      f.op('i32Add').set(at);
    }
    if (lane === 0) {
      f.get(at);
      loadScalar(f, dtype);
      f.op('i32x4Splat');
    } else {
      f.get(at);
      loadScalar(f, dtype);
      f.lane('i32x4ReplaceLane', lane);
    }
  }
  fromBytes(f, dtype);
  f.release(I32, at);
}

/** Replaces the register form on the stack by elements packed in the low lanes. */
function pack(f: KernelBuilder, dtype: DType): void {
  const bytes = bytesOf(dtype);
  if (bytes === 4) return;
  const value = f.temp(V128);
  if (dtype === 'bool') f.i32x4(1).op('v128And');
  f.tee(value).get(value).op('i16x8NarrowI32x4U');
  if (bytes === 1) f.tee(value).get(value).op('i8x16NarrowI16x8U');
  f.release(V128, value);
}

/** By the bytes of an element. */
const STORE_LANE: Readonly<Record<number, LaneMemoryOp>> = { 1: 'v128Store8Lane', 2: 'v128Store16Lane', 4: 'v128Store32Lane' };

/** Stores four neighbouring elements. */
export function storeUnit(f: KernelBuilder, dtype: DType, pointer: Local, value: Local, offset = 0): void {
  f.get(pointer, value);
  pack(f, dtype);
  const bytes = bytesOf(dtype);
  if (bytes === 4) f.mem('v128Store', offset);
  else f.laneMem(bytes === 2 ? 'v128Store64Lane' : 'v128Store32Lane', 0, offset);
}

/** Stores the first `count` (1 to 3) elements. */
export function storeTail(f: KernelBuilder, dtype: DType, pointer: Local, value: Local, count: Local): void {
  const bytes = bytesOf(dtype);
  const packed = f.temp(V128);
  f.get(value);
  pack(f, dtype);
  f.set(packed);
  for (let lane = 0; lane < 3; lane++) {
    const one = (): void => void f.get(pointer, packed).laneMem(STORE_LANE[bytes]!, lane, lane * bytes);
    if (lane === 0) one();
    else f.get(count).i32(lane).op('i32GtS').if(one);
  }
  f.release(V128, packed);
}

/** Stores at pointer, pointer + stride, ... (bytes) all four elements, or the first `count`. */
export function storeStrided(f: KernelBuilder, dtype: DType, pointer: Local, stride: Local, value: Local, count?: Local): void {
  const at = f.temp(I32);
  const packed = f.temp(V128);
  f.get(value);
  pack(f, dtype);
  f.set(packed).get(pointer).set(at);
  for (let lane = 0; lane < 4; lane++) {
    const one = (): void => {
      if (lane > 0) f.addLocal(at, stride);
      f.get(at, packed).laneMem(STORE_LANE[bytesOf(dtype)]!, lane);
    };
    if (lane === 0 || count === undefined) one();
    else f.get(count).i32(lane).op('i32GtS').if(one);
  }
  f.release(I32, at);
  f.release(V128, packed);
}

/** Stores the first element. */
export function storeFirst(f: KernelBuilder, dtype: DType, pointer: Local, value: Local): void {
  f.get(pointer, value);
  pack(f, dtype);
  f.laneMem(STORE_LANE[bytesOf(dtype)]!, 0);
}
