/**
 * Disjoint parts of a data set, reproducible from a seed.
 */
import { ArgumentError } from '@cotangent/tensor';
import { Subset, type Dataset } from './dataset';
import { SeededRandom } from './random';

export interface SplitOptions {
  /** Default 0. Equal seeds give equal parts. */
  seed?: number;
  /** Random order before dividing; false keeps the order of the data. Default true. */
  shuffle?: boolean;
  /** One label per sample: every part then has each label in about the same share as the whole. */
  stratify?: ArrayLike<number> | ArrayLike<string>;
}

/** One fold of cross-validation. */
export interface Fold<S> {
  readonly train: Subset<S>;
  readonly validation: Subset<S>;
}

/**
 * Divides a data set into parts that have no sample in common.
 *
 * Sizes are the fractions of the length, rounded so that they add up. Fractions that add up to less than 1 leave the rest
 * out. With `stratify`, the share of a label in a part is right within two samples.
 *
 * @param fractions numbers above 0 that add up to at most 1.
 * @returns one subset per fraction, in the same order.
 * @throws ArgumentError when the fractions or the number of labels are wrong, or a part would be empty.
 * @example
 * ```ts
 * import { arrayDataset, split } from '@cotangent/data';
 * const y = { data: Int32Array.from({ length: 10 }, (_, i) => i % 2), shape: [10] };
 * const [train, test] = split(arrayDataset({ y }), [0.8, 0.2], { seed: 1, stratify: y.data });
 * console.log(train.length, test.length); // 8 2
 * ```
 */
export function split<S, const F extends readonly number[]>(
  dataset: Dataset<S>,
  fractions: F,
  options: SplitOptions = {},
): { -readonly [K in keyof F]: Subset<S> } {
  const total = fractions.reduce((sum, fraction) => sum + fraction, 0);
  if (fractions.length === 0 || fractions.some((fraction) => !(fraction > 0)) || total > 1 + 1e-9) {
    throw new ArgumentError(
      `split: fractions are [${fractions.join(', ')}], expected numbers above 0 that add up to at most 1, such as [0.8, 0.2].`,
    );
  }
  const { length } = dataset;
  const sizes: number[] = [];
  let sum = 0;
  let end = 0;
  for (const fraction of fractions) {
    sum += fraction;
    const next = Math.min(length, Math.round(sum * length));
    sizes.push(next - end);
    end = next;
  }
  const empty = sizes.indexOf(0);
  if (empty !== -1) {
    throw new ArgumentError(
      `split: fraction ${fractions[empty]} of ${length} samples is an empty part. Use a larger fraction or more samples.`,
    );
  }
  // The samples that no fraction asked for form one more part, which is dropped.
  const parts = divide('split', length, [...sizes, length - end], options);
  return fractions.map((_, i) => new Subset(dataset, parts[i]!)) as { -readonly [K in keyof F]: Subset<S> };
}

/**
 * Divides a data set into `k` folds for cross-validation: every sample is in the validation part of exactly one fold and
 * in the training part of all others.
 *
 * @param k number of folds, from 2 to the number of samples.
 * @throws ArgumentError when `k` or the number of labels is wrong.
 * @example
 * ```ts
 * import { arrayDataset, kFold } from '@cotangent/data';
 * const data = arrayDataset({ x: { data: new Float32Array(10), shape: [10] } });
 * for (const { train, validation } of kFold(data, 5)) console.log(train.length, validation.length); // 8 2
 * ```
 */
export function kFold<S>(dataset: Dataset<S>, k: number, options: SplitOptions = {}): Fold<S>[] {
  const { length } = dataset;
  if (!Number.isInteger(k) || k < 2 || k > length) {
    throw new ArgumentError(`kFold: k is ${k}, expected a whole number from 2 to ${length}, the number of samples.`);
  }
  const sizes = Array.from({ length: k }, (_, i) => Math.floor(((i + 1) * length) / k) - Math.floor((i * length) / k));
  const parts = divide('kFold', length, sizes, options);
  return parts.map((part, fold) => ({
    train: new Subset(dataset, parts.filter((_, i) => i !== fold).flat()),
    validation: new Subset(dataset, part),
  }));
}

/** The numbers 0 to length - 1 in lists of the given sizes, which add up to `length`. */
function divide(where: string, length: number, sizes: readonly number[], options: SplitOptions): number[][] {
  const { seed = 0, shuffle = true, stratify } = options;
  const order = Array.from(shuffle ? new SeededRandom(seed).permutation(length) : new Uint32Array(length).map((_, i) => i));
  if (stratify === undefined) {
    let end = 0;
    return sizes.map((size) => order.slice(end, (end += size)));
  }
  if (stratify.length !== length) {
    throw new ArgumentError(`${where}: stratify has ${stratify.length} labels, but the data set has ${length} samples.`);
  }
  const parts: number[][] = sizes.map(() => []);
  // Label after label, each sample goes to the part that lags most behind its share. So every run of samples, and with
  // it every label, is spread over the parts in proportion, and the sizes come out exactly.
  let seen = 0;
  for (const group of groups(order, stratify)) {
    for (const index of group) {
      seen++;
      let best = -1;
      let lag = -Infinity;
      sizes.forEach((size, part) => {
        const behind = (size * seen) / length - parts[part]!.length;
        if (parts[part]!.length < size && behind > lag) {
          best = part;
          lag = behind;
        }
      });
      parts[best]!.push(index);
    }
  }
  // Otherwise the parts would be sorted by label, which a loader without shuffle would hand on.
  if (!shuffle) return parts.map((part) => part.sort((a, b) => a - b));
  const rank = new Uint32Array(length);
  order.forEach((index, i) => (rank[index] = i));
  return parts.map((part) => part.sort((a, b) => rank[a]! - rank[b]!));
}

function groups(order: readonly number[], labels: ArrayLike<number> | ArrayLike<string>): number[][] {
  const byLabel = new Map<number | string, number[]>();
  for (const index of order) {
    const label = labels[index]!;
    const group = byLabel.get(label);
    if (group === undefined) byLabel.set(label, [index]);
    else group.push(index);
  }
  return [...byLabel.values()];
}
