/**
 * A line search for the strong Wolfe conditions: first a bracket that must hold a good step, then the bracket is narrowed by
 * cubic interpolation (Nocedal and Wright, "Numerical Optimization", algorithms 3.5 and 3.6), with the constants and safeguards
 * of PyTorch's LBFGS. It sees a function of one number only.
 */

/** A point on the line. */
export interface LinePoint<T> {
  /** How far along the direction. */
  readonly t: number;
  readonly loss: number;
  /** The derivative along the direction. */
  readonly slope: number;
  /** What else belongs to the point. */
  readonly at: T;
}

/** Enough decrease, and enough less slope. */
const [DECREASE, CURVATURE] = [1e-4, 0.9];
const MOST_ITERATIONS = 25;
const SMALLEST_CHANGE = 1e-9;

/**
 * Looks for a step from `start` (t = 0), beginning with `first`.
 *
 * @param reach the largest entry of the direction: brackets that move nothing by more than 1e-9 are narrow enough.
 * @returns the best point found, and how often `evaluate` was called.
 */
export async function strongWolfe<T>(
  evaluate: (t: number) => Promise<LinePoint<T>>,
  start: LinePoint<T>,
  first: number,
  reach: number,
): Promise<{ point: LinePoint<T>; evaluations: number }> {
  const tooHigh = ({ t, loss }: LinePoint<T>): boolean => loss > start.loss + DECREASE * t * start.slope;
  const flat = ({ slope }: LinePoint<T>): boolean => Math.abs(slope) <= -CURVATURE * start.slope;

  let before = start;
  let now = await evaluate(first);
  let evaluations = 1;
  let [low, high]: [LinePoint<T>, LinePoint<T>] = [start, now];
  let bracketed = false;
  let iterations = 0;
  for (; iterations < MOST_ITERATIONS; iterations++) {
    if (tooHigh(now) || (iterations > 1 && now.loss >= before.loss) || (!flat(now) && now.slope >= 0)) {
      [low, high] = [before, now];
      bracketed = true;
      break;
    }
    if (flat(now)) return { point: now, evaluations };
    const bounds: [number, number] = [now.t + 0.01 * (now.t - before.t), now.t * 10];
    const next = interpolated(before, now, bounds);
    before = now;
    now = await evaluate(next);
    evaluations++;
  }
  if (!bracketed) [low, high] = [start, now];
  if (low.loss > high.loss) [low, high] = [high, low];

  let slow = false;
  while (iterations < MOST_ITERATIONS && Math.abs(high.t - low.t) * reach >= SMALLEST_CHANGE) {
    const [left, right] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    let t = interpolated(low, high, [left, right]);
    const margin = 0.1 * (right - left);
    if (Math.min(right - t, t - left) < margin) {
      // Close to an end twice in a row, or beyond it: away from it by a tenth.
      if (slow || t >= right || t <= left) {
        t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
        slow = false;
      } else slow = true;
    } else slow = false;

    const point = await evaluate(t);
    evaluations++;
    iterations++;
    if (tooHigh(point) || point.loss >= low.loss) {
      high = point;
      if (low.loss > high.loss) [low, high] = [high, low];
      continue;
    }
    if (flat(point)) return { point, evaluations };
    if (point.slope * (high.t - low.t) >= 0) high = low;
    low = point;
  }
  return { point: low, evaluations };
}

/** The minimum of the cubic through two points with their slopes, within bounds; the middle of the bounds where it has none. */
function interpolated(a: LinePoint<unknown>, b: LinePoint<unknown>, [least, most]: readonly [number, number]): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const mean = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = mean ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const root = Math.sqrt(square);
  const t = right.t - (right.t - left.t) * ((right.slope + root - mean) / (right.slope - left.slope + 2 * root));
  return Number.isNaN(t) ? (least + most) / 2 : Math.min(Math.max(t, least), most);
}
