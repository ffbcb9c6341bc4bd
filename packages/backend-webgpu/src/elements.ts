/**
 * Elements on their way between JavaScript and GPU memory, where an element takes one 32-bit word: most shaders address nothing
 * smaller, and neighbours written by different invocations must not share a word. bool and uint8 are widened to uint32. float16
 * is two bytes where shaders know 16-bit numbers; elsewhere it is widened to float32 (whose values are those of a float16).
 */
import { allocate, fromHalf, toHalf, type DType, type TypedArray } from '@cotangent/tensor';

export const WORD = 4;
const HALF = 2;

/** Bytes that an element takes: memory is given out for elements of one size, because a shader sees it as an array of one type. */
export type Unit = typeof WORD | typeof HALF;

/** Bytes of an element on a device that has 16-bit numbers, or lacks them. */
export function unitOf(dtype: DType, hasHalves: boolean): Unit {
  return hasHalves && dtype === 'float16' ? HALF : WORD;
}

/** An array as it lies in memory, filled up to whole words; float32, int32 and uint32 are taken as they are. */
export function toMemory(elements: TypedArray, dtype: DType, unit: Unit): Float32Array | Int32Array | Uint32Array | Uint16Array {
  if (unit === HALF) {
    if (elements.length % 2 === 0) return elements as Uint16Array;
    const even = new Uint16Array(elements.length + 1);
    even.set(elements);
    return even;
  }
  switch (dtype) {
    case 'float32':
    case 'int32':
    case 'uint32':
      return elements as Float32Array | Int32Array | Uint32Array;
    case 'float16':
      return Float32Array.from(elements, fromHalf);
    default:
      return Uint32Array.from(elements);
  }
}

/** The elements that `bytes` from memory stand for, in memory of their own. */
export function fromMemory(bytes: ArrayBuffer, dtype: DType, length: number, unit: Unit): TypedArray {
  const elements = allocate(dtype, length);
  if (unit === HALF) {
    elements.set(new Uint16Array(bytes, 0, length));
    return elements;
  }
  switch (dtype) {
    case 'float32':
      elements.set(new Float32Array(bytes, 0, length));
      return elements;
    case 'int32':
      elements.set(new Int32Array(bytes, 0, length));
      return elements;
    case 'float16':
      new Float32Array(bytes, 0, length).forEach((x, i) => (elements[i] = toHalf(x)));
      return elements;
    default:
      elements.set(new Uint32Array(bytes, 0, length));
      return elements;
  }
}
