/** What gather and scatter share. */
import { bytesOf, type DType } from '@cotangent/tensor';
import { I32, type Local } from '../assembler';
import type { KernelBuilder } from '../kernel-module';
import { ERROR_CELL, STATUS } from '../layout';
import { loadScalar, storeScalar } from './lanes';

/** Leaves the kernel with an error when `position` is not in [0, size); negative ones count as large. */
export function checkIndex(f: KernelBuilder, position: Local, size: Local): void {
  f.get(position, size).op('i32GeU').if(() => {
    f.i32(0).get(position).mem('i32Store', ERROR_CELL);
    f.i32(0).get(size).mem('i32Store', ERROR_CELL + 4);
    f.i32(STATUS.badIndex).op('return');
  });
}

/**
 * Copies `rest` elements from `from` to the contiguous `to`; both pointers move on and `rest` ends at 0. `step` is the
 * distance in bytes at the source; with `unit` the elements are neighbours.
 */
export function emitMoves(f: KernelBuilder, dtype: DType, from: Local, to: Local, step: Local, rest: Local, unit: boolean): void {
  const bytes = bytesOf(dtype);
  if (unit) {
    const count = f.temp(I32);
    f.get(rest).i32(Math.log2(16 / bytes)).op('i32ShrU').set(count);
    f.times(count, () => void f.get(to, from).mem('v128Load').mem('v128Store').add(to, 16).add(from, 16));
    f.get(rest).i32(16 / bytes - 1).op('i32And').set(rest);
    f.release(I32, count);
  }
  f.times(rest, () => {
    f.get(to, from);
    loadScalar(f, dtype);
    storeScalar(f, dtype);
    f.add(to, bytes).addLocal(from, step);
  });
}
