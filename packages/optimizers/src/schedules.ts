/**
 * Learning-rate schedules, with PyTorch's names and values: plain functions from a count (of epochs or steps, from 0) and
 * the rate a group started with to the rate now. They keep no state, so any point of a run can be asked for.
 */
import { ArgumentError, readOptions } from '@cotangent/tensor';
import { checkPositive } from './checks';

/** The learning rate at count `t` for a group that started with `base`. */
export interface Schedule {
  (t: number, base: number): number;
  /**
   * The rate at count t from that at t - 1, for schedules that PyTorch defines so: what else changed the rate in between
   * stays. At count 0 it is given the rate of before the schedule. Without it the rate is always that of the function.
   */
  readonly next?: (t: number, rate: number, base: number) => number;
  /** The momentum at count t, for schedules that move it against the rate. */
  readonly momentum?: (t: number) => number;
}

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
export function stepLR(options: { readonly stepSize: number; readonly gamma?: number }): Schedule {
  const { stepSize, gamma = 0.1 } = readOptions('stepLR', options, ['stepSize', 'gamma']);
  checkPositive('stepLR', { stepSize });
  const closed = (t: number, base: number): number => base * gamma ** Math.floor(t / stepSize);
  return stepwise(closed, (t, rate) => (t > 0 && t % stepSize === 0 ? rate * gamma : rate));
}

/** base * gamma for every milestone reached. `gamma` is 0.1 by default. */
export function multiStepLR(options: { readonly milestones: readonly number[]; readonly gamma?: number }): Schedule {
  const { milestones, gamma = 0.1 } = readOptions('multiStepLR', options, ['milestones', 'gamma']);
  const closed = (t: number, base: number): number => base * gamma ** milestones.filter((m) => m <= t).length;
  return stepwise(closed, (t, rate) => rate * gamma ** milestones.filter((m) => m === t).length);
}

/**
 * base * gamma^t; or base e^(-decay t), which is the same with gamma = e^(-decay).
 *
 * @example
 * ```ts
 * import { exponentialLR } from '@cotangent/optimizers';
 * console.log(exponentialLR({ gamma: 0.5 })(2, 1), exponentialLR({ decay: Math.LN2 })(2, 1)); // 0.25 0.25
 * ```
 */
export function exponentialLR(options: { readonly gamma: number } | { readonly decay: number }): Schedule {
  const gamma = 'gamma' in options ? options.gamma : Math.exp(-options.decay);
  checkPositive('exponentialLR', { gamma });
  return stepwise((t, base) => base * gamma ** t, (t, rate) => (t === 0 ? rate : rate * gamma));
}

/** base * factor before `totalIters`, base from then on. Defaults 1/3 and 5; `factor: 1` never changes anything. */
export function constantLR(options: { readonly factor?: number; readonly totalIters?: number } = {}): Schedule {
  const { factor = 1 / 3, totalIters = 5 } = readOptions('constantLR', options, ['factor', 'totalIters']);
  const closed = (t: number, base: number): number => (t < totalIters ? base * factor : base);
  return stepwise(closed, (t, rate) => (t === 0 ? rate * factor : t === totalIters ? rate / factor : rate));
}

/** base times a factor that goes from `startFactor` to `endFactor` in a line, within `totalIters`. Defaults 1/3, 1 and 5. */
export function linearLR(
  options: { readonly startFactor?: number; readonly endFactor?: number; readonly totalIters?: number } = {},
): Schedule {
  readOptions('linearLR', options, ['startFactor', 'endFactor', 'totalIters']);
  const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
  checkPositive('linearLR', { totalIters });
  const factor = (t: number): number => startFactor + ((endFactor - startFactor) * Math.min(t, totalIters)) / totalIters;
  return stepwise((t, base) => base * factor(t), (t, rate, base) => {
    if (t === 0) return rate * startFactor;
    // From a factor of 0 there is no way by multiplication.
    const before = factor(t - 1);
    return before === 0 ? base * factor(t) : (rate * factor(t)) / before;
  });
}

/** base * (1 - t / totalIters)^power, then 0. Defaults 5 and 1. */
export function polynomialLR(options: { readonly totalIters?: number; readonly power?: number } = {}): Schedule {
  const { totalIters = 5, power = 1 } = readOptions('polynomialLR', options, ['totalIters', 'power']);
  checkPositive('polynomialLR', { totalIters });
  const left = (t: number): number => 1 - Math.min(t, totalIters) / totalIters;
  const next = (t: number, rate: number): number => (t === 0 || t > totalIters ? rate : rate * (left(t) / left(t - 1)) ** power);
  return stepwise((t, base) => base * left(t) ** power, next);
}

/** base / (1 + decay t). */
export function inverseTimeLR(options: { readonly decay: number }): Schedule {
  const { decay } = readOptions('inverseTimeLR', options, ['decay']);
  return (t, base) => base / (1 + decay * t);
}

