/** Making tensors from data and from rules. */
import { allocate, DTYPES, fromHalf, toHalf, type DType, type TypedArray } from '../dtype';
import { ArgumentError, DTypeError, ShapeError } from '../errors';
import type { Node } from '../graph/node';
import { bufferNode, constantNode, record } from '../graph/record';
import { checkShape, show, sizeOf, type Shape } from '../shape';
import { Tensor } from '../tensor';
import { cast } from './convert';
import { add, mul } from './math';
import { eq } from './compare';
import { expand, reshape, unsqueeze } from './movement';
import { canHold, checkOptions } from './operand';

/** Numbers or booleans, nested as deep as the tensor has axes, or a typed array. */
export type TensorData = number | boolean | TypedArray | Uint8ClampedArray | readonly TensorData[];

export interface TensorOptions {
  /** Default: the shape of the nesting, or [length] for a typed array. */
  readonly shape?: Shape;
  /** Default: bool for booleans, float32 for numbers, and the natural type of a typed array. */
  readonly dtype?: DType;
}

/**
 * A tensor of the given data. A typed array that already has the wanted type is used as it is, without a copy: do not
 * write to it afterwards. Numbers are converted as JavaScript typed arrays do; float16 rounds to nearest.
 *
 * @throws ShapeError for ragged nesting or a shape with another number of elements.
 * @example
 * ```ts
 * import { tensor } from '@cotangent/tensor';
 * console.log(tensor([[1, 2], [3, 4]]).shape); // [2, 2]
 * console.log(tensor(new Uint8Array(6), { shape: [2, 3] }).dtype); // uint8
 * ```
 */
export function tensor(data: TensorData, options: TensorOptions = {}): Tensor {
  checkOptions('tensor', options, "{ dtype: 'int32' }");
  const { elements, shape: natural, dtype: guessed } = ArrayBuffer.isView(data) ? fromTyped(unclamped(data), options) : fromNested(data);
  const dtype = options.dtype ?? guessed;
  if (!DTYPES.includes(dtype)) throw new DTypeError(`tensor: '${dtype as string}' is not a dtype; expected one of ${DTYPES.join(', ')}.`);
  const shape = options.shape ?? natural;
  checkShape('tensor', shape);
  if (sizeOf(shape) !== elements.length) {
    throw new ShapeError(`tensor: shape ${show(shape)} needs ${sizeOf(shape)} elements, but the data has ${elements.length}.`);
  }
  const host = convert(elements, dtype, guessed);
  return new Tensor(bufferNode({ dtype, length: host.length, host, backend: undefined }, [...shape]));
}

interface Parsed {
  readonly elements: TypedArray | number[];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Clamped bytes, as pictures have them, seen as plain bytes. */
function unclamped(data: TypedArray | Uint8ClampedArray): TypedArray {
  return data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
}

function fromTyped(data: TypedArray, options: TensorOptions): Parsed {
  return { elements: data, shape: [data.length], dtype: naturalType(data, options.dtype) };
}

function naturalType(data: TypedArray, wanted: DType | undefined): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return wanted === undefined ? 'float32' : 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint32Array) return 'uint32';
  if (data instanceof Uint16Array) {
    if (wanted === 'float16') return 'float16';
    throw new DTypeError("tensor: a Uint16Array is taken as the bits of float16; say so with { dtype: 'float16' }, or convert it to Int32Array.");
  }
  if (data instanceof Uint8Array) return wanted === 'bool' && data.every((byte) => byte <= 1) ? 'bool' : 'uint8';
  throw new DTypeError(
    `tensor: ${(data as object).constructor.name} is not supported; expected Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array (float16) or Uint8Array.`,
  );
}

