/**
 * Batches of a data set, as tensors, in an order that a seed decides.
 */
import { ArgumentError, StateError, tensor, whenRoom, type Tensor } from '@cotangent/tensor';
import { stack, type Dataset } from './dataset';
import { describe, dtypeOf, type NdArray } from './ndarray';
import { SeededRandom } from './random';

type Transform = (sample: unknown, random: SeededRandom, index: number) => unknown;

/** One batch: every field of the samples as one tensor with a new first axis. */
export type Batch<S> = { [K in keyof S]: Tensor };

/** Where a loader stands: enough to go on with exactly the batches that would have come next. */
export interface LoaderState {
  /** The epoch under way, from 0. */
  epoch: number;
  /** Samples of this epoch that have been handed out. */
  position: number;
  seed: number;
  /** Number of samples of the data set, to notice a different one. */
  length: number;
}

export interface DataLoaderOptions<S, R = S, B = Batch<R>> {
  /** Samples per batch. Default 32. */
  batchSize?: number;
  /** A new random order every epoch. Default false. */
  shuffle?: boolean;
  /** What shuffling and `transform` draw from. Default 0. */
  seed?: number;
  /** Leave out a last batch that is not full. Default false. */
  dropLast?: boolean;
  /**
   * Changes every sample, for example augmentation. `random` depends on the seed, the epoch and the index of the sample
   * only, so a resumed run augments as an uninterrupted one does.
   */
  transform?: (sample: S, random: SeededRandom, index: number) => R | Promise<R>;
  /** Makes a batch of samples. Default: stacks the arrays of each field and wraps them in tensors. */
  collate?: (samples: R[]) => B | Promise<B>;
}

/**
 * Goes through a data set in batches. One `for await` is one epoch; the next one is the next epoch with another order. A batch
 * comes when the backend has room for its work (`whenRoom`), so that loops which read nothing do not run ahead of a GPU.
 *
 * @throws ArgumentError when an option or the data set is wrong.
 * @example
 * ```ts
 * import { DataLoader, arrayDataset } from '@cotangent/data';
 * const data = arrayDataset({
 *   x: { data: new Float32Array(20), shape: [10, 2] },
 *   y: { data: new Int32Array(10), shape: [10] },
 * });
 * const loader = new DataLoader(data, { batchSize: 4, shuffle: true, seed: 1 });
 * for await (const { x, y } of loader) console.log(x.shape, y.shape); // [4, 2] [4], twice, then [2, 2] [2]
 * ```
 */
export class DataLoader<S, R = S, B = Batch<R>> implements AsyncIterable<B> {
  readonly dataset: Dataset<S>;
  readonly batchSize: number;
  /** What happens to samples, without their types: two loaders of equal batches are then interchangeable. */
  readonly #options: { transform?: Transform; collate?: (samples: unknown[]) => unknown };
  readonly #shuffle: boolean;
  readonly #dropLast: boolean;
  #seed: number;
  #epoch = 0;
  #position = 0;
  /** The iteration under way; an older one goes on but no longer counts. */
  #current: object | undefined;

  constructor(dataset: Dataset<S>, options: DataLoaderOptions<S, R, B> = {}) {
    const { batchSize = 32, shuffle = false, seed = 0, dropLast = false } = options;
    const given = dataset as Partial<Dataset<S>> | undefined;
    if (!Number.isInteger(given?.length) || typeof given?.get !== 'function') {
      throw new ArgumentError(`DataLoader: the data set is ${describe(dataset)}, expected an object with length and get(index).`);
    }
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ArgumentError(`DataLoader: batchSize is ${batchSize}, expected a whole number of at least 1.`);
    }
    new SeededRandom(seed); // throws when the seed is none
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#options = options as { transform?: Transform; collate?: (samples: unknown[]) => unknown };
    this.#shuffle = shuffle;
    this.#dropLast = dropLast;
    this.#seed = seed;
    if (this.length === 0) {
      throw new ArgumentError(
        `DataLoader: ${dataset.length} samples make no batch of ${batchSize}. Use more samples, a smaller batchSize or dropLast: false.`,
      );
    }
  }

  /** Number of batches in a whole epoch. */
  get length(): number {
    const batches = this.dataset.length / this.batchSize;
    return this.#dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  /** The epoch under way, or the next one between two epochs; from 0. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Where the loader stands. Within the loop the batch in hand counts as used, so that going on means the next one.
   * Plain numbers, ready for JSON.
   */
  state(): LoaderState {
    return { epoch: this.#epoch, position: this.#position, seed: this.#seed, length: this.dataset.length };
  }

  /**
   * Goes back to where `state` was taken: the next loop yields the rest of that epoch, in the same order.
   *
   * @throws StateError when the state belongs to another data set or is damaged.
   */
  restore(state: LoaderState): void {
    const { epoch, position, seed, length } = state;
    if (![epoch, position, seed, length].every((value) => Number.isSafeInteger(value) && value >= 0) || position > length) {
      throw new StateError(
        `DataLoader.restore: got ${JSON.stringify(state)}, expected what state() returns: { epoch, position, seed, length }.`,
      );
    }
    if (length !== this.dataset.length) {
      throw new StateError(`DataLoader.restore: the state is of a data set of ${length} samples, this one has ${this.dataset.length}.`);
    }
    this.#epoch = epoch;
    this.#position = position;
    this.#seed = seed;
    this.#current = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    // A loop that was left early was an epoch of its own; only `restore` goes back into one.
    if (this.#current !== undefined) {
      this.#epoch++;
      this.#position = 0;
    }
    const me = {};
    this.#current = me;
    const epoch = this.#epoch;
    const { length } = this.dataset;
    const end = this.#dropLast ? this.length * this.batchSize : length;
    const random = new SeededRandom(this.#seed);
    const order = this.#shuffle ? random.fold(0).fold(epoch).permutation(length) : undefined;
    const transforms = random.fold(1).fold(epoch);
    const { collate = tensors } = this.#options;
    for (let start = this.#position; start < end; start += this.batchSize) {
      const stop = Math.min(end, start + this.batchSize);
      const samples: unknown[] = [];
      for (let i = start; i < stop; i++) samples.push(await this.#sample(order?.[i] ?? i, transforms));
      const batch = (await collate(samples)) as B;
      await whenRoom();
      if (this.#current === me) this.#position = stop;
      yield batch;
    }
    if (this.#current === me) {
      this.#epoch = epoch + 1;
      this.#position = 0;
      this.#current = undefined;
    }
  }

  async #sample(index: number, transforms: SeededRandom): Promise<unknown> {
    const sample = await this.dataset.get(index);
    const { transform } = this.#options;
    return transform === undefined ? sample : transform(sample, transforms.fold(index), index);
  }
}

/** The default collate. */
function tensors(samples: unknown[]): Record<string, Tensor> {
  const fields: Record<string, NdArray> = stack(samples as Record<string, NdArray>[]);
  const wrap = ([name, array]: [string, NdArray]): [string, Tensor] => [
    name,
    tensor(array.data, { shape: array.shape, dtype: dtypeOf(array) }),
  ];
  return Object.fromEntries(Object.entries(fields).map(wrap));
}
