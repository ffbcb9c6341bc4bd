/** Schedules made of schedules. */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { checkPositive } from './checks';
import { linearLR, stepwise, walked, type Schedule } from './schedules';

/** The rate at count t, from that at t - 1 where the schedule is defined so. */
export function rateAfter(schedule: Schedule, t: number, rate: number, base: number): number {
  return schedule.next ? schedule.next(t, rate, base) : schedule(t, base);
}

/**
 * Schedules one after the other: from `milestones[i]` on, part i + 1 with a count that starts at 0 again. For warm-up:
 * `sequentialLR([linearLR({ totalIters: 5 }), cosineAnnealingLR({ tMax: 95 })], [5])`.
 *
 * @throws ArgumentError unless there is one milestone less than parts.
 */
export function sequentialLR(parts: readonly Schedule[], milestones: readonly number[]): Schedule {
  if (parts.length === 0 || milestones.length !== parts.length - 1) {
    throw new ArgumentError(
      `sequentialLR: ${parts.length} parts and ${milestones.length} milestones; ` +
        'expected one milestone less than parts.',
    );
  }
  const part = (t: number): { schedule: Schedule; at: number } => {
    const reached = milestones.filter((m) => m <= t).length;
    return { schedule: parts[reached]!, at: t - (reached > 0 ? milestones[reached - 1]! : 0) };
  };
  return stepwise((t, base) => part(t).schedule(part(t).at, base), (t, rate, base) => {
    const { schedule, at } = part(t);
    // A part that begins in the middle begins from the base, whatever the rate was before it.
    return at === 0 && t > 0 ? schedule(0, base) : rateAfter(schedule, at, rate, base);
  });
}

/**
 * Schedules at once: each changes the rate that the one before it left, as PyTorch's ChainedScheduler. Those that know no
 * rate of before, such as `cosineAnnealingWarmRestarts`, overrule what stands before them.
 *
 * @example
 * ```ts
 * import { chainedLR, constantLR, exponentialLR } from '@cotangent/optimizers';
 * const schedule = chainedLR([constantLR({ factor: 0.5, totalIters: 2 }), exponentialLR({ gamma: 0.5 })]);
 * console.log([0, 1, 2, 3].map((t) => schedule(t, 1))); // [0.5, 0.25, 0.25, 0.125]
 * ```
 */
export function chainedLR(parts: readonly Schedule[]): Schedule {
  if (parts.length === 0) throw new ArgumentError('chainedLR: there are no schedules.');
  const next = (t: number, rate: number, base: number): number => parts.reduce((at, part) => rateAfter(part, t, at, base), rate);
  return stepwise(walked(next), next);
}

/**
 * Up in a line to where `schedule` begins within `steps`, then that schedule, counting from 0.
 *
 * @param options `startFactor` is the part of the rate to begin with. Default 1 / steps, so that the rises are equal.
 * @example
 * ```ts
 * import { inverseTimeLR, warmupLR } from '@cotangent/optimizers';
 * const schedule = warmupLR(inverseTimeLR({ decay: 1 }), { steps: 4 });
 * console.log([0, 1, 2, 3, 4, 5].map((t) => schedule(t, 1))); // [0.25, 0.5, 0.75, 1, 1, 0.5]
 * ```
 */
export function warmupLR(schedule: Schedule, options: { readonly steps: number; readonly startFactor?: number }): Schedule {
  const { steps, startFactor = 1 / steps } = readOptions('warmupLR', options, ['steps', 'startFactor']);
  checkPositive('warmupLR', { steps });
  if (steps === 1) return sequentialLR([(_, base) => schedule(0, base) * startFactor, schedule], [1]);
  const rise = linearLR({ startFactor, totalIters: steps - 1 });
  return sequentialLR([(t, base) => rise(t, schedule(0, base)), schedule], [steps]);
}

/** A schedule that is looked at every so many counts only, and stays in between: its staircase. */
export function staircaseLR(schedule: Schedule, every: number): Schedule {
  checkPositive('staircaseLR', { every });
  return (t, base) => schedule(Math.floor(t / every) * every, base);
}