/** base k / sqrt(t) from count 1 on, and the same at 0, where the root would give infinity. `k` is 1 by default. */
export function inverseSqrtLR(options: { readonly k?: number } = {}): Schedule {
  const { k = 1 } = readOptions('inverseSqrtLR', options, ['k']);
  return (t, base) => (base * k) / Math.sqrt(Math.max(1, t));
}

/**
 * Any function of the count as a factor of the base.
 *
 * @example
 * ```ts
 * import { lambdaLR } from '@cotangent/optimizers';
 * console.log(lambdaLR((t) => 1 / (t + 1))(3, 0.1)); // 0.025
 * ```
 */
export function lambdaLR(factor: (t: number) => number): Schedule {
  return (t, base) => base * factor(t);
}

/** The rate of before times a function of the count, from count 1 on. */
export function multiplicativeLR(factor: (t: number) => number): Schedule {
  const next = (t: number, rate: number): number => (t === 0 ? rate : rate * factor(t));
  return stepwise(walked(next), next);
}

/**
 * base dModel^-0.5 min(n^-0.5, n warmup^-1.5) with n = t + 1: up in a line for `warmup` steps, then down with one over the
 * root, for an optimiser with rate 1 (Vaswani et al., "Attention Is All You Need", 2017). Count steps.
 */
export function noamLR(options: { readonly dModel: number; readonly warmup: number }): Schedule {
  const { dModel, warmup } = readOptions('noamLR', options, ['dModel', 'warmup']);
  checkPositive('noamLR', { dModel, warmup });
  return (t, base) => (base * Math.min((t + 1) ** -0.5, (t + 1) * warmup ** -1.5)) / Math.sqrt(dModel);
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
export function cosineAnnealingLR(options: { readonly tMax: number; readonly etaMin?: number }): Schedule {
  const { tMax, etaMin = 0 } = readOptions('cosineAnnealingLR', options, ['tMax', 'etaMin']);
  checkPositive('cosineAnnealingLR', { tMax });
  const wave = (t: number): number => 1 + Math.cos((Math.PI * t) / tMax);
  return stepwise((t, base) => etaMin + ((base - etaMin) * wave(t)) / 2, (t, rate, base) => {
    if (t === 0) return rate;
    // At the bottom of the wave nothing is left that could be multiplied.
    if ((t - 1 - tMax) % (2 * tMax) === 0) return rate + ((base - etaMin) * (2 - wave(1))) / 2;
    return etaMin + ((rate - etaMin) * wave(t)) / wave(t - 1);
  });
}

/** As `cosineAnnealingLR`, starting again after `t0`, then after `tMult` times as long, and so on. `tMult` is 1 by default. */
export function cosineAnnealingWarmRestarts(options: { readonly t0: number; readonly tMult?: number; readonly etaMin?: number }): Schedule {
  const { t0, tMult = 1, etaMin = 0 } = readOptions('cosineAnnealingWarmRestarts', options, ['t0', 'tMult', 'etaMin']);
  checkPositive('cosineAnnealingWarmRestarts', { t0 });
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

/**
 * From the group's rate to `swaLr` within `annealEpochs`, for averaging weights at a rate that stays (Izmailov et al.,
 * "Averaging Weights Leads to Wider Optima and Better Generalization", 2018). Defaults: 10 epochs, a cosine.
 */
export function swaLR(
  options: { readonly swaLr: number; readonly annealEpochs?: number; readonly annealStrategy?: 'cos' | 'linear' },
): Schedule {
  const { swaLr, annealEpochs = 10, annealStrategy = 'cos' } = readOptions('swaLR', options, ['swaLr', 'annealEpochs', 'annealStrategy']);
  return (t, base) => {
    const part = annealEpochs === 0 ? Math.min(1, t) : Math.min(1, Math.max(0, t - 1) / annealEpochs);
    const share = annealStrategy === 'cos' ? (1 - Math.cos(Math.PI * part)) / 2 : part;
    return swaLr * share + base * (1 - share);
  };
}

/** The closed form of a schedule together with the form that goes step by step. */
export function stepwise(closed: (t: number, base: number) => number, next: NonNullable<Schedule['next']>): Schedule {
  return Object.assign(closed, { next });
}

/** The rates of a schedule that is known step by step only. Going on from the last count asked for takes one step. */
export function walked(next: NonNullable<Schedule['next']>): (t: number, base: number) => number {
  const last = new Map<number, { t: number; rate: number }>();
  return (t, base) => {
    const seen = last.get(base);
    let { t: at, rate } = seen && seen.t <= t ? seen : { t: -1, rate: base };
    while (at < t) rate = next(++at, rate, base);
    last.set(base, { t: at, rate });
    return rate;
  };
}
