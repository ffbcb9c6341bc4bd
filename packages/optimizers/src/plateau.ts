/** Lowering the learning rate when a figure stops improving. */
import { ArgumentError, readOptions, StateError } from '@cotangent/tensor';
import { checkAtLeastZero } from './checks';
import type { Scheduled } from './scheduler';

export interface PlateauOptions {
  /** Whether the figure should fall or rise. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number;
  /** How many figures in a row may be no better; the next one lowers the rate. Default 10. */
  readonly patience?: number;
  /** By how much a figure must be better to count. Default 1e-4. */
  readonly threshold?: number;
  /** Whether that is a part of the best figure or a difference. Default 'rel'. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** How many figures are not counted after the rate was lowered. Default 0. */
  readonly cooldown?: number;
  /** The smallest rate, for all groups or one by one. Default 0. */
  readonly minLr?: number | readonly number[];
  /** Changes of the rate that are not larger are left out. Default 1e-8. */
  readonly eps?: number;
}

/** Where a scheduler stands. Infinite figures are null, as JSON has them. */
export interface PlateauState {
  readonly best: number | null;
  readonly bad: number;
  readonly cooling: number;
  readonly count: number;
  readonly rates: readonly number[];
}

/**
 * Multiplies the rates of all groups by `factor` when a figure, such as the validation loss, has not improved for more than
 * `patience` steps, as in PyTorch. Call `step` with every figure.
 *
 * @throws ArgumentError for options that make no sense.
 * @example
 * ```ts
 * import { ReduceLROnPlateau, SGD } from '@cotangent/optimizers';
 * import { parameter, zeros } from '@cotangent/tensor';
 * const optimizer = new SGD([parameter(zeros([2]))], { lr: 1 });
 * const scheduler = new ReduceLROnPlateau(optimizer, { patience: 1 });
 * for (const loss of [0.5, 0.6, 0.7]) scheduler.step(loss);
 * console.log(optimizer.lr); // 0.1
 * ```
 */
export class ReduceLROnPlateau {
  /** Those of the optimiser whose rates it lowers. */
  readonly groups: readonly Scheduled[];
  private readonly options: Required<PlateauOptions>;
  private readonly least: readonly number[];
  private best: number;
  private bad = 0;
  private cooling = 0;
  private at = 0;

  constructor(optimizer: { readonly groups: readonly Scheduled[] }, options: PlateauOptions = {}) {
    readOptions('ReduceLROnPlateau', options, ['mode', 'factor', 'patience', 'threshold', 'thresholdMode', 'cooldown', 'minLr', 'eps']);
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = 'rel', cooldown = 0 } = options;
    const { minLr = 0, eps = 1e-8 } = options;
    this.groups = optimizer.groups;
    this.options = { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps };
    if (!(factor > 0 && factor < 1)) throw new ArgumentError(`ReduceLROnPlateau: factor is ${factor}; expected a number between 0 and 1.`);
    checkAtLeastZero('ReduceLROnPlateau', { patience, cooldown, eps });
    this.least = typeof minLr === 'number' ? this.groups.map(() => minLr) : minLr;
    if (this.least.length !== this.groups.length) {
      throw new ArgumentError(`ReduceLROnPlateau: ${this.least.length} rates in minLr; the optimiser has ${this.groups.length} groups.`);
    }
    this.best = mode === 'min' ? Infinity : -Infinity;
  }

  /** How many figures there have been. */
  get count(): number {
    return this.at;
  }

  /** Takes the next figure. NaN is never better. */
  step(figure: number): void {
    const { cooldown, patience } = this.options;
    this.at++;
    if (this.isBetter(figure)) {
      this.best = figure;
      this.bad = 0;
    } else this.bad++;
    if (this.cooling > 0) {
      this.cooling--;
      this.bad = 0;
    }
    if (this.bad <= patience) return;
    this.reduce();
    this.cooling = cooldown;
    this.bad = 0;
  }

  /** Plain numbers, ready for JSON. */
  state(): PlateauState {
    const { at: count, bad, cooling } = this;
    return { best: Number.isFinite(this.best) ? this.best : null, bad, cooling, count, rates: this.groups.map(({ lr }) => lr) };
  }

  /**
   * Goes back to where `state` was taken, with its rates.
   *
   * @throws StateError when the state belongs to another optimiser.
   */
  restore({ best, bad, cooling, count, rates }: PlateauState): void {
    if (rates.length !== this.groups.length) {
      const groups = this.groups.length;
      throw new StateError(`ReduceLROnPlateau.restore: the state has ${rates.length} rates; this optimiser has ${groups} groups.`);
    }
    this.best = best ?? (this.options.mode === 'min' ? Infinity : -Infinity);
    [this.bad, this.cooling, this.at] = [bad, cooling, count];
    this.groups.forEach((group, i) => {
      group.lr = rates[i]!;
    });
  }

  private isBetter(figure: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    const sign = mode === 'min' ? -1 : 1;
    const limit = thresholdMode === 'rel' ? this.best * (1 + sign * threshold) : this.best + sign * threshold;
    return mode === 'min' ? figure < limit : figure > limit;
  }

  private reduce(): void {
    const { factor, eps } = this.options;
    this.groups.forEach((group, i) => {
      const lower = Math.max(group.lr * factor, this.least[i]!);
      if (group.lr - lower > eps) group.lr = lower;
    });
  }
}
