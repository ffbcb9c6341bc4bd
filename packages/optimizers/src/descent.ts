/** Gradient descent in one dimension, on plain numbers: for looking at how it works. */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { checkAtLeastZero, checkPositive } from './checks';

export interface DescentOptions {
  readonly start: number;
  /** Default 0.01. */
  readonly lr?: number;
  /** Stop at the first step that is smaller. Default 1e-6. */
  readonly tolerance?: number;
  /** Default 10,000. */
  readonly maxSteps?: number;
}

export interface Descent {
  /** Where it ended. */
  readonly x: number;
  readonly steps: number;
  /** The start and the place after every step: steps + 1 numbers. */
  readonly history: readonly number[];
  /** Why it ended: a step below the tolerance, as many steps as allowed, or numbers that are no longer finite. */
  readonly reason: 'tolerance' | 'maxSteps' | 'diverged';
}

/**
 * x <- x - lr f'(x), until a step is smaller than the tolerance.
 *
 * @param derivative f', from a number to a number.
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { gradientDescent } from '@cotangent/optimizers';
 * const { x, steps, reason } = gradientDescent((w) => 2 * w - 20, { start: 0, lr: 0.25, tolerance: 1e-3 });
 * console.log(x, steps, reason); // 9.999..., 14, 'tolerance'
 * ```
 */
export function gradientDescent(derivative: (x: number) => number, options: DescentOptions): Descent {
  readOptions('gradientDescent', options, ['start', 'lr', 'tolerance', 'maxSteps']);
  const { start, lr = 0.01, tolerance = 1e-6, maxSteps = 10_000 } = options;
  if (!Number.isFinite(start)) throw new ArgumentError(`gradientDescent: start is ${start}; expected a finite number.`);
  checkPositive('gradientDescent', { lr, maxSteps });
  checkAtLeastZero('gradientDescent', { tolerance });
  const history = [start];
  const ended = (x: number, reason: Descent['reason']): Descent => ({ x, steps: history.length - 1, history, reason });
  let x = start;
  while (history.length <= maxSteps) {
    const step = lr * derivative(x);
    x -= step;
    history.push(x);
    if (!Number.isFinite(x)) return ended(x, 'diverged');
    if (Math.abs(step) < tolerance) return ended(x, 'tolerance');
  }
  return ended(x, 'maxSteps');
}
