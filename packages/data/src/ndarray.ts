/**
 * Plain arrays with a shape: what samples, files and batches are made of before they become tensors.
 *
 * Data preparation happens on the host, one sample at a time and long before a graph exists, so it works on typed arrays.
 */
import { ArgumentError, ShapeError, bytesOf, sizeOf, type DType, type TypedArray } from '@cotangent/tensor';

/** Elements in row-major order and the shape they have. */
export interface NdArray<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly shape: readonly number[];
  /**
   * Default: what `tensor(data)` takes it for, so float32 for a Float64Array too; a Uint16Array is float16 bits. Needed for
   * bool, which lies in a Uint8Array, and for float64.
   */
  readonly dtype?: DType;
}

/** Several arrays under names, such as `{ x, y }`. */
export type Fields<S> = { readonly [K in keyof S]: NdArray };


/** The dtype that an array will have as a tensor. */
export function dtypeOf(array: NdArray): DType {
  if (array.dtype !== undefined) return array.dtype;
  const { data } = array;
  if (data instanceof Float32Array || data instanceof Float64Array) return 'float32';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Uint32Array) return 'uint32';
  return 'float16';
}

/**
 * Refuses anything that is not an array of the shape it claims.
 *
 * @param where names the caller and the argument in the error.
 */
export function checkNdArray(where: string, array: NdArray): void {
  const given: unknown = array;
  if (typeof given !== 'object' || given === null || !('data' in given) || !('shape' in given)) {
    throw new ArgumentError(`${where}: got ${describe(given)}, expected { data: typed array, shape: [...] }.`);
  }
  if (!isTypedArray(array.data)) {
    throw new ArgumentError(
      `${where}: data is ${describe(array.data)}, expected a Float32Array, Float64Array, Uint16Array (float16 bits), ` +
        `Int32Array, Uint32Array or Uint8Array.`,
    );
  }
  if (!Array.isArray(array.shape) || array.shape.some((extent) => !Number.isInteger(extent) || extent < 0)) {
    throw new ShapeError(`${where}: shape is ${JSON.stringify(array.shape)}, expected a list of whole numbers of at least 0.`);
  }
  if (sizeOf(array.shape) !== array.data.length) {
    throw new ShapeError(
      `${where}: data has ${array.data.length} elements, but shape [${array.shape.join(', ')}] has ${sizeOf(array.shape)}.`,
    );
  }
  const { dtype } = array;
  if (dtype !== undefined && bytesOf(dtype) !== array.data.BYTES_PER_ELEMENT) {
    throw new ArgumentError(`${where}: dtype is ${dtype}, but data is ${describe(array.data)}.`);
  }
}

/** An empty array of the same type as `like`. */
export function allocateLike<T extends TypedArray>(like: T, length: number): T {
  const make = like.constructor as new (length: number) => T;
  return new make(length);
}

/** What a value is, in a few words for an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return `a ${nameOfClass(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value} ${value}`;
  return typeof value === 'string' ? `the text ${JSON.stringify(value.slice(0, 40))}` : `a ${typeof value}`;
}

/** The name of an object's class; objects without a prototype have none. */
function nameOfClass(value: object): string {
  const { constructor } = value as { constructor?: { name: string } };
  return constructor?.name ?? 'object';
}

function isTypedArray(value: unknown): value is TypedArray {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Uint16Array ||
    value instanceof Int32Array ||
    value instanceof Uint32Array ||
    value instanceof Uint8Array
  );
}
