/** A picture of calibration curves. */
import type { CalibrationCurve } from '../metrics/calibration';
import { namedCurves, type OneOrMore } from './curves';
import { colorOf, plot, REFERENCE, roundTicks, type ChartOptions } from './plot';

const SMALLEST = 2.5;
const LARGEST = 9;

/**
 * Draws what `calibrationCurve` gives: how often what was predicted with p was the case. The area of a dot grows with the number of
 * samples of its bin, which is said when the pointer rests on it. Below the diagonal predictions are too high, above it too low.
 *
 * @param curves a curve, or several by name.
 * @returns the text of an SVG document.
 * @throws ArgumentError for something else.
 * @example
 * ```ts
 * import { calibrationChart, calibrationCurve } from '@cotangent/layers';
 * const svg = calibrationChart(await calibrationCurve([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], { bins: 2 }));
 * console.log(svg.includes('share of positives')); // true
 * ```
 */
export function calibrationChart(curves: OneOrMore<CalibrationCurve>, options: ChartOptions = {}): string {
  const named = namedCurves('calibrationChart', 'calibrationCurve', curves, ['predicted', 'trueShare', 'counts']);
  const most = Math.max(...named.flatMap(([, { counts }]) => counts));
  const ticks = roundTicks(0, 1);
  return plot({
    title: options.title ?? 'Calibration',
    width: 380,
    height: 380,
    x: { label: 'mean predicted probability', ticks },
    y: { label: 'share of positives', ticks },
    lines: [
      { name: 'perfect', color: REFERENCE, dashed: true, points: [[0, 0], [1, 1]] },
      ...named.map(([name, { predicted, trueShare, counts }], i) => ({
        name: name === '' ? 'model' : name,
        color: colorOf(i),
        points: predicted.map((p, at) => [p, trueShare[at]!] as const),
        dots: counts.map((count, at) => ({
          radius: Math.max(SMALLEST, LARGEST * Math.sqrt(count / most)),
          tip: `predicted ${predicted[at]!.toFixed(3)}, true ${trueShare[at]!.toFixed(3)}, ${count} samples`,
        })),
      })),
    ],
  });
}
