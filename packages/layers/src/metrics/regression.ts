/** Errors and scores of regression. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { average, checkSamples, readPair, readWeights, type MetricInput, type SampleWeights } from './read';

export interface RegressionOptions<M extends Outputs = Outputs> extends SampleWeights {
  /** What becomes of the figures of several outputs: their mean (default), or a list. */
  readonly outputs?: M;
}

const REGRESSION_OPTIONS = ['outputs', 'sampleWeight'] as const;

/** 'mean' over the outputs, or 'each' of them. */
export type Outputs = 'mean' | 'each';

/** One number, or one for each output. */
export type PerOutput<M extends Outputs> = M extends 'each' ? number[] : number;

/** Predictions and targets of one output. */
interface Column {
  readonly predicted: Float64Array;
  readonly actual: Float64Array;
  readonly weights: Float64Array | undefined;
}

async function overOutputs<M extends Outputs>(
  metric: string,
  input: MetricInput,
  target: MetricInput,
  options: RegressionOptions<M>,
  figure: (column: Column) => number,
  finish: (mean: number) => number = (mean) => mean,
): Promise<PerOutput<M>> {
  const [a, b] = await readPair(metric, input, target);
  checkSamples(metric, a);
  if (a.shape.length > 2) {
    throw new ShapeError(`${metric}: the input has shape ${show(a.shape)}; expected [samples] or [samples, outputs].`);
  }
  const [rows = 1, width = 1] = a.shape;
  const weights = await readWeights(metric, options.sampleWeight, rows);
  const column = (data: Float64Array, c: number): Float64Array => Float64Array.from({ length: rows }, (_, i) => data[i * width + c]!);
  const figures = Array.from({ length: width }, (_, c) =>
    finish(figure({ predicted: column(a.data, c), actual: column(b.data, c), weights })));
  return (options.outputs === 'each' ? figures : average(figures)) as PerOutput<M>;
}

/** The weighted mean of a function of prediction and target. */
function meanOver(of: (predicted: number, actual: number) => number): (column: Column) => number {
  return ({ predicted, actual, weights }) => average(predicted.map((p, i) => of(p, actual[i]!)), weights);
}

const squaredError = meanOver((p, t) => (p - t) ** 2);

/**
 * The mean of squared errors.
 *
 * @param input predictions [samples] or [samples, outputs].
 * @param target of the same shape.
 * @throws ShapeError for what does not fit.
 * @example
 * ```ts
 * import { meanSquaredError } from '@cotangent/layers';
 * console.log(await meanSquaredError([1, 2], [1, 4])); // 2
 * ```
 */
export async function meanSquaredError<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  return overOutputs('meanSquaredError', input, target, readOptions('meanSquaredError', options, REGRESSION_OPTIONS), squaredError);
}

/**
 * The root of the mean of squared errors, of each output.
 *
 * @example
 * ```ts
 * import { rootMeanSquaredError } from '@cotangent/layers';
 * console.log(await rootMeanSquaredError([1, 2], [4, 6])); // 3.5355...
 * ```
 */
export async function rootMeanSquaredError<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  readOptions('rootMeanSquaredError', options, REGRESSION_OPTIONS);
  return overOutputs('rootMeanSquaredError', input, target, options, squaredError, Math.sqrt);
}

/**
 * The mean of absolute errors.
 *
 * @example
 * ```ts
 * import { meanAbsoluteError } from '@cotangent/layers';
 * console.log(await meanAbsoluteError([1, 2], [1, 4])); // 1
 * ```
 */
export async function meanAbsoluteError<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  readOptions('meanAbsoluteError', options, REGRESSION_OPTIONS);
  return overOutputs('meanAbsoluteError', input, target, options, meanOver((p, t) => Math.abs(p - t)));
}

/** Below this a target counts as it, where errors are divided by targets. */
const SMALLEST = 2 ** -52;

/**
 * The mean of |error| / |target|, as a share (not in percent). Enormous where a target is 0.
 *
 * @example
 * ```ts
 * import { meanAbsolutePercentageError } from '@cotangent/layers';
 * console.log(await meanAbsolutePercentageError([1, 2], [1, 4])); // 0.25
 * ```
 */
export async function meanAbsolutePercentageError<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  const relative = meanOver((p, t) => Math.abs(p - t) / Math.max(Math.abs(t), SMALLEST));
  readOptions('meanAbsolutePercentageError', options, REGRESSION_OPTIONS);
  return overOutputs('meanAbsolutePercentageError', input, target, options, relative);
}

