/** Optimisers, learning-rate schedules and gradient clipping. */
export { Adam, AdamW, type AdamOptions } from './adam';
export { clipGradNorm, clipGradValue, type ClippedGradients, type ClipNormOptions } from './clip';
export { ParameterGroup, type GroupSpec, type ParameterSource } from './group';
export { Optimizer, type CommonOptions, type RuleInput, type RuleOutput } from './optimizer';
export { Scheduler, type Scheduled, type SchedulerState } from './scheduler';
export * from './schedules';
export { SGD, type SGDOptions } from './sgd';
export type { OptimizerState, StateValue } from './state';
