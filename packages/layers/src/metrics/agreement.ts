/** Figures of a confusion matrix as a whole: balanced accuracy, Cohen's kappa, Matthews' correlation. */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { classified, countPairs, labelSet, type LabelOptions } from './labels';
import { sumOf, type MetricInput, type SampleWeights } from './read';

export interface BalancedAccuracyOptions extends SampleWeights {
  /** Whether to rescale so that chance is 0 and the best 1. Default false. */
  readonly adjusted?: boolean;
}

export interface CohenKappaOptions extends LabelOptions {
  /** How much a confusion counts by the distance of the classes: alike (default), |i - j| or (i - j)^2. */
  readonly weights?: 'none' | 'linear' | 'quadratic';
}

/**
 * The mean recall over the classes that occur among the targets, so that rare classes count as much as frequent ones.
 *
 * @param input predicted classes [samples], or scores [samples, classes].
 * @param target true classes [samples].
 * @example
 * ```ts
 * import { balancedAccuracy } from '@cotangent/layers';
 * console.log(await balancedAccuracy([0, 0, 0, 0], [0, 0, 0, 1])); // 0.5
 * ```
 */
export async function balancedAccuracy(input: MetricInput, target: MetricInput, options: BalancedAccuracyOptions = {}): Promise<number> {
  readOptions('balancedAccuracy', options, ['adjusted', 'sampleWeight']);
  const { rows, at } = await confusion('balancedAccuracy', input, target, options);
  const recalls = rows.flatMap((total, i) => (total === 0 ? [] : [at(i, i) / total]));
  const score = sumOf(recalls) / recalls.length;
  if (!options.adjusted) return score;
  const chance = 1 / recalls.length;
  return (score - chance) / (1 - chance);
}

/**
 * Cohen's kappa: how far two judges agree beyond chance, 1 for always and 0 for what chance would give. Cohen, 1960.
 *
 * @param input classes given by one judge [samples], or scores [samples, classes].
 * @param target classes given by the other [samples].
 * @returns NaN where chance agrees always: both judges know only one class.
 * @throws ArgumentError for other weights.
 * @example
 * ```ts
 * import { cohenKappa } from '@cotangent/layers';
 * console.log(await cohenKappa([0, 0, 1, 1], [0, 1, 1, 1])); // 0.5
 * ```
 */
export async function cohenKappa(input: MetricInput, target: MetricInput, options: CohenKappaOptions = {}): Promise<number> {
  const { weights = 'none' } = readOptions('cohenKappa', options, ['weights', 'labels', 'sampleWeight']);
  if (!['none', 'linear', 'quadratic'].includes(weights)) {
    throw new ArgumentError(`cohenKappa: weights are '${weights}'; expected 'none', 'linear' or 'quadratic'.`);
  }
  const { size, rows, columns, at } = await confusion('cohenKappa', input, target, options);
  const total = sumOf(rows);
  let seen = 0;
  let expected = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const distance = Math.abs(i - j);
      const weight = weights === 'none' ? Number(distance > 0) : weights === 'linear' ? distance : distance ** 2;
      seen += weight * at(i, j);
      expected += (weight * rows[i]! * columns[j]!) / total;
    }
  }
  return 1 - seen / expected;
}

/**
 * Matthews' correlation coefficient of predicted and true classes, from -1 to 1; for any number of classes (Gorodkin, 2004).
 *
 * @param input predicted classes [samples], or scores [samples, classes].
 * @param target true classes [samples].
 * @returns 0 where predictions or targets know only one class.
 * @example
 * ```ts
 * import { matthewsCorrelation } from '@cotangent/layers';
 * console.log(await matthewsCorrelation([1, 1, 0, 0], [1, 1, 1, 0])); // 0.5773...
 * ```
 */
export async function matthewsCorrelation(input: MetricInput, target: MetricInput, options: SampleWeights = {}): Promise<number> {
  readOptions('matthewsCorrelation', options, ['sampleWeight']);
  const { size, rows, columns, at } = await confusion('matthewsCorrelation', input, target, options);
  const total = sumOf(rows);
  let right = 0;
  for (let i = 0; i < size; i++) right += at(i, i);
  const products = (a: readonly number[], b: readonly number[]): number => sumOf(a.map((value, i) => value * b[i]!));
  const together = right * total - products(rows, columns);
  const apart = (total ** 2 - products(rows, rows)) * (total ** 2 - products(columns, columns));
  return apart === 0 ? 0 : together / Math.sqrt(apart);
}

/** A confusion matrix with its sums: rows of true classes, columns of predicted ones. */
interface Confusion {
  readonly size: number;
  readonly rows: number[];
  readonly columns: number[];
  readonly at: (row: number, column: number) => number;
}

async function confusion(metric: string, input: MetricInput, target: MetricInput, options: LabelOptions): Promise<Confusion> {
  const classes = await classified(metric, input, target, options);
  const labels = labelSet(metric, [classes.actual, classes.predicted], options.labels);
  const counts = countPairs(labels, classes);
  const size = labels.length;
  const at = (row: number, column: number): number => counts[row * size + column]!;
  const sums = (of: (i: number, j: number) => number): number[] => labels.map((_, i) => sumOf(labels.map((_label, j) => of(i, j))));
  return { size, at, rows: sums(at), columns: sums((i, j) => at(j, i)) };
}
