/** A picture of how figures develop: with the size of the training data, or from epoch to epoch. */
import { ArgumentError } from '@cotangent/tensor';
import { describe } from '../check';
import { colorOf, plot, roundTicks, type ChartOptions } from './plot';

/** Figures by name at one size of the training data, as `learningCurve` of `@cotangent/train` gives them. */
export interface SizedFigures {
  readonly size: number;
  readonly mean: Readonly<Record<string, number>>;
  /** Drawn as a band around the mean. */
  readonly deviation?: Readonly<Record<string, number>>;
}

/** The figures of a run, as `fit` of `@cotangent/train` returns them. */
export interface EpochFigures {
  readonly epochs: readonly (EpochPart & { readonly epoch: number; readonly validation?: EpochPart })[];
}

interface EpochPart {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, unknown>>;
}

export interface LearningCurveChartOptions extends ChartOptions {
  /** Which to draw, such as 'validation.accuracy'. Default: the losses of a run, all figures of a learning curve. */
  readonly figures?: readonly string[];
  /** What the numbers are. Default: the name, where all figures have the same behind the last dot, else 'value'. */
  readonly yLabel?: string;
}

/**
 * Draws a learning curve: figures against the number of training samples, with a band of one standard deviation over the folds; or
 * the history of a run: figures against epochs.
 *
 * @param curve the points that `learningCurve` gives, or the history that `fit` returns.
 * @returns the text of an SVG document.
 * @throws ArgumentError without points, or for a figure that none of them has.
 * @example
 * ```ts
 * import { learningCurveChart } from '@cotangent/layers';
 * const points = [{ size: 50, mean: { train: 0.99, validation: 0.8 } }, { size: 100, mean: { train: 0.98, validation: 0.9 } }];
 * const svg = learningCurveChart(points, { yLabel: 'accuracy' });
 * console.log(svg.includes('training samples')); // true
 * ```
 */
export function learningCurveChart(curve: readonly SizedFigures[] | EpochFigures, options: LearningCurveChartOptions = {}): string {
  const isRun = !Array.isArray(curve);
  const epochs = isRun ? (curve as EpochFigures | undefined)?.epochs : undefined;
  if (isRun && !Array.isArray(epochs)) {
    throw new ArgumentError(`learningCurveChart: got ${describe(curve)}; expected what learningCurve or fit of @cotangent/train gives.`);
  }
  const points = isRun ? epochs!.map(flattened) : (curve as readonly SizedFigures[]);
  if (points.length === 0) throw new ArgumentError('learningCurveChart: there are no points; expected at least one.');
  const known = [...new Set(points.flatMap(({ mean }) => Object.keys(mean)))];
  const names = options.figures ?? (isRun ? known.filter((name) => name === 'loss' || name === 'validation.loss') : known);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined || names.length === 0) {
    throw new ArgumentError(`learningCurveChart: there is no figure '${missing ?? ''}'; expected some of ${known.join(', ')}.`);
  }
  const sorted = [...points].sort((a, b) => a.size - b.size);
  const sizes = sorted.map(({ size }) => size);
  const lines = names.map((name, i) => {
    const values = sorted.map(({ mean }) => mean[name] ?? NaN);
    const band = sorted.map(({ deviation }) => deviation?.[name] ?? NaN);
    const tips = values.map((value, at) => {
      const around = Number.isFinite(band[at]) ? ` ± ${Number(band[at]!.toPrecision(3))}` : '';
      return `${name}: ${Number(value.toPrecision(4))}${around} at ${sizes[at]!}`;
    });
    return {
      name,
      color: colorOf(i),
      points: values.map((value, at) => [sizes[at]!, value] as const),
      band,
      dots: sorted.length > MOST_DOTS ? [] : tips.map((tip) => ({ radius: 3, tip })),
    };
  });
  const reach = lines.flatMap(({ points: all, band }) =>
    all.flatMap(([, value], at) => [value, value - band[at]!, value + band[at]!]).filter((value) => Number.isFinite(value)));
  const ends = new Set(names.map((name) => name.slice(name.lastIndexOf('.') + 1)));
  return plot({
    title: options.title ?? (isRun ? 'Training' : 'Learning curve'),
    width: 460,
    height: 300,
    x: { label: isRun ? 'epoch' : 'training samples', ticks: roundTicks(sizes[0]!, sizes.at(-1)!, { whole: true }) },
    y: {
      label: options.yLabel ?? (ends.size === 1 ? [...ends][0]! : 'value'),
      ticks: reach.length === 0 ? [0, 1] : roundTicks(Math.min(...reach), Math.max(...reach)),
    },
    lines,
  });
}

/** With more points their dots would be a thick line. */
const MOST_DOTS = 40;

/** An epoch as a point, its figures under the names that `fit` monitors. */
function flattened({ epoch, validation, ...train }: EpochFigures['epochs'][number]): SizedFigures {
  const part = (prefix: string, { loss, metrics }: EpochPart): [string, number][] => [
    [`${prefix}loss`, loss],
    ...Object.entries(metrics).flatMap(([name, value]): [string, number][] => (typeof value === 'number' ? [[prefix + name, value]] : [])),
  ];
  return { size: epoch, mean: Object.fromEntries([...part('', train), ...(validation ? part('validation.', validation) : [])]) };
}
