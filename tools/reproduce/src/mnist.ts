/**
 * A small convolutional network on MNIST: 99.3 % of the test images within ten epochs.
 *
 * `pnpm reproduce mnist --data <folder of the four IDX files> [--epochs 10] [--seeds 1] [--threads n]` prints seed, time and score, and
 * fails below the claim.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataLoader, loadIdx, type Dataset } from '@cotangent/data';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential } from '@cotangent/layers';
import { manualSeed, type Tensor } from '@cotangent/tensor';
import { labelled, moved, since, trainAndTest, trainingOptions, type Sample } from './shared/training';

const CLAIM = 0.993;

class DigitNet extends Module {
  readonly layers = new Sequential(
    ...convolution(1, 16),
    ...convolution(16, 16),
    new MaxPool2d(2),
    ...convolution(16, 32),
    ...convolution(32, 32),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(32 * 7 * 7, 128),
    new ReLU(),
    new Dropout(0.3),
    new Linear(128, 10),
  );

  /** @param x [n, 1, 28, 28] bytes; mean and deviation are those of MNIST. */
  forward(x: Tensor): Tensor {
    return this.layers.forward(x.cast('float32').div(255).sub(0.1307).div(0.3081));
  }
}

function convolution(from: number, to: number): [Conv2d, BatchNorm2d, ReLU] {
  return [new Conv2d(from, to, 3, { padding: 1, bias: false }), new BatchNorm2d(to), new ReLU()];
}

const { data, epochs, seeds } = await trainingOptions('mnist', 'the four IDX files of MNIST', 10, '1');

async function part(prefix: string): Promise<Dataset<Sample>> {
  const load = (name: string): ReturnType<typeof loadIdx> => {
    const path = join(data, `${prefix}-${name}`);
    return loadIdx(existsSync(path) ? path : `${path}.gz`);
  };
  const [images, labels] = await Promise.all([load('images-idx3-ubyte'), load('labels-idx1-ubyte')]);
  return labelled({ ...images, shape: [labels.data.length, 1, 28, 28] }, labels.data);
}

const [train, test] = await Promise.all([part('train'), part('t10k')]);
for (const seed of seeds) {
  manualSeed(seed);
  const start = performance.now();
  const score = await trainAndTest({
    model: new DigitNet(),
    train: new DataLoader(train, { batchSize: 128, shuffle: true, seed, transform: (sample, random) => moved(sample, random, 2, false) }),
    test: new DataLoader(test, { batchSize: 500 }),
    epochs,
    maxLr: 5e-3,
    weightDecay: 0.01,
  });
  console.log(
    `mnist: seed ${seed}, ${epochs} epochs, ${since(start)}, test accuracy ${(100 * score).toFixed(2)} %`,
  );
  if (score < CLAIM) {
    console.log(`below the claim of ${100 * CLAIM} %`);
    process.exitCode = 1;
  }
}
