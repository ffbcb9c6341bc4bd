/** What callbacks are told, and when. */
import type { EpochRecord, History } from './history';

/** After a batch; where values are read asynchronously only, while the next one runs already. */
export interface BatchEvent {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** From 1, within the epoch. */
  readonly batch: number;
  /** Batches of an epoch, when the source knows. */
  readonly batches: number | undefined;
  /** Updates of the parameters up to this batch, in all epochs. */
  readonly step: number;
  /** Loss of this batch. */
  readonly loss: number;
  /** Mean loss of the epoch so far. */
  readonly meanLoss: number;
  readonly lr: number;
  /**
   * Ends training after this update, or the next where that is under way already, with everything in place for going on later.
   */
  readonly stop: () => void;
}

/** Before an epoch. */
export interface EpochStartEvent {
  readonly epoch: number;
  readonly epochs: number;
  /** The epochs so far. */
  readonly history: History;
}

/** After an epoch and its validation. */
export interface EpochEndEvent extends EpochStartEvent {
  readonly record: EpochRecord;
  /** Whether the watched figure is the best so far; false without early stopping. */
  readonly improved: boolean;
  /** Ends training now. */
  readonly stop: () => void;
}

export interface FitEvent {
  readonly epochs: number;
  readonly history: History;
}

/**
 * Functions that are called while `fit` runs, and waited for. The order:
 * `onFitStart`; then for every epoch `onEpochStart`, `onBatchEnd` after each batch, validation and the early-stopping
 * decision, `onEpochEnd`, the checkpoint; at last `onFitEnd`, also when an error ends it. Several callbacks are called in
 * the order of the list. An epoch that is broken off has no `onEpochEnd`.
 */
export interface Callback {
  onFitStart?(event: FitEvent): void | Promise<void>;
  onEpochStart?(event: EpochStartEvent): void | Promise<void>;
  onBatchEnd?(event: BatchEvent): void | Promise<void>;
  onEpochEnd?(event: EpochEndEvent): void | Promise<void>;
  onFitEnd?(event: FitEvent): void | Promise<void>;
}
