/** Looking at the elements of slots and views. */
import { fromHalf, isFloat, type DType, type TypedArray } from '../dtype';
import type { Operand } from '../plan/kernel';
import { stridesOf } from '../shape';

/** Element `at` as a number, whatever the storage. */
export function numberAt(data: TypedArray, at: number, dtype: DType): number {
  return dtype === 'float16' ? fromHalf(data[at]!) : data[at]!;
}

/** The place of element `at` of a row-major array. */
export function placeOf(at: number, shape: readonly number[]): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(at / stride) % shape[axis]!);
}

/** What a view shows at element `at` of its index space. */
export function elementOf(operand: Operand, data: TypedArray, at: number): number {
  const place = placeOf(at, operand.shape);
  const offset = place.reduce((sum, i, axis) => sum + i * operand.strides[axis]!, operand.offset);
  return numberAt(data, offset, operand.dtype);
}

/** The first element of an array that satisfies `test`, from `start` on; -1 when there is none. Only floating-point arrays are searched. */
export function findElement(data: TypedArray, dtype: DType, test: (x: number) => boolean, start = 0): number {
  if (!isFloat(dtype)) return -1;
  for (let at = start; at < data.length; at++) if (test(numberAt(data, at, dtype))) return at;
  return -1;
}

/** Whether a view shows an element that satisfies `test`. */
export function someElement(operand: Operand, data: TypedArray, test: (x: number) => boolean): boolean {
  const { shape, strides, dtype } = operand;
  if (!isFloat(dtype) || shape.includes(0)) return false;
  const index = shape.map(() => 0);
  let offset = operand.offset;
  for (;;) {
    if (test(numberAt(data, offset, dtype))) return true;
    let axis = shape.length - 1;
    for (; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
    if (axis < 0) return false;
  }
}
