/** The same training on several parts of the data: cross-validation and learning curves. */
import { ArgumentError } from '@cotangent/tensor';

/** Figures of a run by name, such as { accuracy: 0.93 }. */
export type Figures = Readonly<Record<string, number>>;

/** Figures of several runs. */
export interface RunSummary<F extends Figures> {
  readonly runs: readonly F[];
  readonly mean: F;
  /** The standard deviation over the runs, dividing by their number - 1; NaN for a single run. */
  readonly deviation: F;
}

/** Figures at one size of the training data. */
export interface LearningPoint<F extends Figures> extends RunSummary<F> {
  readonly size: number;
}

/**
 * Trains once for each fold and sums up the figures.
 *
 * @param folds for example of `kFold` in `@cotangent/data`.
 * @param run trains a new model on one fold and measures it on the other part.
 * @throws ArgumentError without folds, or when runs give figures of other names.
 * @example
 * ```ts
 * import { crossValidate } from '@cotangent/train';
 * const folds = [{ train: [1, 2], validation: [3] }, { train: [1, 3], validation: [2] }];
 * const { mean } = await crossValidate(folds, ({ train, validation }) => {
 *   const guess = train.reduce((a, b) => a + b) / train.length;
 *   return { error: Math.abs(guess - validation[0]!) };
 * });
 * console.log(mean.error); // (1.5 + 0) / 2 = 0.75
 * ```
 */
export async function crossValidate<T, F extends Figures>(
  folds: readonly T[],
  run: (fold: T, index: number) => F | Promise<F>,
): Promise<RunSummary<F>> {
  if (folds.length === 0) throw new ArgumentError('crossValidate: there are no folds; expected at least one.');
  const runs: F[] = [];
  for (const [index, fold] of folds.entries()) runs.push(await run(fold, index));
  return summarise('crossValidate', runs);
}

/**
 * Cross-validation with training data of several sizes. Figures of training and validation that meet at a low level ask for a larger model;
 * a gap between them asks for more data or regularisation.
 *
 * @param sizes how many training samples, one run of all folds each.
 * @param run trains a new model on so many samples of the fold and measures it.
 * @throws ArgumentError without sizes or folds, or when runs give figures of other names.
 * @example
 * ```ts
 * import { learningCurve } from '@cotangent/train';
 * const points = await learningCurve([1, 2], [{ train: [1, 5], validation: [3] }], ({ train, validation }, size) => {
 *   const guess = train.slice(0, size).reduce((a, b) => a + b) / size;
 *   return { error: Math.abs(guess - validation[0]!) };
 * });
 * console.log(points.map((point) => point.mean.error)); // [2, 0]
 * ```
 */
export async function learningCurve<T, F extends Figures>(
  sizes: readonly number[],
  folds: readonly T[],
  run: (fold: T, size: number, index: number) => F | Promise<F>,
): Promise<LearningPoint<F>[]> {
  if (sizes.length === 0) throw new ArgumentError('learningCurve: there are no sizes; expected at least one.');
  const wrong = sizes.find((size) => !Number.isInteger(size) || size < 1);
  if (wrong !== undefined) throw new ArgumentError(`learningCurve: a size is ${wrong}; expected whole numbers of at least 1.`);
  const points: LearningPoint<F>[] = [];
  for (const size of sizes) points.push({ size, ...(await crossValidate(folds, (fold, index) => run(fold, size, index))) });
  return points;
}

function summarise<F extends Figures>(where: string, runs: readonly F[]): RunSummary<F> {
  const names = Object.keys(runs[0]!);
  const other = runs.find((run) => Object.keys(run).length !== names.length || !names.every((name) => Object.hasOwn(run, name)));
  if (other) {
    throw new ArgumentError(`${where}: runs gave ${names.join(', ')} and ${Object.keys(other).join(', ')}; expected figures of the same names.`);
  }
  const values = (name: string): number[] => runs.map((run) => run[name]!);
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
  const deviation = (list: readonly number[]): number => {
    const center = mean(list);
    return Math.sqrt(list.reduce((sum, value) => sum + (value - center) ** 2, 0) / (list.length - 1 || NaN));
  };
  const each = (of: (list: readonly number[]) => number): F => Object.fromEntries(names.map((name) => [name, of(values(name))])) as F;
  return { runs, mean: each(mean), deviation: each(deviation) };
}
