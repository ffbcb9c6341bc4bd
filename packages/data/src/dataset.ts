/**
 * Data sets: anything with a length and a sample for every index.
 */
import { ArgumentError, IndexError, ShapeError, sizeOf, type Tensor } from '@cotangent/tensor';
import { allocateLike, checkNdArray, describe, dtypeOf, type Fields, type NdArray } from './ndarray';

/**
 * A source of samples. Write your own by implementing these two members; `get` may return a promise.
 *
 * @example
 * ```ts
 * import type { Dataset, NdArray } from '@cotangent/data';
 * const squares: Dataset<{ x: NdArray; y: NdArray }> = {
 *   length: 100,
 *   get: (i) => ({ x: { data: Float32Array.of(i), shape: [1] }, y: { data: Float32Array.of(i * i), shape: [1] } }),
 * };
 * ```
 */
export interface Dataset<S> {
  readonly length: number;
  /** The sample at `index`, from 0 to `length - 1`. */
  get(index: number): S | Promise<S>;
}

/** A sample, or a whole table, that has an array for each of the names `K`. */
export type Arrays<K extends string> = { readonly [name in K]: NdArray };

/** Samples that are rows of arrays held in memory. Made by `arrayDataset`. */
export class ArrayDataset<K extends string> implements Dataset<Arrays<K>> {
  readonly length: number;
  readonly fields: Arrays<K>;
  readonly #rows: readonly { name: K; array: NdArray; shape: readonly number[]; size: number }[];

  constructor(fields: Arrays<K>) {
    const names = Object.keys(fields) as K[];
    if (names.length === 0) throw new ArgumentError('arrayDataset: got no arrays, expected at least one, such as { x, y }.');
    for (const name of names) {
      checkNdArray(`arrayDataset: ${name}`, fields[name]);
      if (fields[name].shape.length === 0) {
        throw new ShapeError(`arrayDataset: ${name} is a scalar, expected an array whose first axis counts the samples.`);
      }
    }
    const lengths = names.map((name) => fields[name].shape[0]!);
    if (lengths.some((length) => length !== lengths[0])) {
      const list = names.map((name, i) => `${name} ${lengths[i]}`).join(', ');
      throw new ShapeError(`arrayDataset: the arrays have different numbers of samples: ${list}. First axes must be equal.`);
    }
    this.fields = fields;
    this.length = lengths[0]!;
    this.#rows = names.map((name) => {
      const shape = fields[name].shape.slice(1);
      return { name, array: fields[name], shape, size: sizeOf(shape) };
    });
  }

  get(index: number): Arrays<K> {
    checkIndex('ArrayDataset.get', index, this.length);
    const sample: Partial<Record<K, NdArray>> = {};
    for (const { name, array, shape, size } of this.#rows) {
      sample[name] = { data: array.data.subarray(index * size, (index + 1) * size), shape, dtype: array.dtype };
    }
    return sample as Arrays<K>;
  }
}

/**
 * A data set of arrays in memory. Sample `i` is row `i` of each array; the rows are views, nothing is copied.
 *
 * @param fields arrays whose first axes are equally long.
 * @throws ShapeError when the first axes differ or an array does not have the size of its shape.
 * @example
 * ```ts
 * import { arrayDataset } from '@cotangent/data';
 * const pairs = arrayDataset({
 *   x: { data: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), shape: [4, 2] },
 *   y: { data: Int32Array.of(0, 1, 1, 0), shape: [4] },
 * });
 * console.log(pairs.length, pairs.get(1)); // 4, x [0, 1] of shape [2], y [1] of shape []
 * ```
 */
export function arrayDataset<K extends string>(fields: Arrays<K>): ArrayDataset<K> {
  return new ArrayDataset(fields);
}

/**
 * The same from tensors, whose values are read once.
 *
 * @throws BackendError when a tensor must be computed and no backend is in use.
 * @example
 * ```ts
 * import { tensorDataset } from '@cotangent/data';
 * import { tensor } from '@cotangent/tensor';
 * const pairs = await tensorDataset({ x: tensor([[0, 0], [0, 1]]), y: tensor([0, 1], { dtype: 'int32' }) });
 * ```
 */
export async function tensorDataset<K extends string>(tensors: { readonly [name in K]: Tensor }): Promise<ArrayDataset<K>> {
  const read = async ([name, value]: [string, Tensor]): Promise<[string, NdArray]> => {
    const data = await value.data();
    // float16 is read as Float32Array; samples then are float32, which is what they would be computed in anyway.
    return [name, { data, shape: value.shape, dtype: value.dtype === 'float16' ? 'float32' : value.dtype }];
  };
  const fields = await Promise.all(Object.entries<Tensor>(tensors).map(read));
  return new ArrayDataset(Object.fromEntries(fields) as Arrays<K>);
}

