/** Scores of a positive class against a threshold that moves: ROC and precision-recall curves, and what is below them. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { checkSame, read, readWeights, type MetricInput, type SampleWeights } from './read';

export interface CurveOptions extends SampleWeights {
  /** The class that counts as positive. Default 1. */
  readonly posLabel?: number;
  /** Whether points that lie on a straight line between others are left out. Default: for ROC curves true, else false. */
  readonly dropIntermediate?: boolean;
}

const CURVE_OPTIONS = ['posLabel', 'dropIntermediate', 'sampleWeight'] as const;

/** Rates at falling thresholds, from (0, 0) at Infinity to (1, 1). */
export interface RocCurve {
  /** Share of negatives at or above the threshold. */
  readonly falsePositiveRate: number[];
  /** Share of positives at or above the threshold. */
  readonly truePositiveRate: number[];
  readonly thresholds: number[];
}

/** Precision and recall at rising thresholds, and at the end precision 1 and recall 0, which no threshold belongs to. */
export interface PrecisionRecallCurve {
  readonly precision: number[];
  readonly recall: number[];
  readonly thresholds: number[];
}

/** Sums of weights at or above each distinct score, from the highest score down. */
export interface Cumulative {
  readonly truePositives: number[];
  readonly falsePositives: number[];
  readonly thresholds: number[];
}

/** Reads scores and classes of a curve. */
export async function cumulative(metric: string, score: MetricInput, target: MetricInput, options: CurveOptions): Promise<Cumulative> {
  const [scores, classes] = [await read(metric, 'score', score), await read(metric, 'target', target)];
  checkSame(metric, scores, classes);
  if (scores.shape.length !== 1 || scores.data.length === 0) {
    throw new ShapeError(`${metric}: the score has shape ${show(scores.shape)}; expected [samples], at least one.`);
  }
  const weights = await readWeights(metric, options.sampleWeight, scores.data.length);
  return accumulate(metric, scores.data, positives(metric, classes.data, options.posLabel ?? 1), weights);
}

/** Whether each sample is positive. @throws ArgumentError for more than two classes, or two without the positive one. */
function positives(metric: string, classes: Float64Array, posLabel: number): readonly boolean[] {
  const found = [...new Set(classes)];
  if (found.length > 2 || (found.length === 2 && !found.includes(posLabel))) {
    throw new ArgumentError(
      `${metric}: the target has the classes ${found.sort((a, b) => a - b).join(', ')}; expected two, ${posLabel} (posLabel) among them.`,
    );
  }
  return Array.from(classes, (label) => label === posLabel);
}

/** Sorts by falling score and adds up; samples of weight 0 do not count. */
export function accumulate(metric: string, scores: Float64Array, positive: readonly boolean[], weights?: ArrayLike<number>): Cumulative {
  const nan = scores.findIndex((score) => Number.isNaN(score));
  if (nan >= 0) throw new ArgumentError(`${metric}: score ${nan} is NaN; expected numbers.`);
  const order = Array.from(scores.keys()).filter((i) => weights === undefined || weights[i] !== 0);
  order.sort((a, b) => scores[b]! - scores[a]!);
  const result: Cumulative = { truePositives: [], falsePositives: [], thresholds: [] };
  let [hits, misses] = [0, 0];
  order.forEach((i, rank) => {
    const weight = weights?.[i] ?? 1;
    if (positive[i]!) hits += weight;
    else misses += weight;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[i]) return;
    result.truePositives.push(hits);
    result.falsePositives.push(misses);
    result.thresholds.push(scores[i]!);
  });
  return result;
}

/**
 * The receiver operating characteristic.
 *
 * @param score higher for what is more likely positive, [samples].
 * @param target true classes [samples], two of them.
 * @returns rates of NaN where there are no positives or no negatives.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { rocCurve } from '@cotangent/layers';
 * const curve = await rocCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * console.log(curve.falsePositiveRate, curve.truePositiveRate); // [0, 0, 0.5, 0.5, 1] [0, 0.5, 0.5, 1, 1]
 * ```
 */
