/** Whether probabilities mean what they say: how often what is predicted with p is the case. */
import { ArgumentError, readOptions, ShapeError, show } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { average, checkSamples, read, type MetricInput } from './read';

export interface CalibrationOptions {
  /** Number of bins. Default 5 for curves, 15 for the error. */
  readonly bins?: number;
  /** Bins of equal width (default) or with equally many samples. */
  readonly strategy?: 'uniform' | 'quantile';
}

const CALIBRATION_OPTIONS = ['bins', 'strategy'] as const;

/** For each bin that has samples. */
export interface CalibrationCurve {
  /** The share of positives. */
  readonly trueShare: number[];
  /** The mean of predicted probabilities. */
  readonly predicted: number[];
  /** How many samples. */
  readonly counts: number[];
}

/**
 * The reliability curve of probabilities of a positive class.
 *
 * @param input probabilities of the positive class [samples].
 * @param target 1 for positive samples, else 0, [samples].
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { calibrationCurve } from '@cotangent/layers';
 * const curve = await calibrationCurve([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], { bins: 2 });
 * console.log(curve.trueShare, curve.predicted); // [0, 1] [0.15, 0.85]
 * ```
 */
export async function calibrationCurve(
  input: MetricInput,
  target: MetricInput,
  options: CalibrationOptions = {},
): Promise<CalibrationCurve> {
  const [p, y] = [await read('calibrationCurve', 'input', input), await read('calibrationCurve', 'target', target)];
  checkSamples('calibrationCurve', p);
  if (p.shape.length !== 1 || y.data.length !== p.data.length) {
    throw new ShapeError(
      `calibrationCurve: the input has shape ${show(p.shape)} and the target ${show(y.shape)}; expected [samples] twice.`,
    );
  }
  const wrong = y.data.find((value) => value !== 0 && value !== 1);
  if (wrong !== undefined) throw new ArgumentError(`calibrationCurve: the target has an element ${wrong}; expected 0 or 1.`);
  return binned('calibrationCurve', p.data, y.data, { bins: 5, ...readOptions('calibrationCurve', options, CALIBRATION_OPTIONS) });
}

/**
 * The expected calibration error: |share of right predictions - mean confidence| averaged over bins by their samples. Guo et al., 2017.
 *
 * @param input probabilities [samples, classes], of which the highest is the confidence; or of the positive of two classes [samples], where
 *   it stands for itself.
 * @param target true classes [samples].
 * @throws ShapeError or ArgumentError for what does not fit.
 * @example
 * ```ts
 * import { expectedCalibrationError } from '@cotangent/layers';
 * console.log(await expectedCalibrationError([[0.9, 0.1], [0.9, 0.1]], [0, 1])); // |0.5 - 0.9| = 0.4
 * ```
 */
export async function expectedCalibrationError(
  input: MetricInput,
  target: MetricInput,
  options: CalibrationOptions = {},
): Promise<number> {
  const [p, y] = [await read('expectedCalibrationError', 'input', input), await read('expectedCalibrationError', 'target', target)];
  checkSamples('expectedCalibrationError', p);
  const [rows = 0, width = 1] = p.shape;
  if (p.shape.length > 2 || y.data.length !== rows) {
    throw new ShapeError(
      `expectedCalibrationError: the input has shape ${show(p.shape)} and the target ${show(y.shape)}; ` +
        'expected [samples, classes] and [samples].',
    );
  }
  const best = Array.from({ length: rows }, (_, i) => {
    const row = p.data.subarray(i * width, (i + 1) * width);
    return row.reduce((top, value, c) => (value > row[top]! ? c : top), 0);
  });
  const confidence = width === 1 ? p.data : Float64Array.from(best, (c, i) => p.data[i * width + c]!);
  const right = width === 1 ? y.data : Float64Array.from(best, (c, i) => Number(c === y.data[i]));
  readOptions('expectedCalibrationError', options, CALIBRATION_OPTIONS);
  const { trueShare, predicted, counts } = binned('expectedCalibrationError', confidence, right, { bins: 15, ...options });
  return average(trueShare.map((share, b) => Math.abs(share - predicted[b]!)), counts);
}

function binned(metric: string, p: Float64Array, y: Float64Array, options: CalibrationOptions): CalibrationCurve {
  const { strategy = 'uniform' } = options;
  const bins = checkWhole(metric, 'bins', options.bins ?? 5, 1);
  const wrong = p.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw new ArgumentError(`${metric}: the input has an element ${wrong}; expected probabilities from 0 to 1.`);
  if (!['uniform', 'quantile'].includes(strategy)) {
    throw new ArgumentError(`${metric}: strategy is '${strategy}'; expected 'uniform' or 'quantile'.`);
  }
  const sorted = p.slice().sort();
  const edges = Array.from({ length: bins - 1 }, (_, b) => {
    const share = (b + 1) / bins;
    return strategy === 'uniform' ? share : quantile(sorted, share);
  });
  const [counts, sums, hits] = [0, 0, 0].map(() => new Float64Array(bins));
  p.forEach((value, i) => {
    // A value on an edge belongs to the bin below it.
    const bin = edges.filter((edge) => edge < value).length;
    counts![bin]! += 1;
    sums![bin]! += value;
    hits![bin]! += y[i]!;
  });
  const used = Array.from(counts!.keys()).filter((bin) => counts![bin]! > 0);
  return {
    trueShare: used.map((bin) => hits![bin]! / counts![bin]!),
    predicted: used.map((bin) => sums![bin]! / counts![bin]!),
    counts: used.map((bin) => counts![bin]!),
  };
}

/** Linear between the two nearest of sorted values. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (b - a) * (place - low);
}
