/** Areas below ROC and precision-recall curves, for two classes, several classes and sets of labels. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { accumulate, areaUnderCurve, cumulative, precisionRecallOf, ratesOf, type Cumulative, type CurveOptions } from './curves';
import { labelSet } from './labels';
import { average as mean, read, readWeights, type MetricInput, type SampleWeights, type Values } from './read';

export interface AreaOptions extends SampleWeights {
  /** The class that counts as positive, of two. Default 1. */
  readonly posLabel?: number;
  /**
   * For several columns: the mean over columns ('macro', default), weighted by how often each is true ('weighted'), or all decisions
   * together ('micro').
   */
  readonly average?: 'macro' | 'weighted' | 'micro';
  /** The classes in the order of the columns. Default: those that occur. */
  readonly labels?: readonly number[];
}

export interface RocAucOptions extends AreaOptions {
  /** For several classes: each against the rest (default), or each pair. Hand and Till, 2001. */
  readonly multiClass?: 'ovr' | 'ovo';
  /** For two classes: the area up to this rate of false positives only, rescaled so that chance is 0.5. McClish, 1989. */
  readonly maxFalsePositiveRate?: number;
}

/**
 * The area below the ROC curve: the probability that a positive sample scores higher than a negative one, equal scores counting half.
 *
 * @param score [samples] for two classes; [samples, classes] for several, probabilities that sum to 1; [samples, labels] for sets of
 *   labels.
 * @param target true classes [samples], or sets of labels as rows of 0 and 1.
 * @returns NaN where a class has no positives or no negatives.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { rocAuc } from '@cotangent/layers';
 * console.log(await rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])); // 0.75
 * ```
 */
export async function rocAuc(score: MetricInput, target: MetricInput, options: RocAucOptions = {}): Promise<number> {
  const scores = await read('rocAuc', 'score', score);
  readOptions('rocAuc', options, ['multiClass', 'maxFalsePositiveRate', 'posLabel', 'average', 'labels', 'sampleWeight']);
  const { maxFalsePositiveRate: limit, multiClass = 'ovr' } = options;
  if (limit !== undefined && !(limit > 0 && limit <= 1)) {
    throw new ArgumentError(`rocAuc: maxFalsePositiveRate is ${limit}; expected a number above 0 and up to 1.`);
  }
  if (scores.shape.length === 1) return areaOf(await cumulative('rocAuc', score, target, options), limit);
  if (limit !== undefined && limit < 1) throw new ArgumentError('rocAuc: maxFalsePositiveRate is for two classes; leave it out.');
  const columns = await columnsOf('rocAuc', scores, target, options);
  if (columns.classes === undefined || multiClass === 'ovr') return overColumns('rocAuc', columns, options.average, (sums) => areaOf(sums));
  if (options.average === 'micro' || options.sampleWeight !== undefined) {
    throw new ArgumentError("rocAuc: multiClass 'ovo' knows neither average 'micro' nor sampleWeight; use 'ovr'.");
  }
  return overPairs(columns, columns.classes, options.average === 'weighted');
}

/** The area below a ROC curve, of all or of its beginning. */
function areaOf(sums: Cumulative, limit = 1): number {
  const { falsePositiveRate: x, truePositiveRate: y } = ratesOf(sums);
  if (x.some(Number.isNaN) || y.some(Number.isNaN)) return NaN;
  if (limit === 1) return areaUnderCurve(x, y);
  const stop = x.findIndex((rate) => rate > limit);
  const [before, after] = [x[stop - 1]!, x[stop]!];
  const end = y[stop - 1]! + ((y[stop]! - y[stop - 1]!) * (limit - before)) / (after - before);
  const area = areaUnderCurve([...x.slice(0, stop), limit], [...y.slice(0, stop), end]);
  const chance = limit ** 2 / 2;
  return 0.5 * (1 + (area - chance) / (limit - chance));
}

/**
 * Average precision: precisions at all thresholds, each counting as much as recall rises there. Not interpolated.
 *
 * @param score [samples] for two classes; [samples, classes] for several, each against the rest; [samples, labels] for sets of labels.
 * @param target true classes [samples], or sets of labels as rows of 0 and 1.
 * @returns 0 for a class without positives.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { averagePrecision } from '@cotangent/layers';
 * console.log(await averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])); // 0.8333...
 * ```
 */
