/** Training steps of common sizes, with the planner and with one kernel per op. */
import { backward } from '@cotangent/autodiff';
import { BatchNorm2d, Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, ReLU, Sequential, type Layer } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { rand, randint } from '@cotangent/tensor';
import { BOTH, perFlop, ready, UNFUSED, type Workload } from './run';

function training(name: string, model: () => Layer, input: readonly number[], classes: number, flops: number): Workload[] {
  const unfused = `${name}: unfused`;
  return [name, unfused].map((row) => ({
    name: row,
    places: BOTH,
    needs: row === name ? [unfused] : [],
    build: async () => {
      const net = model();
      const optimizer = new Adam(net.parameters(), { lr: 1e-3 });
      const x = await ready(rand(input));
      const y = await ready(randint(0, classes, [input[0]!]));
      return {
        once: () => {
          const loss = crossEntropy(net.forward(x), y);
          optimizer.step(backward(loss));
          loss.itemSync();
        },
        report: perFlop(flops, row === name ? [[unfused, 'unfused']] : []),
        ...(row === name ? {} : { planner: UNFUSED }),
      };
    },
  }));
}

function lenet(): Layer {
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }), new ReLU(), new MaxPool2d(2), new Conv2d(6, 16, 5), new ReLU(), new MaxPool2d(2), new Flatten(),
    new Linear(400, 120), new ReLU(), new Linear(120, 84), new ReLU(), new Linear(84, 10),
  );
}

export const STEPS: readonly Workload[] = [
  ...training(
    'step: MLP 784-512-256-10, batch 128, Adam',
    () => new Sequential(new Linear(784, 512), new ReLU(), new Linear(512, 256), new ReLU(), new Linear(256, 10)),
    [128, 784],
    10,
    308e6,
  ),
  ...training('step: LeNet-5 28x28, batch 64, Adam', lenet, [64, 1, 28, 28], 10, 6 * 64 * (117_600 + 240_000 + 48_000 + 10_080 + 840)),
  ...training(
    'step: conv 16 + batch norm, 16x16, batch 32, Adam',
    () => new Sequential(new Conv2d(3, 16, 3, { padding: 1 }), new BatchNorm2d(16), new ReLU(), new Flatten(), new Linear(4096, 10)),
    [32, 3, 16, 16],
    10,
    6 * 32 * (110_592 + 40_960),
  ),
];
