/** The training loop, evaluation and prediction. */
export type { Batches, Sample } from './batches';
export type { BatchEvent, Callback, EpochEndEvent, EpochStartEvent, FitEvent } from './callbacks';
export { crossValidate, learningCurve, type Figures, type LearningPoint, type RunSummary } from './cross-validation';
export { EarlyStopping, type EarlyStoppingOptions, type EarlyStoppingState } from './early-stopping';
export { TrainingError } from './errors';
export { evaluate, predict, type EvaluateOptions, type Evaluation, type PredictOptions } from './evaluate';
export { fit, type FitOptimizer, type FitOptions, type StoppingOptions } from './fit';
export type { EpochRecord, History } from './history';
export { meanOf, sumOf, type Metric, type MetricFunction, type Metrics, type MetricValue } from './metrics';
export type { Model, TrainableModel } from './model';
export { overAll } from './over-all';
export {
  logProgress,
  progressLine,
  terminalProgress,
  type Progress,
  type ProgressState,
  type TerminalProgressOptions,
  type TerminalStream,
} from './progress';
export type { RateSchedule } from './rates';
export type { CheckpointOptions } from './run-state';
export { selectModel, type Requirement, type SelectOptions } from './select-model';
export { updateBatchNorm } from './update-batch-norm';
