/** Schedules that raise the rate and lower it again, with the momentum against it. */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { checkPositive } from './checks';
import type { Schedule } from './schedules';

export interface OneCycleOptions {
  /** The rate at the top. Default: the group's own rate. */
  readonly maxLr?: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** The part of them in which the rate rises. Default 0.3. */
  readonly pctStart?: number;
  readonly annealStrategy?: 'cos' | 'linear';
  /** The start is maxLr / divFactor. Default 25. */
  readonly divFactor?: number;
  /** The end is the start / finalDivFactor. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Down to the start first, as long as the rise took, and only then to the end. Default false. */
  readonly threePhase?: boolean;
  /** Move the momentum against the rate. Default false. */
  readonly cycleMomentum?: boolean;
  /** The momentum at the top. Default 0.85. */
  readonly baseMomentum?: number;
  /** The momentum at the start and the end. Default 0.95. */
  readonly maxMomentum?: number;
}

/**
 * Up to `maxLr` and down to almost nothing, once in a run; count steps, not epochs (Smith and Topin, "Super-Convergence",
 * 2018), as in PyTorch, whose default is to cycle the momentum too. A phase without length is over at once: with a
 * `pctStart` of 1 / totalSteps or less there is no rise, with 1 there is no fall, and a run of one step has the rate of its end.
 *
 * @throws ArgumentError for options that make no sense, and for a count beyond `totalSteps`.
 * @example
 * ```ts
 * import { oneCycleLR } from '@cotangent/optimizers';
 * const schedule = oneCycleLR({ maxLr: 0.1, totalSteps: 100 });
 * console.log(schedule(29, 0)); // 0.1, the top after 30 % of the run
 * ```
 */
export function oneCycleLR(options: OneCycleOptions): Schedule {
  readOptions('oneCycleLR', options, [
    'maxLr', 'totalSteps', 'pctStart', 'annealStrategy', 'divFactor', 'finalDivFactor', 'threePhase', 'cycleMomentum', 'baseMomentum',
    'maxMomentum',
  ]);
  const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
  const { cycleMomentum = false, baseMomentum = 0.85, maxMomentum = 0.95 } = options;
  checkPositive('oneCycleLR', { totalSteps, divFactor, finalDivFactor });
  if (!(pctStart >= 0 && pctStart <= 1)) throw new ArgumentError(`oneCycleLR: pctStart is ${pctStart}; expected a number from 0 to 1.`);
  const anneal = annealStrategy === 'cos' ? cosine : line;
  const up = pctStart * totalSteps - 1;
  const last = totalSteps - 1;
  /** The value at step t of what stands at `start` first, at `top` in the middle and at `end` at last. */
  const at = (t: number, start: number, top: number, end: number): number => {
    if (t > totalSteps) {
      throw new ArgumentError(
        `oneCycleLR: asked for step ${t} of ${totalSteps}. Make totalSteps the steps of the whole run: epochs * batches.`,
      );
    }
    const phases: readonly (readonly [until: number, from: number, to: number])[] = threePhase
      ? [[up, start, top], [2 * up, top, start], [last, start, end]]
      : [[up, start, top], [last, top, end]];
    let from = 0;
    for (const [until, low, high] of phases) {
      // Without length there is nothing to be part of: the phase stands at its end.
      const part = until > from ? Math.min(1, (t - from) / (until - from)) : 1;
      if (t <= until || until === last) return anneal(low, high, part);
      from = until;
    }
    return end;
  };
  const rate = (t: number, base: number): number => {
    const top = maxLr ?? base;
    return at(t, top / divFactor, top, top / divFactor / finalDivFactor);
  };
  return cycleMomentum ? Object.assign(rate, { momentum: (t: number) => at(t, maxMomentum, baseMomentum, maxMomentum) }) : rate;
}

export interface CyclicOptions {
  /** The rate at the bottom. Default: the group's own rate. */
  readonly baseLr?: number;
  readonly maxLr: number;
  /** Steps up. Default 2000. */
  readonly stepSizeUp?: number;
  /** Steps down. Default: as many as up. */
  readonly stepSizeDown?: number;
  /** The height stays, halves with every cycle, or is multiplied by gamma in every step. Default 'triangular'. */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range';
  /** For 'exp_range'. Default 1. */
  readonly gamma?: number;
  /** The height as a function of your own, in place of `mode`. */
  readonly scaleFn?: (x: number) => number;
  /** What it is a function of: the cycle, from 1, or the step. Default 'cycle'. */
  readonly scaleMode?: 'cycle' | 'iterations';
  /** Move the momentum against the rate. Default false. */
  readonly cycleMomentum?: boolean;
  /** The momentum at the top. Default 0.8. */
  readonly baseMomentum?: number;
  /** The momentum at the bottom. Default 0.9. */
  readonly maxMomentum?: number;
}

/**
 * Up from `baseLr` to `maxLr` in a line and down again, over and over; count steps (Smith, "Cyclical Learning Rates for
 * Training Neural Networks", 2017), as in PyTorch, whose default is to cycle the momentum too.
 *
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { cyclicLR } from '@cotangent/optimizers';
 * const schedule = cyclicLR({ baseLr: 0.1, maxLr: 0.5, stepSizeUp: 4 });
 * console.log(schedule(2, 0), schedule(4, 0), schedule(8, 0)); // 0.3 0.5 0.1
 * ```
 */
export function cyclicLR(options: CyclicOptions): Schedule {
  readOptions('cyclicLR', options, [
    'baseLr', 'maxLr', 'stepSizeUp', 'stepSizeDown', 'mode', 'gamma', 'scaleFn', 'scaleMode', 'cycleMomentum', 'baseMomentum',
    'maxMomentum',
  ]);
  const { baseLr, maxLr, stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = 'triangular', gamma = 1, scaleFn } = options;
  const { scaleMode = 'cycle', cycleMomentum = false, baseMomentum = 0.8, maxMomentum = 0.9 } = options;
  checkPositive('cyclicLR', { stepSizeUp, stepSizeDown });
  const own = {
    triangular: () => 1,
    triangular2: (_t: number, cycle: number) => 0.5 ** (cycle - 1),
    exp_range: (t: number) => gamma ** t,
  }[mode] as ((t: number, cycle: number) => number) | undefined;
  if (!own) throw new ArgumentError(`cyclicLR: mode is '${mode}'; expected 'triangular', 'triangular2' or 'exp_range'.`);
  const size = stepSizeUp + stepSizeDown;
  /** How far up, from 0 to 1, before the height shrinks. */
  const height = (t: number): number => {
    const cycle = Math.floor(1 + t / size);
    const x = 1 + t / size - cycle;
    const ratio = stepSizeUp / size;
    const scale = scaleFn ? scaleFn(scaleMode === 'cycle' ? cycle : t) : own(t, cycle);
    return (x <= ratio ? x / ratio : (x - 1) / (ratio - 1)) * scale;
  };
  const rate = (t: number, base: number): number => (baseLr ?? base) + (maxLr - (baseLr ?? base)) * height(t);
  const momentum = (t: number): number => maxMomentum - (maxMomentum - baseMomentum) * height(t);
  return cycleMomentum ? Object.assign(rate, { momentum }) : rate;
}

function cosine(from: number, to: number, part: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
}

function line(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}
