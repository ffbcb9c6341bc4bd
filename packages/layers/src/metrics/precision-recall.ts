/** Precision, recall and what is made of them. */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { AVERAGE_OPTIONS, averaged, groupsOf, ratios, type Average, type Averaged, type AverageOptions, type Groups } from './averaging';
import type { MetricInput } from './read';

export interface FscoreOptions<A extends Average = Average> extends AverageOptions<A> {
  /** How much more recall counts than precision. Default 1. */
  readonly beta?: number;
}

const FSCORE_OPTIONS = ['beta', ...AVERAGE_OPTIONS] as const;

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
  readOptions('precisionRecallFscore', options, FSCORE_OPTIONS);
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

/** A figure of every label, averaged as the options say. */
async function oneScore<A extends Average>(
  metric: string,
  input: MetricInput,
  target: MetricInput,
  options: AverageOptions<A>,
  ofLabels: (groups: Groups, zeroDivision: number) => Float64Array,
): Promise<Averaged<A>> {
  const groups = await groupsOf(metric, input, target, options);
  return averaged((options.average ?? 'binary') as A, ofLabels(groups, options.zeroDivision ?? 0), groups.weights);
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
  const name = 'precision';
  return oneScore(name, input, target, readOptions(name, options, AVERAGE_OPTIONS), ({ hits, predicted }, zeroDivision) =>
    ratios(hits, predicted, zeroDivision),
  );
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
  const name = 'recall';
  return oneScore(name, input, target, readOptions(name, options, AVERAGE_OPTIONS), ({ hits, actual }, zeroDivision) =>
    ratios(hits, actual, zeroDivision),
  );
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
  const name = 'fbetaScore';
  const given: FscoreOptions<A> = readOptions(name, options, FSCORE_OPTIONS);
  return oneScore(name, input, target, given, (groups, zeroDivision) => fscores(groups, checkBeta(name, given.beta ?? 1), zeroDivision));
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
  const name = 'f1Score';
  return oneScore(name, input, target, readOptions(name, options, AVERAGE_OPTIONS), (groups, zeroDivision) =>
    fscores(groups, 1, zeroDivision),
  );
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
  const name = 'jaccardScore';
  return oneScore(name, input, target, readOptions(name, options, AVERAGE_OPTIONS), ({ hits, predicted, actual }, zeroDivision) =>
    ratios(hits, hits.map((both, i) => actual[i]! + predicted[i]! - both), zeroDivision),
  );
}
