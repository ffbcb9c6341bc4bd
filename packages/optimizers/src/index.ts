/** Optimisers, learning-rate schedules and gradient clipping. */
export { Adadelta, type AdadeltaOptions } from './adadelta';
export { Adafactor, type AdafactorOptions } from './adafactor';
export { Adagrad, type AdagradOptions } from './adagrad';
export { Adam, AdamW, type AdamOptions } from './adam';
export { Adamax, type AdamaxOptions } from './adamax';
export { ASGD, type ASGDOptions } from './asgd';
export { chainedLR, sequentialLR, staircaseLR, warmupLR } from './combined';
export * from './cycles';
export { clipGradNorm, clipGradValue, type ClippedGradients, type ClipNormOptions } from './clip';
export { gradientDescent, type Descent, type DescentOptions } from './descent';
export { ewma, ewmaWindow, type EwmaOptions } from './ewma';
export { GradScaler, type GradScalerOptions, type ScalableOptimizer } from './grad-scaler';
export { ParameterGroup, type GroupSpec, type NumberPerParameter, type ParameterSource } from './group';
export { LAMB, type LAMBOptions } from './lamb';
export { LBFGS, type LBFGSOptions } from './lbfgs';
export { Lion, type LionOptions } from './lion';
export { Lookahead, type LookaheadOptions } from './lookahead';
export { NAdam, type NAdamOptions } from './nadam';
export { GradientNoise, type GradientNoiseOptions } from './noise';
export { Optimizer, type CommonOptions, type RuleInput, type RuleOutput, type Updates } from './optimizer';
export { ReduceLROnPlateau, type PlateauOptions, type PlateauState } from './plateau';
export { RAdam, type RAdamOptions } from './radam';
export { RMSprop, type RMSpropOptions } from './rmsprop';
export { Rprop, type RpropOptions } from './rprop';
export { SAM, type SAMOptions } from './sam';
export { Scheduler, type Scheduled, type SchedulerState } from './scheduler';
export {
  constantLR, cosineAnnealingLR, cosineAnnealingWarmRestarts, exponentialLR, inverseSqrtLR, inverseTimeLR, lambdaLR, linearLR,
  multiplicativeLR, multiStepLR, noamLR, polynomialLR, stepLR, swaLR, type Schedule,
} from './schedules';
export { SGD, type SGDOptions } from './sgd';
export type { OptimizerState, StateValue } from './state';
export type { StateArray } from './state-array';
export { EMA, SWA, WeightAverage, type EMAOptions } from './weight-average';
