/**
 * Elements on their way between JavaScript and GPU memory, where every element takes one 32-bit word: shaders address nothing
 * smaller, and neighbours written by different invocations must not share a word. bool and uint8 are widened to uint32, float16
 * to float32 (whose values are those of a float16).
 */
import { allocate, fromHalf, toHalf, type DType, type TypedArray } from '@cotangent/tensor';

export const WORD = 4;

/** The words of an array; float32, int32 and uint32 are taken as they are. */
export function toWords(elements: TypedArray, dtype: DType): Float32Array | Int32Array | Uint32Array {
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

/** The elements that the words in `bytes` stand for, in memory of their own. */
export function fromWords(bytes: ArrayBuffer, dtype: DType, length: number): TypedArray {
  const elements = allocate(dtype, length);
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
