/** Stopping when a figure no longer improves. */
import { ArgumentError, readOptions } from '@cotangent/tensor';

export interface EarlyStoppingOptions {
  /** Stop after this many epochs in a row without improvement. Default 5. */
  readonly patience?: number;
  /** An improvement is a change of more than this. Default 0. */
  readonly minDelta?: number;
  /** Whether smaller or larger is better. Default 'min'. */
  readonly mode?: 'min' | 'max';
}

/** Where early stopping stands. Plain numbers; `best` may be infinite. */
export interface EarlyStoppingState {
  readonly best: number;
  readonly bestEpoch: number;
  readonly epoch: number;
}

/**
 * Watches one figure per epoch. `fit` uses it; here it is for loops of your own.
 *
 * @example
 * ```ts
 * import { EarlyStopping } from '@cotangent/train';
 * const stopping = new EarlyStopping({ patience: 2 });
 * for (const loss of [0.9, 0.7, 0.8, 0.75]) {
 *   stopping.update(loss); // true for 0.9 and 0.7: save the weights then
 *   if (stopping.done) break;
 * }
 * console.log(stopping.bestEpoch, stopping.done); // 2 true
 * ```
 */
export class EarlyStopping {
  private readonly patience: number;
  private readonly minDelta: number;
  private readonly sign: 1 | -1;
  private current: EarlyStoppingState;

  constructor(options: EarlyStoppingOptions = {}) {
    const { patience = 5, minDelta = 0, mode = 'min' } = readOptions('EarlyStopping', options, ['patience', 'minDelta', 'mode']);
    if (!Number.isInteger(patience) || patience < 1) {
      throw new ArgumentError(`earlyStopping: patience is ${patience}; expected a whole number of at least 1.`);
    }
    if (!(minDelta >= 0)) throw new ArgumentError(`earlyStopping: minDelta is ${minDelta}; expected a number of at least 0.`);
    this.patience = patience;
    this.minDelta = minDelta;
    this.sign = mode === 'max' ? -1 : 1;
    this.current = { best: this.sign * Infinity, bestEpoch: 0, epoch: 0 };
  }

  /** Takes the figure of the next epoch. NaN is no improvement. @returns whether it is the best so far. */
  update(value: number): boolean {
    const { best, bestEpoch, epoch } = this.current;
    const improved = this.sign * value < this.sign * best - this.minDelta;
    this.current = { best: improved ? value : best, bestEpoch: improved ? epoch + 1 : bestEpoch, epoch: epoch + 1 };
    return improved;
  }

  /** Whether it is time to stop. */
  get done(): boolean {
    return this.current.epoch - this.current.bestEpoch >= this.patience;
  }

  /** The epoch of the best figure, from 1; 0 before there is one. */
  get bestEpoch(): number {
    return this.current.bestEpoch;
  }

  get best(): number {
    return this.current.best;
  }

  state(): EarlyStoppingState {
    return this.current;
  }

  restore(state: EarlyStoppingState): void {
    this.current = state;
  }
}