export async function averagePrecision(score: MetricInput, target: MetricInput, options: AreaOptions = {}): Promise<number> {
  readOptions('averagePrecision', options, ['posLabel', 'average', 'labels', 'sampleWeight']);
  const scores = await read('averagePrecision', 'score', score);
  if (scores.shape.length === 1) return precisionOf(await cumulative('averagePrecision', score, target, options satisfies CurveOptions));
  return overColumns('averagePrecision', await columnsOf('averagePrecision', scores, target, options), options.average, precisionOf);
}

function precisionOf(sums: Cumulative): number {
  if ((sums.truePositives.at(-1) ?? 0) === 0) return 0;
  const { precision, recall } = precisionRecallOf(sums);
  return recall.slice(1).reduce((sum, next, i) => sum + (recall[i]! - next) * precision[i]!, 0);
}

/** Scores and truth by column. */
interface Columns {
  readonly scores: readonly Float64Array[];
  readonly positive: readonly boolean[][];
  /** The column of each sample's class; undefined for sets of labels. */
  readonly classes: readonly number[] | undefined;
  readonly weights: Float64Array | undefined;
}

async function columnsOf(metric: string, scores: Values, target: MetricInput, options: AreaOptions): Promise<Columns> {
  const truth = await read(metric, 'target', target);
  const [rows = 0, width = 0] = scores.shape;
  const sets = truth.shape.length === 2;
  const fits = truth.shape[0] === rows && (sets ? truth.shape[1] === width : truth.shape.length === 1);
  if (scores.shape.length !== 2 || rows * width === 0 || !fits) {
    throw new ShapeError(
      `${metric}: the score has shape ${show(scores.shape)} and the target ${show(truth.shape)}; ` +
        'expected [samples, classes] and [samples], or twice [samples, labels].',
    );
  }
  const indices = Array.from({ length: width }, (_, c) => c);
  const column = (c: number): Float64Array => Float64Array.from({ length: rows }, (_, i) => scores.data[i * width + c]!);
  const weights = await readWeights(metric, options.sampleWeight, rows);
  const common = { scores: indices.map(column), weights };
  if (sets) {
    const member = (c: number): boolean[] => Array.from({ length: rows }, (_, i) => truth.data[i * width + c] === 1);
    return { ...common, classes: undefined, positive: indices.map(member) };
  }
  const labels = labelSet(metric, [truth.data], options.labels);
  const classes = Array.from(truth.data, (label) => labels.indexOf(label));
  if (labels.length !== width || classes.includes(-1)) {
    throw new ArgumentError(
      `${metric}: the classes are ${show(labels)}, but the score has ${width} columns; expected a column for each. ` +
        'Give labels, in the order of the columns, where some classes do not occur.',
    );
  }
  return { ...common, classes, positive: indices.map((c) => classes.map((k) => k === c)) };
}

function overColumns(metric: string, columns: Columns, how: AreaOptions['average'], area: (sums: Cumulative) => number): number {
  const { scores, positive, weights } = columns;
  if (how === 'micro') {
    const all = Float64Array.from(scores.flatMap((column) => [...column]));
    return area(accumulate(metric, all, positive.flat(), weights && scores.flatMap(() => [...weights])));
  }
  const areas = scores.map((column, c) => area(accumulate(metric, column, positive[c]!, weights)));
  if (how !== 'weighted') return mean(areas);
  return mean(areas, positive.map((column) => column.reduce((sum, is, i) => sum + (is ? (weights?.[i] ?? 1) : 0), 0)));
}

/** The mean over pairs of classes of the area of one against the other, both ways. */
function overPairs({ scores, positive }: Columns, classes: readonly number[], weighted: boolean): number {
  const areas: number[] = [];
  const shares: number[] = [];
  for (let a = 0; a < scores.length; a++) {
    for (let b = a + 1; b < scores.length; b++) {
      const members = classes.flatMap((k, i) => (k === a || k === b ? [i] : []));
      const ofClass = (c: number): number =>
        areaOf(accumulate('rocAuc', Float64Array.from(members, (i) => scores[c]![i]!), members.map((i) => positive[c]![i]!)));
      areas.push((ofClass(a) + ofClass(b)) / 2);
      shares.push(members.length / classes.length);
    }
  }
  return mean(areas, weighted ? shares : undefined);
}
