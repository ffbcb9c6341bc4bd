/** How good predicted probabilities and scores of classes are: log loss, Brier score, top-k accuracy. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { labelSet, positions, type LabelOptions } from './labels';
import { average, checkSamples, read, readWeights, rowsOf, type MetricInput, type SampleWeights } from './read';

export interface BrierOptions extends SampleWeights {
  /** The class that counts as positive. Default 1. */
  readonly posLabel?: number;
}

export interface TopKOptions extends LabelOptions {
  /** Default 2. */
  readonly k?: number;
}

/** Smallest probability that the logarithm is taken of. */
const EPS = 2 ** -52;

/** Scores with a column for each class, and the column of each true class. */
interface Scored {
  readonly rows: number;
  readonly columns: number;
  readonly scores: Float64Array;
  readonly truth: Int32Array;
  readonly weights: Float64Array | undefined;
}

/** Reads scores; a vector of scores is the second of two columns, the first of which `other` makes. */
async function scored(
  metric: string,
  input: MetricInput,
  target: MetricInput,
  options: LabelOptions,
  other: (score: number) => number,
): Promise<Scored> {
  const values = await read(metric, 'input', input);
  const classes = await read(metric, 'target', target);
  checkSamples(metric, values);
  const [rows, width] = rowsOf(metric, values);
  if (classes.shape.length !== 1 || classes.shape[0] !== rows) {
    throw new ShapeError(`${metric}: the input has shape ${show(values.shape)} and the target ${show(classes.shape)}; expected [${rows}].`);
  }
  const scores = width === 1 ? Float64Array.from([...values.data].flatMap((score) => [other(score), score])) : values.data;
  const columns = Math.max(width, 2);
  const occurring = labelSet(metric, [classes.data], options.labels);
  const labels = options.labels || occurring.length === columns ? occurring : countedFromZero(metric, occurring, columns);
  if (labels.length !== columns) {
    throw new ArgumentError(`${metric}: there are ${labels.length} labels for ${columns} columns of scores; expected as many.`);
  }
  const at = positions(labels);
  const truth = Int32Array.from(classes.data, (label) => {
    const column = at.get(label);
    if (column !== undefined) return column;
    throw new ArgumentError(`${metric}: the target has class ${label}, which is not among labels ${show(labels)}.`);
  });
  return { rows, columns, scores, truth, weights: await readWeights(metric, options.sampleWeight, rows) };
}

/** Columns stand for classes 0, 1, ... where not all classes occur. */
function countedFromZero(metric: string, occurring: readonly number[], columns: number): number[] {
  const outside = occurring.find((label) => !Number.isInteger(label) || label < 0 || label >= columns);
  if (outside !== undefined) {
    throw new ArgumentError(
      `${metric}: the target has class ${outside}, but the scores have ${columns} columns; expected classes 0 to ${columns - 1}. ` +
        'If they are named otherwise give labels, in the order of the columns.',
    );
  }
  return Array.from({ length: columns }, (_, c) => c);
}

/**
 * The mean of -log of the probability of the true class. Probabilities are cut at 2^-52 and made to sum to 1.
 *
 * @param input probabilities [samples, classes], or of the second of two classes [samples].
 * @param target true classes [samples].
 * @param options labels: the classes in the order of the columns. Default: those that occur, or 0, 1, ... where some do not.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { logLoss } from '@cotangent/layers';
 * console.log(await logLoss([[0.1, 0.9], [0.8, 0.2]], [1, 0])); // -(ln 0.9 + ln 0.8) / 2 = 0.1642...
 * ```
 */
