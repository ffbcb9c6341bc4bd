/**
 * Learning-rate schedules, with PyTorch's names and values: plain functions from a count (of epochs or steps, from 0) and
 * the rate a group started with to the rate now. They keep no state, so any point of a run can be asked for.
 */
import { ArgumentError } from '@cotangent/tensor';

/** The learning rate at count `t` for a group that started with `base`. */
export type Schedule = (t: number, base: number) => number;

/**
 * base * gamma^floor(t / stepSize).
 *
 * @param options gamma: 0.1 by default.
 * @example
 * ```ts
 * import { stepLR } from '@cotangent/optimizers';
 * console.log(stepLR({ stepSize: 30 })(45, 1)); // 0.1
 * ```
 */
export function stepLR({ stepSize, gamma = 0.1 }: { readonly stepSize: number; readonly gamma?: number }): Schedule {
  positive('stepLR', { stepSize });
  return (t, base) => base * gamma ** Math.floor(t / stepSize);
}

/** base * gamma for every milestone reached. `gamma` is 0.1 by default. */
export function multiStepLR({ milestones, gamma = 0.1 }: { readonly milestones: readonly number[]; readonly gamma?: number }): Schedule {
  return (t, base) => base * gamma ** milestones.filter((m) => m <= t).length;
}

/** base * gamma^t; with gamma = exp(-k) it is base e^(-kt). */
export function exponentialLR({ gamma }: { readonly gamma: number }): Schedule {
  positive('exponentialLR', { gamma });
  return (t, base) => base * gamma ** t;
}

/** base * factor before `totalIters`, base from then on. Defaults 1/3 and 5; `factor: 1` never changes anything. */
export function constantLR({ factor = 1 / 3, totalIters = 5 }: { readonly factor?: number; readonly totalIters?: number } = {}): Schedule {
  return (t, base) => (t < totalIters ? base * factor : base);
}

/** base times a factor that goes from `startFactor` to `endFactor` in a line, within `totalIters`. Defaults 1/3, 1 and 5. */
export function linearLR(
  options: { readonly startFactor?: number; readonly endFactor?: number; readonly totalIters?: number } = {},
): Schedule {
  const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
  positive('linearLR', { totalIters });
  return (t, base) => base * (startFactor + ((endFactor - startFactor) * Math.min(t, totalIters)) / totalIters);
}

/** base * (1 - t / totalIters)^power, then 0. Defaults 5 and 1. */
export function polynomialLR({ totalIters = 5, power = 1 }: { readonly totalIters?: number; readonly power?: number } = {}): Schedule {
  positive('polynomialLR', { totalIters });
  return (t, base) => base * (1 - Math.min(t, totalIters) / totalIters) ** power;
}

/** base / (1 + decay t). */
export function inverseTimeLR({ decay }: { readonly decay: number }): Schedule {
  return (t, base) => base / (1 + decay * t);
}

/** base / sqrt(t), and base at t = 0, where the root would give infinity. */
export function inverseSqrtLR(): Schedule {
  return (t, base) => base / Math.sqrt(Math.max(1, t));
}

/**
 * Half a cosine from base at 0 to `etaMin` at `tMax` (Loshchilov and Hutter, "SGDR", 2017). Beyond `tMax` the wave goes on,
 * as in PyTorch.
 *
 * @example
 * ```ts
 * import { cosineAnnealingLR } from '@cotangent/optimizers';
 * console.log(cosineAnnealingLR({ tMax: 10 })(5, 0.1)); // 0.05
 * ```
 */
export function cosineAnnealingLR({ tMax, etaMin = 0 }: { readonly tMax: number; readonly etaMin?: number }): Schedule {
  positive('cosineAnnealingLR', { tMax });
  return (t, base) => etaMin + ((base - etaMin) * (1 + Math.cos((Math.PI * t) / tMax))) / 2;
}

/** As `cosineAnnealingLR`, starting again after `t0`, then after `tMult` times as long, and so on. `tMult` is 1 by default. */
export function cosineAnnealingWarmRestarts(options: { readonly t0: number; readonly tMult?: number; readonly etaMin?: number }): Schedule {
  const { t0, tMult = 1, etaMin = 0 } = options;
  positive('cosineAnnealingWarmRestarts', { t0 });
  if (!Number.isInteger(tMult) || tMult < 1) {
    throw new ArgumentError(`cosineAnnealingWarmRestarts: tMult is ${tMult}; expected a whole number of at least 1.`);
  }
  return (t, base) => {
    let [at, length] = [t, t0];
    while (at >= length) {
      at -= length;
      length *= tMult;
    }
    return cosineAnnealingLR({ tMax: length, etaMin })(at, base);
  };
}

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
}

/**
 * Up to `maxLr` and down to almost nothing, once in a run; count steps, not epochs (Smith and Topin, "Super-Convergence",
 * 2018). Only the learning rate is cycled, not the momentum. A phase without length is over at once: with a `pctStart` of
 * 1 / totalSteps or less there is no rise, with 1 there is no fall, and a run of one step has the rate of its end.
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
  const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = 'cos', divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
  positive('oneCycleLR', { totalSteps, divFactor, finalDivFactor });
  if (!(pctStart >= 0 && pctStart <= 1)) throw new ArgumentError(`oneCycleLR: pctStart is ${pctStart}; expected a number from 0 to 1.`);
  const anneal = annealStrategy === 'cos' ? cosine : line;
  const up = pctStart * totalSteps - 1;
  return (t, base) => {
    if (t > totalSteps) {
      throw new ArgumentError(
        `oneCycleLR: asked for step ${t} of ${totalSteps}. ` +
          'Make totalSteps the steps of the whole run: epochs * batches.',
      );
    }
    const max = maxLr ?? base;
    const start = max / divFactor;
    const end = start / finalDivFactor;
    const last = totalSteps - 1;
    const phases: readonly (readonly [until: number, from: number, to: number])[] = threePhase
      ? [[up, start, max], [2 * up, max, start], [last, start, end]]
      : [[up, start, max], [last, max, end]];
    let from = 0;
    for (const [until, low, high] of phases) {
      // Without length there is nothing to be part of: the phase stands at its end.
      const part = until > from ? Math.min(1, (t - from) / (until - from)) : 1;
      if (t <= until || until === last) return anneal(low, high, part);
      from = until;
    }
    return end;
  };
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
  return (t, base) => {
    const reached = milestones.filter((m) => m <= t).length;
    return parts[reached]!(t - (reached > 0 ? milestones[reached - 1]! : 0), base);
  };
}

function cosine(from: number, to: number, part: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
}

function line(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function positive(where: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value > 0)) throw new ArgumentError(`${where}: ${name} is ${value}; expected a number above 0.`);
  }
}
