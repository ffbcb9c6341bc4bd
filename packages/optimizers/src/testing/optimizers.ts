/** Every optimiser that has a step on gradients, with options that use all it keeps. */
import type { Parameter } from '@cotangent/tensor';
import {
  Adadelta, Adafactor, Adagrad, Adam, Adamax, AdamW, ASGD, LAMB, Lion, NAdam, RAdam, RMSprop, Rprop, SGD, type Optimizer,
} from '../index';

/** Options that every optimiser takes. */
interface Common {
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly maximize?: boolean;
}

export interface OptimizerCase {
  readonly name: string;
  readonly make: (params: readonly Parameter[] | readonly Group[], common?: Common) => Optimizer;
}

type Group = Common & { readonly params: readonly Parameter[] };

function row(name: string, kind: new (params: never, options: never) => Optimizer, own: object): OptimizerCase {
  return { name, make: (params, common = {}) => new kind(params as never, { lr: 0.1, ...own, ...common } as never) };
}

export const OPTIMIZERS: readonly OptimizerCase[] = [
  row('SGD', SGD, {}),
  row('SGD with momentum', SGD, { momentum: 0.9 }),
  row('SGD with Nesterov momentum', SGD, { momentum: 0.9, nesterov: true }),
  row('SGD with dampening', SGD, { momentum: 0.9, dampening: 0.1 }),
  row('SGD with a corrected mean', SGD, { momentum: 0.9, dampening: 0.9, dampenFirst: true, biasCorrection: true }),
  row('Adagrad', Adagrad, { lrDecay: 0.1, initialAccumulatorValue: 0.5 }),
  row('Adadelta', Adadelta, {}),
  row('RMSprop', RMSprop, {}),
  row('RMSprop, centred, with momentum', RMSprop, { centered: true, momentum: 0.9, epsInside: true }),
  row('Adam', Adam, {}),
  row('Adam with eps inside', Adam, { epsInside: true }),
  row('AdamW with amsgrad', AdamW, { amsgrad: true }),
  row('NAdam', NAdam, {}),
  row('Adamax', Adamax, {}),
  row('RAdam', RAdam, { betas: [0.8, 0.9] }),
  row('ASGD', ASGD, { t0: 1 }),
  row('Rprop', Rprop, {}),
  row('Lion', Lion, {}),
  row('LAMB', LAMB, {}),
  row('Adafactor', Adafactor, {}),
  row('Adafactor with a mean', Adafactor, { beta1: 0.9 }),
];
