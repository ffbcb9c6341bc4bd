/** A picture of precision against recall. */
import type { PrecisionRecallCurve } from '../metrics/curves';
import { legendName, namedCurves, type OneOrMore } from './curves';
import { colorOf, plot, roundTicks, type ChartOptions } from './plot';

/**
 * Draws what `precisionRecallCurve` gives, with the average precision of each curve in the legend. The lines are steps: between two
 * thresholds nothing is interpolated, so the area below them is the average precision.
 *
 * @param curves a curve, or several by name.
 * @returns the text of an SVG document.
 * @throws ArgumentError for something else.
 * @example
 * ```ts
 * import { precisionRecallChart, precisionRecallCurve } from '@cotangent/layers';
 * const svg = precisionRecallChart(await precisionRecallCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]));
 * console.log(svg.includes('AP 0.833')); // true
 * ```
 */
export function precisionRecallChart(curves: OneOrMore<PrecisionRecallCurve>, options: ChartOptions = {}): string {
  const named = namedCurves('precisionRecallChart', 'precisionRecallCurve', curves, ['recall', 'precision']);
  const ticks = roundTicks(0, 1);
  return plot({
    title: options.title ?? 'Precision and recall',
    width: 380,
    height: 380,
    x: { label: 'recall', ticks },
    y: { label: 'precision', ticks },
    lines: named.map(([name, curve], i) => ({
      name: legendName(name, 'AP', areaOfSteps(curve)),
      color: colorOf(i),
      points: steps(curve),
    })),
  });
}

/** From the highest recall down; the precision of a point holds from the next lower recall up to its own. */
function steps({ recall, precision }: PrecisionRecallCurve): (readonly [number, number])[] {
  return recall.flatMap((r, i) => (i === 0 ? [[r, precision[0]!]] : [[r, precision[i - 1]!], [r, precision[i]!]]) as [number, number][]);
}

function areaOfSteps({ recall, precision }: PrecisionRecallCurve): number {
  return recall.slice(1).reduce((sum, r, i) => sum + (recall[i]! - r) * precision[i]!, 0);
}