/** Some samples of another data set, in an order of their own. Made by `subset`, `split` and `kFold`. */
export class Subset<S> implements Dataset<S> {
  readonly dataset: Dataset<S>;
  /** Which samples of `dataset`, in order. */
  readonly indices: Uint32Array;

  constructor(dataset: Dataset<S>, indices: ArrayLike<number>) {
    for (let i = 0; i < indices.length; i++) checkIndex('subset', indices[i]!, dataset.length);
    this.dataset = dataset;
    this.indices = Uint32Array.from(indices);
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number): S | Promise<S> {
    checkIndex('Subset.get', index, this.length);
    return this.dataset.get(this.indices[index]!);
  }
}

/**
 * The samples of `dataset` at `indices`, in that order; an index may appear more than once.
 *
 * @throws IndexError when an index is outside the data set.
 * @example
 * ```ts
 * import { arrayDataset, subset } from '@cotangent/data';
 * const all = arrayDataset({ x: { data: Float32Array.of(5, 6, 7), shape: [3] } });
 * console.log(subset(all, [2, 0]).get(0)); // 7
 * ```
 */
export function subset<S>(dataset: Dataset<S>, indices: ArrayLike<number>): Subset<S> {
  return new Subset(dataset, indices);
}

/**
 * Samples put on top of each other: every field gets a new first axis of `samples.length`.
 *
 * @throws ShapeError when the samples of a field differ in shape, ArgumentError when there is no sample.
 * @example
 * ```ts
 * import { stack } from '@cotangent/data';
 * const { x } = stack([{ x: { data: Float32Array.of(1, 2), shape: [2] } }, { x: { data: Float32Array.of(3, 4), shape: [2] } }]);
 * console.log(x.shape, x.data); // [2, 2], 1 2 3 4
 * ```
 */
export function stack<S extends Fields<S>>(samples: readonly S[]): { readonly [K in keyof S]: NdArray } {
  const first = samples[0];
  if (samples.length === 0 || first === undefined) throw new ArgumentError('stack: got no samples, expected at least one.');
  if (typeof first !== 'object') {
    throw new ArgumentError(`stack: a sample is ${describe(first)}, expected an object of arrays, such as { x, y }.`);
  }
  const fields: Partial<Record<keyof S, NdArray>> = {};
  for (const name of Object.keys(first) as (keyof S & string)[]) {
    checkNdArray(`stack: field ${name}`, first[name]);
    const { shape, data, dtype } = first[name];
    const expected = dtypeOf(first[name]);
    const all = allocateLike(data, data.length * samples.length);
    samples.forEach((sample, i) => {
      checkNdArray(`stack: field ${name} of sample ${i}`, sample[name]);
      const { shape: other } = sample[name];
      if (other.length !== shape.length || other.some((extent, axis) => extent !== shape[axis])) {
        throw new ShapeError(
          `stack: field ${name} has shape [${shape.join(', ')}] in sample 0 and [${other.join(', ')}] in sample ${i}. ` +
            'Resize or pad the samples to one shape, or give the loader a collate function of your own.',
        );
      }
      if (dtypeOf(sample[name]) !== expected) {
        throw new ArgumentError(`stack: field ${name} is ${expected} in sample 0 and ${dtypeOf(sample[name])} in sample ${i}.`);
      }
      all.set(sample[name].data, i * data.length);
    });
    fields[name] = { data: all, shape: [samples.length, ...shape], dtype };
  }
  return fields as { readonly [K in keyof S]: NdArray };
}

/**
 * All samples of a data set as arrays, for example to fit a scaler on the training part of a split.
 *
 * @example
 * ```ts
 * import { arrayDataset, collect, split } from '@cotangent/data';
 * const all = arrayDataset({ x: { data: new Float32Array(20), shape: [10, 2] } });
 * const [train] = split(all, [0.8, 0.2]);
 * console.log((await collect(train)).x.shape); // [8, 2]
 * ```
 */
export async function collect<S extends Fields<S>>(dataset: Dataset<S>): Promise<{ readonly [K in keyof S]: NdArray }> {
  const samples: S[] = [];
  for (let i = 0; i < dataset.length; i++) samples.push(await dataset.get(i));
  return stack(samples);
}

function checkIndex(where: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new IndexError(`${where}: index ${index} is outside the data set, expected a whole number from 0 to ${length - 1}.`);
  }
}