/**
 * The mean of (log(1 + prediction) - log(1 + target))^2.
 *
 * @throws ArgumentError for numbers of -1 or less.
 * @example
 * ```ts
 * import { meanSquaredLogError } from '@cotangent/layers';
 * console.log(await meanSquaredLogError([1], [3])); // (ln 2)^2 = 0.4804...
 * ```
 */
export async function meanSquaredLogError<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  const squared = meanOver((p, t) => (logOf(p) - logOf(t)) ** 2);
  return overOutputs('meanSquaredLogError', input, target, readOptions('meanSquaredLogError', options, REGRESSION_OPTIONS), squared);
}

function logOf(value: number): number {
  if (!(value > -1)) throw new ArgumentError(`meanSquaredLogError: there is an element ${value}; expected numbers above -1.`);
  return Math.log1p(value);
}

/**
 * The median of absolute errors; with weights the error that half of the weight lies below and half above.
 *
 * @example
 * ```ts
 * import { medianAbsoluteError } from '@cotangent/layers';
 * console.log(await medianAbsoluteError([1, 2, 3], [1, 4, 13])); // 2
 * ```
 */
export async function medianAbsoluteError<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  readOptions('medianAbsoluteError', options, REGRESSION_OPTIONS);
  return overOutputs('medianAbsoluteError', input, target, options, ({ predicted, actual, weights }) => {
    const errors = predicted.map((p, i) => Math.abs(p - actual[i]!));
    return weights ? weightedMedian(errors, weights) : median(errors);
  });
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function weightedMedian(values: Float64Array, weights: Float64Array): number {
  const order = Array.from(values.keys()).filter((i) => weights[i]! > 0);
  order.sort((a, b) => values[a]! - values[b]!);
  const half = weights.reduce((a, b) => a + b, 0) / 2;
  let sum = 0;
  for (const [rank, i] of order.entries()) {
    sum += weights[i]!;
    if (sum > half || rank === order.length - 1) return values[i]!;
    if (sum === half) return (values[i]! + values[order[rank + 1]!]!) / 2;
  }
  return NaN;
}

/**
 * The largest absolute error of one output.
 *
 * @throws ShapeError for what does not fit.
 * @example
 * ```ts
 * import { maxError } from '@cotangent/layers';
 * console.log(await maxError([1, 2], [1, 4])); // 2
 * ```
 */
export async function maxError(input: MetricInput, target: MetricInput): Promise<number> {
  return overOutputs<'mean'>('maxError', input, target, {}, ({ predicted, actual }) =>
    predicted.reduce((worst, p, i) => Math.max(worst, Math.abs(p - actual[i]!)), 0));
}

/**
 * The coefficient of determination, 1 - sum of squared errors / sum of squared deviations of the targets from their mean: 1 for a perfect
 * prediction, 0 for one no better than the mean. Of constant targets it is 1 if they are met exactly and else 0.
 *
 * @returns NaN for a single sample.
 * @throws ShapeError for what does not fit.
 * @example
 * ```ts
 * import { r2Score } from '@cotangent/layers';
 * console.log(await r2Score([2.5, 0, 2, 8], [3, -0.5, 2, 7])); // 0.9486...
 * ```
 */
export async function r2Score<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  readOptions('r2Score', options, REGRESSION_OPTIONS);
  return overOutputs('r2Score', input, target, options, (column) => explained('r2Score', column));
}

/**
 * As `r2Score`, but with the variance of the errors, so that an error that is always the same does not count.
 *
 * @throws ShapeError for what does not fit.
 * @example
 * ```ts
 * import { explainedVariance } from '@cotangent/layers';
 * console.log(await explainedVariance([2, 3, 4], [1, 2, 3])); // 1
 * ```
 */
export async function explainedVariance<M extends Outputs = 'mean'>(
  input: MetricInput, target: MetricInput, options: RegressionOptions<M> = {},
): Promise<PerOutput<M>> {
  readOptions('explainedVariance', options, REGRESSION_OPTIONS);
  return overOutputs('explainedVariance', input, target, options, (column) => explained('explainedVariance', column));
}

function explained(metric: 'r2Score' | 'explainedVariance', { predicted, actual, weights }: Column): number {
  if (metric === 'r2Score' && actual.length < 2) return NaN;
  const errors = actual.map((t, i) => t - predicted[i]!);
  const shift = metric === 'r2Score' ? 0 : average(errors, weights);
  const center = average(actual, weights);
  const left = average(errors.map((error) => (error - shift) ** 2), weights);
  const all = average(actual.map((t) => (t - center) ** 2), weights);
  if (all === 0) return left === 0 ? 1 : 0;
  return 1 - left / all;
}
