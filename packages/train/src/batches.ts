/** Where batches come from and what is in them. */
import { ArgumentError, isTensor, Tensor } from '@cotangent/tensor';

/** Batches for one pass per `for await`: a `DataLoader`, an array of batches, anything iterable. */
export type Batches<B> = AsyncIterable<B> | Iterable<B>;

/** What a model is given and what its output is compared with. */
export interface Sample<X = Tensor, Y = Tensor> {
  readonly x: X;
  readonly y: Y;
}

/** How many batches a pass has, when the source knows. */
export function countOf(batches: Batches<unknown>): number | undefined {
  const { length } = batches as { length?: unknown };
  return typeof length === 'number' ? length : undefined;
}

/** A source whose place can be saved, such as a `DataLoader`. */
export interface Resumable {
  state(): unknown;
  restore(state: never): void;
}

export function isResumable(source: unknown): source is Resumable {
  if (typeof source !== 'object' || source === null) return false;
  const { state, restore } = source as Partial<Resumable>;
  return typeof state === 'function' && typeof restore === 'function';
}

/** Throws ArgumentError unless `source` can be iterated. */
export function checkBatches(where: string, name: string, source: unknown): void {
  const given = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  if (typeof given?.[Symbol.asyncIterator] !== 'function' && typeof given?.[Symbol.iterator] !== 'function') {
    throw new ArgumentError(`${where}: ${name} is no source of batches; expected a DataLoader, or an array of { x, y }.`);
  }
}

/** Input and target of a batch, taken by `select` or from its fields x and y. */
export function sampleOf<X, Y, B>(where: string, batch: B, select: ((batch: B) => Sample<X, Y>) | undefined): Sample<X, Y> {
  if (select) return select(batch);
  if (typeof batch === 'object' && batch !== null && 'x' in batch && 'y' in batch) return batch as unknown as Sample<X, Y>;
  const fields = typeof batch === 'object' && batch !== null ? Object.keys(batch).join(', ') : typeof batch;
  throw new ArgumentError(
    `${where}: a batch has ${fields}; expected x and y. Say what they are with select: (batch) => ({ x: batch.image, y: batch.label }).`,
  );
}

/** The input of a batch for prediction: by `select`, its field x, or the batch itself. */
export function inputOf<X, B>(batch: B, select: ((batch: B) => Sample<X, unknown> | { readonly x: X }) | undefined): X {
  if (select) return select(batch).x;
  const hasInput = !(batch instanceof Tensor) && typeof batch === 'object' && batch !== null && 'x' in batch;
  return hasInput ? (batch.x as X) : (batch as unknown as X);
}

/** Samples in a batch: the first size of the first tensor found in the input; 1 when there is none. */
export function sizeOfBatch(x: unknown): number {
  const first = tensorIn(x);
  return first?.shape[0] ?? 1;
}

/** The first tensor in a value, looking into arrays and objects. */
export function tensorIn(x: unknown): Tensor | undefined {
  if (typeof x !== 'object' || x === null) return undefined;
  if (isTensor(x)) return x;
  for (const part of Object.values(x)) {
    const found = tensorIn(part);
    if (found) return found;
  }
  return undefined;
}