function fromNested(data: Exclude<TensorData, TypedArray | Uint8ClampedArray>): Parsed {
  const shape: number[] = [];
  for (let level: TensorData = data; Array.isArray(level); level = level[0] as TensorData) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const elements: number[] = [];
  let booleans = 0;
  const visit = (value: TensorData, depth: number, path: readonly number[]): void => {
    if (Array.isArray(value)) {
      if (depth >= shape.length || value.length !== shape[depth]) {
        const expected = depth < shape.length ? `an array of length ${shape[depth]!}` : 'a number';
        throw new ShapeError(`tensor: the nested arrays are ragged: at [${path.join(', ')}] there is an array of length ${value.length}, expected ${expected}.`);
      }
      value.forEach((v: TensorData, i) => {
        visit(v, depth + 1, [...path, i]);
      });
      return;
    }
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ArgumentError(`tensor: at [${path.join(', ')}] there is ${(value as unknown) === null ? 'null' : typeof value}; expected numbers or booleans.`);
    }
    if (depth !== shape.length) {
      throw new ShapeError(`tensor: the nested arrays are ragged: at [${path.join(', ')}] there is a ${typeof value}, expected an array of length ${shape[depth]!}.`);
    }
    if (typeof value === 'boolean') booleans++;
    elements.push(Number(value));
  };
  visit(data, 0, []);
  return { elements, shape, dtype: booleans > 0 && booleans === elements.length ? 'bool' : 'float32' };
}

function convert(elements: TypedArray | number[], dtype: DType, from: DType): TypedArray {
  if (!Array.isArray(elements) && dtype === from && !(elements instanceof Float64Array && dtype === 'float32')) {
    return elements;
  }
  const out = allocate(dtype, elements.length);
  if (dtype === 'float16') for (let i = 0; i < out.length; i++) out[i] = toHalf(elements[i]!);
  else if (dtype === 'bool') for (let i = 0; i < out.length; i++) out[i] = elements[i] ? 1 : 0;
  else out.set(elements);
  return out;
}

export interface CreateOptions {
  /** Default float32. */
  readonly dtype?: DType;
}

/**
 * A tensor filled with one value. Takes no memory until something needs its elements.
 *
 * @example
 * ```ts
 * import { full } from '@cotangent/tensor';
 * console.log(await full([2, 2], 7).array()); // [[7, 7], [7, 7]]
 * ```
 */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  return filled('full', shape, value, options);
}

function filled(op: string, shape: Shape, value: number, options: CreateOptions): Tensor {
  checkOptions(op, options, "{ dtype: 'int32' }");
  checkShape(op, shape);
  return expand(new Tensor(filling(op, value, options.dtype ?? 'float32')), shape);
}

/** One number as `dtype` holds it. */
function filling(op: string, value: number, dtype: DType): Node {
  if (!canHold(dtype, value)) throw new DTypeError(`${op}: the number ${value} does not fit ${dtype}; choose another value or dtype.`);
  return constantNode(dtype === 'float16' ? fromHalf(toHalf(value)) : value, dtype);
}

/**
 * A tensor of zeros.
 *
 * @example
 * ```ts
 * import { zeros } from '@cotangent/tensor';
 * console.log(await zeros([3]).array()); // [0, 0, 0]
 * ```
 */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled('zeros', shape, 0, options);
}

/**
 * A tensor of ones.
 *
 * @example
 * ```ts
 * import { ones } from '@cotangent/tensor';
 * console.log(await ones([3]).array()); // [1, 1, 1]
 * ```
 */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return filled('ones', shape, 1, options);
}

/**
 * One number as a tensor without axes.
 *
 * @example
 * ```ts
 * import { scalar } from '@cotangent/tensor';
 * console.log(await scalar(3).item()); // 3
 * ```
 */
export function scalar(value: number, options: CreateOptions = {}): Tensor {
  return new Tensor(filling('scalar', value, options.dtype ?? 'float32'));
}

/** Zeros of the shape and dtype of x. */
export function zerosLike(x: Tensor): Tensor {
  return zeros(x.shape, { dtype: x.dtype });
}

/** Ones of the shape and dtype of x. */
export function onesLike(x: Tensor): Tensor {
  return ones(x.shape, { dtype: x.dtype });
}

