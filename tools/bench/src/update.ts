/** Updates of optimisers alone: 30 tensors with 4 M numbers, as the bytes that must be touched at the bandwidth of a copy. */
import { Gradients } from '@cotangent/autodiff';
import { Adam, Lion, RMSprop, SGD, type Optimizer } from '@cotangent/optimizers';
import { parameter, rand, type Parameter } from '@cotangent/tensor';
import { BOTH, perByte, ready, type Workload } from './run';

const TENSORS = 30;
const NUMBERS = 4 * 2 ** 20;

/** `arrays` are read or written by a step: weights and gradient, and each array of state, those that change twice. */
function update(name: string, arrays: number, make: (parameters: Parameter[]) => Optimizer): Workload {
  return {
    name: `update: ${name}, 30 tensors, 4 M`,
    places: BOTH,
    build: async () => {
      const shape = [Math.floor(NUMBERS / TENSORS / 64), 64];
      const all = Array.from({ length: TENSORS }, () => shape);
      const parameters = await Promise.all(all.map(async () => parameter(await ready(rand(shape)))));
      const gradients = await Promise.all(all.map(() => ready(rand(shape))));
      const optimizer = make(parameters);
      const grads = new Gradients(parameters.map((p, i) => [p, gradients[i]!] as const));
      const report = perByte(4 * arrays * TENSORS * shape[0]! * shape[1]!);
      return {
        once: () => {
          optimizer.step(grads);
        },
        // No more than 1.3 times the time of a copy.
        report: (ms, seen) => ({ ...report(ms, seen), limit: { least: seen.copyGBs / 1.3 } }),
      };
    },
  };
}

export const UPDATES: readonly Workload[] = [
  update('SGD with momentum', 5, (p) => new SGD(p, { lr: 1e-3, momentum: 0.9 })),
  update('Adam', 7, (p) => new Adam(p)),
  update('RMSprop', 5, (p) => new RMSprop(p)),
  update('Lion', 5, (p) => new Lion(p)),
];
