/** Precision, recall and what is made of them. */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { AVERAGE_OPTIONS, averaged, groupsOf, ratios, type Average, type Averaged, type AverageOptions, type Groups } from './averaging';
import type { MetricInput } from './read';

export interface FscoreOptions<A extends Average = Average> extends AverageOptions<A> {
  /** How much more recall counts than precision. Default 1. */
  readonly beta?: number;
}

/** Scores of a classifier; lists with average 'none'. */
export interface Fscores<A extends Average> {
  /** Of what was predicted, how much is true. */
  readonly precision: Averaged<A>;
  /** Of what is true, how much was predicted. */
  readonly recall: Averaged<A>;
  /** (1 + beta^2) precision recall / (beta^2 precision + recall). */
  readonly fscore: Averaged<A>;
  /** How often each label is true, with average 'none'; else the sum. */
  readonly support: Averaged<A>;
}

/**
 * Precision, recall and F-score, computed on the host in doubles.
 *
 * @param input predicted classes [samples], or scores [samples, classes] as a tensor or as rows of numbers.
 * @param target true classes [samples].
 * @throws ShapeError, DTypeError or ArgumentError for what does not fit, such as more than two classes with average 'binary'.
 * @example
 * ```ts
 * import { precisionRecallFscore } from '@cotangent/layers';
 * const scores = await precisionRecallFscore([1, 1, 0, 0], [1, 0, 1, 0]);
 * console.log(scores.precision, scores.recall, scores.fscore); // 0.5 0.5 0.5
 * ```
 */
export async function precisionRecallFscore<A extends Average = 'binary'>(
  input: MetricInput,
  target: MetricInput,
  options: FscoreOptions<A> = {},
): Promise<Fscores<A>> {
  readOptions('precisionRecallFscore', options, ['beta', 'average', 'posLabel', 'multilabel', 'zeroDivision', 'labels', 'sampleWeight']);
  const { zeroDivision = 0 } = options;
  const beta = checkBeta('precisionRecallFscore', options.beta ?? 1);
  const average = (options.average ?? 'binary') as A;
  const groups = await groupsOf('precisionRecallFscore', input, target, options);
  const mean = (values: Float64Array): Averaged<A> => averaged(average, values, groups.weights);
  return {
    precision: mean(ratios(groups.hits, groups.predicted, zeroDivision)),
    recall: mean(ratios(groups.hits, groups.actual, zeroDivision)),
    fscore: mean(fscores(groups, beta, zeroDivision)),
    support: (average === 'none' ? Array.from(groups.actual) : groups.actual.reduce((a, b) => a + b, 0)) as Averaged<A>,
  };
}

/** In terms of counts, so that 0/0 is only where a label is neither predicted nor true. */
function fscores({ hits, predicted, actual }: Groups, beta: number, zeroDivision: number): Float64Array {
  if (beta === Infinity) return ratios(hits, actual, zeroDivision);
  const square = beta ** 2;
  const below = actual.map((count, i) => square * count + predicted[i]!);
  return ratios(hits.map((count) => (1 + square) * count), below, zeroDivision);
}

function checkBeta(metric: string, beta: number): number {
  if (!(beta >= 0)) throw new ArgumentError(`${metric}: beta is ${beta}; expected a number >= 0.`);
  return beta;
}

/**
 * Of what was predicted, how much is true: TP / (TP + FP).
 *
 * @example
 * ```ts
 * import { precision } from '@cotangent/layers';
 * console.log(await precision([1, 1, 0], [1, 0, 0])); // 0.5
 * ```
 */
export async function precision<A extends Average = 'binary'>(
  input: MetricInput,
  target: MetricInput,
  options: AverageOptions<A> = {},
): Promise<Averaged<A>> {
  const groups = await groupsOf('precision', input, target, readOptions('precision', options, AVERAGE_OPTIONS));
  const values = ratios(groups.hits, groups.predicted, options.zeroDivision ?? 0);
  return averaged((options.average ?? 'binary') as A, values, groups.weights);
}

/**
 * Of what is true, how much was predicted: TP / (TP + FN).
 *
 * @example
 * ```ts
 * import { recall } from '@cotangent/layers';
 * console.log(await recall([1, 0, 0], [1, 1, 0])); // 0.5
 * ```
 */
export async function recall<A extends Average = 'binary'>(
  input: MetricInput,
  target: MetricInput,
  options: AverageOptions<A> = {},
): Promise<Averaged<A>> {
  const groups = await groupsOf('recall', input, target, readOptions('recall', options, AVERAGE_OPTIONS));
  const values = ratios(groups.hits, groups.actual, options.zeroDivision ?? 0);
  return averaged((options.average ?? 'binary') as A, values, groups.weights);
}

/**
 * The harmonic mean of precision and recall, in which recall counts beta times as much (van Rijsbergen, 1979).
 *
 * @example
 * ```ts
 * import { fbetaScore } from '@cotangent/layers';
 * console.log(await fbetaScore([1, 0, 0], [1, 1, 0], { beta: 2 })); // 5 / 9
 * ```
 */
export async function fbetaScore<A extends Average = 'binary'>(
  input: MetricInput,
  target: MetricInput,
  options: FscoreOptions<A> & { readonly beta: number },
): Promise<Averaged<A>> {
  readOptions('fbetaScore', options, ['beta', 'average', 'posLabel', 'multilabel', 'zeroDivision', 'labels', 'sampleWeight']);
  return oneScore('fbetaScore', input, target, options);
}

async function oneScore<A extends Average>(
  metric: string,
  input: MetricInput,
  target: MetricInput,
  options: FscoreOptions<A>,
): Promise<Averaged<A>> {
  const groups = await groupsOf(metric, input, target, options);
  const values = fscores(groups, checkBeta(metric, options.beta ?? 1), options.zeroDivision ?? 0);
  return averaged((options.average ?? 'binary') as A, values, groups.weights);
}

/**
 * The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).
 *
 * @example
 * ```ts
 * import { f1Score } from '@cotangent/layers';
 * console.log(await f1Score([0, 2, 1, 2], [0, 1, 1, 2], { average: 'macro' })); // (1 + 2/3 + 2/3) / 3
 * ```
 */
export async function f1Score<A extends Average = 'binary'>(
  input: MetricInput,
  target: MetricInput,
  options: AverageOptions<A> = {},
): Promise<Averaged<A>> {
  return oneScore('f1Score', input, target, readOptions('f1Score', options, AVERAGE_OPTIONS));
}

/**
 * Jaccard's index of predicted and true sets, TP / (TP + FP + FN): intersection over union.
 *
 * @example
 * ```ts
 * import { jaccardScore } from '@cotangent/layers';
 * console.log(await jaccardScore([1, 1, 0], [1, 0, 0])); // 0.5
 * ```
 */
export async function jaccardScore<A extends Average = 'binary'>(
  input: MetricInput,
  target: MetricInput,
  options: AverageOptions<A> = {},
): Promise<Averaged<A>> {
  const groups = await groupsOf('jaccardScore', input, target, readOptions('jaccardScore', options, AVERAGE_OPTIONS));
  const union = groups.hits.map((hits, i) => groups.actual[i]! + groups.predicted[i]! - hits);
  const values = ratios(groups.hits, union, options.zeroDivision ?? 0);
  return averaged((options.average ?? 'binary') as A, values, groups.weights);
}
