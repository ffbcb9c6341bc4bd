/** A picture of ROC curves. */
import { areaUnderCurve, type RocCurve } from '../metrics/curves';
import { legendName, namedCurves, type OneOrMore } from './curves';
import { colorOf, plot, REFERENCE, roundTicks, type ChartOptions } from './plot';

/**
 * Draws what `rocCurve` gives, with the area below each curve in the legend and the diagonal of chance.
 *
 * @param curves a curve, or several by name.
 * @returns the text of an SVG document.
 * @throws ArgumentError for something else.
 * @example
 * ```ts
 * import { rocChart, rocCurve } from '@cotangent/layers';
 * const svg = rocChart(await rocCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), { title: 'Spam' });
 * console.log(svg.startsWith('<svg'), svg.includes('AUC 0.750')); // true true
 * ```
 */
export function rocChart(curves: OneOrMore<RocCurve>, options: ChartOptions = {}): string {
  const named = namedCurves('rocChart', 'rocCurve', curves, ['falsePositiveRate', 'truePositiveRate']);
  const ticks = roundTicks(0, 1);
  return plot({
    title: options.title ?? 'ROC curve',
    width: 380,
    height: 380,
    x: { label: 'false positive rate', ticks },
    y: { label: 'true positive rate', ticks },
    lines: [
      { name: 'chance', color: REFERENCE, dashed: true, points: [[0, 0], [1, 1]] },
      ...named.map(([name, { falsePositiveRate: x, truePositiveRate: y }], i) => ({
        name: legendName(name, 'AUC', areaUnderCurve(x, y)),
        color: colorOf(i),
        points: x.map((value, at) => [value, y[at]!] as const),
      })),
    ],
  });
}
