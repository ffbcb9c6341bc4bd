/** Scores of each label (or sample) as one number. */
import { ArgumentError } from '@cotangent/tensor';
import { classified, countLabels, countSets, labelSet, type Classified, type Hits, type LabelOptions } from './labels';
import { sumOf, type MetricInput } from './read';

/**
 * 'binary': the score of `posLabel`, of two classes. 'micro': of all decisions together. 'macro': the mean over labels. 'weighted': the
 * mean over labels, each counting as often as it is true. 'samples': the mean over samples, for sets of labels. 'none': one for each label.
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'samples' | 'none';

export interface AverageOptions<A extends Average = Average> extends LabelOptions {
  /** Default 'binary'. */
  readonly average?: A;
  /** The class that counts as positive for 'binary'. Default 1. */
  readonly posLabel?: number;
  /** Whether inputs and targets are sets of labels: rows of 0 and 1, a column for each label. Default: only for 'samples'. */
  readonly multilabel?: boolean;
  /** What 0/0 is; NaN leaves it out of the mean. Default 0. */
  readonly zeroDivision?: number;
}

export const AVERAGE_OPTIONS = ['average', 'posLabel', 'multilabel', 'zeroDivision', 'labels', 'sampleWeight'] as const;

/** One number, or one for each label. */
export type Averaged<A extends Average> = A extends 'none' ? number[] : number;

/** What is to be averaged, and with which weights. */
export interface Groups extends Hits {
  readonly weights: Float64Array | undefined;
}

/** Reads the inputs and counts as the average wants. */
export async function groupsOf(metric: string, input: MetricInput, target: MetricInput, options: AverageOptions): Promise<Groups> {
  const { average = 'binary', multilabel = average === 'samples' } = options;
  if (!['binary', 'micro', 'macro', 'weighted', 'samples', 'none'].includes(average)) {
    throw new ArgumentError(
      `${metric}: average is '${average}'; expected 'binary', 'micro', 'macro', 'weighted', 'samples' or 'none'.`,
    );
  }
  if (multilabel) {
    if (average === 'binary') throw new ArgumentError(`${metric}: average 'binary' is for classes; give another for sets of labels.`);
    const sets = await countSets(metric, input, target, { ...options, by: average === 'samples' ? 'sample' : 'label' });
    return average === 'samples' ? sets : gather(average, sets);
  }
  if (average === 'samples') throw new ArgumentError(`${metric}: average 'samples' is for sets of labels; leave multilabel out.`);
  const classes = await classified(metric, input, target, options);
  const labels =
    average === 'binary'
      ? [positive(metric, classes, options)]
      : labelSet(metric, [classes.actual, classes.predicted], options.labels);
  return gather(average, countLabels(labels, classes));
}

/** The positive class, of at most two. */
function positive(metric: string, classes: Classified, options: AverageOptions): number {
  const { posLabel = 1 } = options;
  const present = labelSet(metric, [classes.actual, classes.predicted]);
  if (present.length > 2 || (present.length === 2 && !present.includes(posLabel))) {
    throw new ArgumentError(
      `${metric}: the classes are ${present.join(', ')}; average 'binary' expects two, ${posLabel} (posLabel) among them. ` +
        "Give average: 'macro', 'micro', 'weighted' or 'none'.",
    );
  }
  return posLabel;
}

function gather(average: Average, { hits, predicted, actual }: Hits): Groups {
  if (average === 'micro') {
    const [h, p, a] = [hits, predicted, actual].map((counts) => Float64Array.of(sumOf(counts)));
    return { hits: h!, predicted: p!, actual: a!, weights: undefined };
  }
  return { hits, predicted, actual, weights: average === 'weighted' ? actual : undefined };
}

/** A ratio of each group; 0/0 is `zeroDivision`. */
export function ratios(above: Float64Array, below: Float64Array, zeroDivision: number): Float64Array {
  return above.map((value, i) => (below[i] === 0 ? zeroDivision : value / below[i]!));
}

/** The ratios as they are, or their mean; NaN does not count. */
export function averaged<A extends Average>(average: A, values: Float64Array, weights: Float64Array | undefined): Averaged<A> {
  if (average === 'none') return Array.from(values) as Averaged<A>;
  let sum = 0;
  let total = 0;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const weight = weights?.[i] ?? 1;
    sum += weight * value;
    total += weight;
  });
  return (total === 0 ? plain(values) : sum / total) as Averaged<A>;
}

/** Without any weight all count alike, so that no true label at all gives what 0/0 is. */
function plain(values: Float64Array): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? NaN : sumOf(numbers) / numbers.length;
}