/**
 * Evenly spaced numbers: `arange(stop)` or `arange(start, stop, step)`; the stop is not included.
 *
 * @param options dtype: default int32 when all three are whole numbers, else float32.
 * @example
 * ```ts
 * import { arange } from '@cotangent/tensor';
 * console.log(await arange(1, 7, 2).array()); // [1, 3, 5]
 * ```
 */
export function arange(start: number, stop?: number, step = 1, options: CreateOptions = {}): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0 || ![from, to, step].every(Number.isFinite)) {
    throw new ArgumentError(`arange: start ${from}, stop ${to}, step ${step}; expected finite numbers and a step other than 0.`);
  }
  const length = Math.max(0, Math.ceil((to - from) / step));
  const dtype = options.dtype ?? ([from, to, step].every(Number.isInteger) ? 'int32' : 'float32');
  return spaced(length, from, step, dtype);
}

/** start + i * step for i in [0, length). */
function spaced(length: number, start: number, step: number, dtype: DType): Tensor {
  const counted = cast(new Tensor(record('iota', [], { length })), dtype);
  const scaled = step === 1 ? counted : mul(counted, step);
  return start === 0 ? scaled : add(scaled, start);
}

/**
 * `count` evenly spaced numbers from start to stop, both included.
 *
 * @example
 * ```ts
 * import { linspace } from '@cotangent/tensor';
 * console.log(await linspace(0, 1, 5).array()); // [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export function linspace(start: number, stop: number, count: number, options: CreateOptions = {}): Tensor {
  if (!Number.isInteger(count) || count < 0) throw new ArgumentError(`linspace: the count is ${count}; expected a whole number >= 0.`);
  const dtype = options.dtype ?? 'float32';
  const host = allocate(dtype, count);
  // From both ends, so that the last number is exactly `stop`.
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  const values = Array.from({ length: count }, (_, i) => (i < count / 2 ? start + i * step : stop - (count - 1 - i) * step));
  return tensor(dtype === 'float16' ? Uint16Array.from(values, toHalf) : (host.set(values), host), { dtype, shape: [count] });
}

/**
 * The identity matrix, or its first columns.
 *
 * @example
 * ```ts
 * import { eye } from '@cotangent/tensor';
 * console.log(await eye(2).array()); // [[1, 0], [0, 1]]
 * ```
 */
export function eye(rows: number, columns = rows, options: CreateOptions = {}): Tensor {
  return cast(eq(unsqueeze(arange(rows), 1), arange(columns)), options.dtype ?? 'float32');
}

/**
 * 1 at the class given by each index, 0 elsewhere, along a new last axis.
 *
 * @param indices int32 of any shape; entries outside [0, classes) give a row of zeros.
 * @example
 * ```ts
 * import { oneHot, tensor } from '@cotangent/tensor';
 * console.log(await oneHot(tensor([1, 0], { dtype: 'int32' }), 3).array()); // [[0, 1, 0], [1, 0, 0]]
 * ```
 */
export function oneHot(indices: Tensor, classes: number, options: CreateOptions = {}): Tensor {
  return cast(eq(unsqueeze(indices, -1), cast(arange(classes), indices.dtype)), options.dtype ?? 'float32');
}

/**
 * Coordinate grids of vectors. With 'ij' (default) axis k of every grid follows vector k; 'xy' swaps the first two axes.
 *
 * @example
 * ```ts
 * import { arange, meshgrid } from '@cotangent/tensor';
 * console.log(meshgrid([arange(2), arange(3)]).map((t) => t.shape)); // [[2, 3], [2, 3]]
 * ```
 */
export function meshgrid(vectors: readonly Tensor[], indexing: 'ij' | 'xy' = 'ij'): Tensor[] {
  const sizes = vectors.map((v) => v.size);
  const swap = (k: number): number => (indexing === 'xy' && k < 2 && vectors.length > 1 ? 1 - k : k);
  const shape = sizes.map((_, k) => sizes[swap(k)]!);
  return vectors.map((v, k) => expand(reshape(v, shape.map((_, axis) => (axis === swap(k) ? v.size : 1))), shape));
}