export async function logLoss(input: MetricInput, target: MetricInput, options: LabelOptions = {}): Promise<number> {
  readOptions('logLoss', options, ['labels', 'sampleWeight']);
  const { rows, columns, scores, truth, weights } = await scored('logLoss', input, target, options, (p) => 1 - p);
  const wrong = scores.find((p) => p < 0 || p > 1);
  if (wrong !== undefined) throw new ArgumentError(`logLoss: the input has an element ${wrong}; expected probabilities from 0 to 1.`);
  const losses = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = scores.subarray(i * columns, (i + 1) * columns).map((p) => Math.min(Math.max(p, EPS), 1 - EPS));
    losses[i] = Math.log(row.reduce((a, b) => a + b, 0) / row[truth[i]!]!);
  }
  return average(losses, weights);
}

/**
 * The mean squared error of probabilities, from 0 to 1. Brier, 1950. With a column for each class the squares are summed over classes.
 *
 * @param input probabilities of the positive class [samples], or of each class [samples, classes].
 * @param target true classes [samples].
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { brierScore } from '@cotangent/layers';
 * console.log(await brierScore([0.9, 0.2], [1, 0])); // (0.1^2 + 0.2^2) / 2 = 0.025
 * ```
 */
export async function brierScore(input: MetricInput, target: MetricInput, options: BrierOptions = {}): Promise<number> {
  const { posLabel = 1 } = readOptions('brierScore', options, ['posLabel', 'sampleWeight']);
  const values = await read('brierScore', 'input', input);
  const [rows, columns] = rowsOf('brierScore', values);
  checkSamples('brierScore', values);
  const wrong = values.data.find((p) => p < 0 || p > 1);
  if (wrong !== undefined) throw new ArgumentError(`brierScore: the input has an element ${wrong}; expected probabilities from 0 to 1.`);
  if (columns > 1) {
    const { truth, weights, scores } = await scored('brierScore', input, target, options, (p) => 1 - p);
    const errors = Float64Array.from(truth, (right, i) =>
      scores.subarray(i * columns, (i + 1) * columns).reduce((sum, p, c) => sum + (p - Number(c === right)) ** 2, 0));
    return average(errors, weights);
  }
  const { shape, data } = await read('brierScore', 'target', target);
  if (data.length !== rows) {
    throw new ShapeError(`brierScore: the input has shape ${show(values.shape)} and the target ${show(shape)}; expected [${rows}].`);
  }
  const errors = values.data.map((p, i) => (p - Number(data[i] === posLabel)) ** 2);
  return average(errors, await readWeights('brierScore', options.sampleWeight, rows));
}

/**
 * The share of samples whose true class is among the k highest scores. Of equal scores those of later classes come first.
 *
 * @param input scores [samples, classes], or of the second of two classes [samples]: above 0.5 it is chosen, where all scores lie between 0
 *   and 1, or else above 0.
 * @param target true classes [samples].
 * @param options labels: the classes in the order of the columns. Default: those that occur, or 0, 1, ... where some do not.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { topKAccuracy } from '@cotangent/layers';
 * console.log(await topKAccuracy([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], [1, 2])); // 0.5
 * ```
 */
export async function topKAccuracy(input: MetricInput, target: MetricInput, options: TopKOptions = {}): Promise<number> {
  const k = checkWhole('topKAccuracy', 'k', readOptions('topKAccuracy', options, ['k', 'labels', 'sampleWeight']).k ?? 2, 1);
  const given = (await read('topKAccuracy', 'input', input)).data;
  const threshold = given.every((score) => score >= 0 && score <= 1) ? 0.5 : 0;
  // Of a single score the other class stands at the threshold, and wins where they are equal.
  const { rows, columns, scores, truth, weights } = await scored('topKAccuracy', input, target, options, () => threshold);
  const single = given.length === rows;
  const hits = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = scores.subarray(i * columns, (i + 1) * columns);
    const right = truth[i]!;
    const before = row.reduce((n, score, c) => n + Number(ranksBefore(score, c, row[right]!, right, single)), 0);
    hits[i] = Number(before < k);
  }
  return average(hits, weights);
}

function ranksBefore(score: number, c: number, own: number, right: number, earlierFirst: boolean): boolean {
  return score > own || (score === own && (earlierFirst ? c < right : c > right));
}