export async function rocCurve(score: MetricInput, target: MetricInput, options: CurveOptions = {}): Promise<RocCurve> {
  const sums = await cumulative('rocCurve', score, target, readOptions('rocCurve', options, CURVE_OPTIONS));
  return ratesOf(options.dropIntermediate === false ? sums : withoutStraight(sums));
}

/** Rates, with a point (0, 0) in front. */
export function ratesOf({ truePositives, falsePositives, thresholds }: Cumulative): RocCurve {
  return {
    falsePositiveRate: [0, ...falsePositives].map((count) => count / (falsePositives.at(-1) ?? NaN)),
    truePositiveRate: [0, ...truePositives].map((count) => count / (truePositives.at(-1) ?? NaN)),
    thresholds: [Infinity, ...thresholds],
  };
}

/** Leaves out points between two whose steps are equal; the first and the last stay. */
function withoutStraight(sums: Cumulative): Cumulative {
  const { truePositives: tp, falsePositives: fp } = sums;
  const step = (list: readonly number[], i: number): number => list[i]! - list[i - 1]!;
  const bent = (list: readonly number[], i: number): boolean => step(list, i + 1) !== step(list, i);
  return kept(sums, (i) => i === 0 || i === tp.length - 1 || bent(tp, i) || bent(fp, i));
}

function kept(sums: Cumulative, keep: (i: number) => boolean): Cumulative {
  const chosen = (list: readonly number[]): number[] => list.filter((_, i) => keep(i));
  return {
    truePositives: chosen(sums.truePositives),
    falsePositives: chosen(sums.falsePositives),
    thresholds: chosen(sums.thresholds),
  };
}

/**
 * Precision against recall.
 *
 * @param score higher for what is more likely positive, [samples].
 * @param target true classes [samples], two of them.
 * @returns recall of 1 throughout where there are no positives.
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { precisionRecallCurve } from '@cotangent/layers';
 * const curve = await precisionRecallCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * console.log(curve.precision, curve.recall); // [0.5, 0.666..., 0.5, 1, 1] [1, 1, 0.5, 0.5, 0]
 * ```
 */
export async function precisionRecallCurve(
  score: MetricInput,
  target: MetricInput,
  options: CurveOptions = {},
): Promise<PrecisionRecallCurve> {
  const all = await cumulative('precisionRecallCurve', score, target, readOptions('precisionRecallCurve', options, CURVE_OPTIONS));
  const { truePositives: tp } = all;
  const sums = options.dropIntermediate
    ? kept(all, (i) => i === 0 || i === tp.length - 1 || tp[i] !== tp[i - 1] || tp[i + 1] !== tp[i])
    : all;
  return precisionRecallOf(sums);
}

export function precisionRecallOf({ truePositives, falsePositives, thresholds }: Cumulative): PrecisionRecallCurve {
  const positive = truePositives.at(-1) ?? 0;
  const precision = truePositives.map((hits, i) => (hits + falsePositives[i]! === 0 ? 0 : hits / (hits + falsePositives[i]!)));
  const recall = truePositives.map((hits) => (positive === 0 ? 1 : hits / positive));
  return { precision: [...precision.reverse(), 1], recall: [...recall.reverse(), 0], thresholds: [...thresholds].reverse() };
}

/**
 * The area below a curve by the trapezoidal rule.
 *
 * @param x rising or falling throughout.
 * @throws ArgumentError for fewer than two points, lists of different length, or x that turns around.
 * @example
 * ```ts
 * import { areaUnderCurve } from '@cotangent/layers';
 * console.log(areaUnderCurve([0, 0.5, 1], [0, 1, 1])); // 0.75
 * ```
 */
export function areaUnderCurve(x: readonly number[], y: readonly number[]): number {
  if (x.length < 2 || x.length !== y.length) {
    throw new ArgumentError(`areaUnderCurve: there are ${x.length} x and ${y.length} y; expected two or more points.`);
  }
  const steps = x.slice(1).map((value, i) => value - x[i]!);
  if (steps.some((step) => step > 0) && steps.some((step) => step < 0)) {
    throw new ArgumentError('areaUnderCurve: x rises and falls; expected one direction. Sort the points.');
  }
  const area = steps.reduce((sum, step, i) => sum + (step * (y[i]! + y[i + 1]!)) / 2, 0);
  return steps.some((step) => step < 0) ? -area : area;
}
