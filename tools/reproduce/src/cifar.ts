/**
 * A small residual network on a part of CIFAR-10, with batch normalisation and without: at least 0.62 of the test images, in the mean of
 * three seeds, and more with batch normalisation than without.
 *
 * `pnpm reproduce cifar --data <folder of the binary batches> [--epochs 20] [--seeds 1,2,3] [--threads n]` prints seed, time and score
 * of every run, and fails when the claim does not hold. The batches are those of CIFAR-10's binary version, plain or .gz.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataLoader, gunzip, type Dataset } from '@cotangent/data';
import { BatchNorm2d, Conv2d, Identity, Linear, Module, ReLU, Sequential, type Layer } from '@cotangent/layers';
import { manualSeed, type Tensor } from '@cotangent/tensor';
import { labelled, moved, since, trainAndTest, trainingOptions, type Sample } from './shared/training';

const CLAIM = 0.62;
const SIDE = 32;
/** A record of the binary version: the class, then the three planes. */
const PIXELS = 3 * SIDE * SIDE;

function normalisation(channels: number, normed: boolean): Layer {
  return normed ? new BatchNorm2d(channels) : new Identity();
}

/** Two convolutions and a shortcut, which is a convolution where sizes differ. */
class Block extends Module {
  readonly first: Conv2d;
  readonly second: Conv2d;
  readonly norm1: Layer;
  readonly norm2: Layer;
  readonly shortcut: Layer;

  constructor(from: number, to: number, stride: number, normed: boolean) {
    super();
    this.first = new Conv2d(from, to, 3, { stride, padding: 1, bias: !normed });
    this.second = new Conv2d(to, to, 3, { padding: 1, bias: !normed });
    this.norm1 = normalisation(to, normed);
    this.norm2 = normalisation(to, normed);
    this.shortcut = from === to ? new Identity() : new Conv2d(from, to, 1, { stride });
  }

  forward(x: Tensor): Tensor {
    const y = this.norm1.forward(this.first.forward(x)).relu();
    return this.norm2.forward(this.second.forward(y)).add(this.shortcut.forward(x)).relu();
  }
}

class SmallResNet extends Module {
  readonly layers: Sequential;
  readonly head = new Linear(64, 10);

  constructor(normed: boolean) {
    super();
    this.layers = new Sequential(
      new Conv2d(3, 16, 3, { padding: 1, bias: !normed }),
      normalisation(16, normed),
      new ReLU(),
      new Block(16, 16, 1, normed),
      new Block(16, 32, 2, normed),
      new Block(32, 64, 2, normed),
    );
  }

  /** @param x [n, 3, 32, 32] bytes. */
  forward(x: Tensor): Tensor {
    const features = this.layers.forward(x.cast('float32').div(127.5).sub(1));
    return this.head.forward(features.mean({ dim: [2, 3] }));
  }
}

const { data, epochs, seeds } = await trainingOptions('cifar', 'the binary batches of CIFAR-10', 20, '1,2,3');

async function part(pattern: RegExp): Promise<Dataset<Sample>> {
  const names = readdirSync(data).filter((name) => pattern.test(name));
  if (names.length === 0) throw new Error(`--data ${data}: no file matches ${String(pattern)}.`);
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(data, name));
      return name.endsWith('.gz') ? gunzip(bytes) : bytes;
    }),
  );
  const records = files.flatMap((bytes) =>
    Array.from({ length: bytes.length / (PIXELS + 1) }, (_, i) => bytes.subarray(i * (PIXELS + 1), (i + 1) * (PIXELS + 1))),
  );
  const pixels = new Uint8Array(records.length * PIXELS);
  records.forEach((record, i) => pixels.set(record.subarray(1), i * PIXELS));
  return labelled({ data: pixels, shape: [records.length, 3, SIDE, SIDE] }, records.map(([label]) => label!));
}

const [train, test] = await Promise.all([part(/^data_batch_\d\.bin(\.gz)?$/), part(/^test_batch\.bin(\.gz)?$/)]);
console.log(`${train.length} images to train on, ${test.length} for the test`);
const means: Record<'with' | 'without', number> = { with: 0, without: 0 };
for (const kind of ['with', 'without'] as const) {
  const scores: number[] = [];
  for (const seed of seeds) {
    manualSeed(seed);
    const start = performance.now();
    const score = await trainAndTest({
      model: new SmallResNet(kind === 'with'),
      train: new DataLoader(train, {
        batchSize: 64,
        shuffle: true,
        dropLast: true,
        seed,
        transform: (sample, random) => moved(sample, random, 3, true),
      }),
      test: new DataLoader(test, { batchSize: 500 }),
      epochs,
      maxLr: kind === 'with' ? 1e-2 : 2e-3,
      weightDecay: 0.05,
    });
    scores.push(score);
    console.log(`cifar: ${kind} batch normalisation, seed ${seed}, ${epochs} epochs, ${since(start)}, test accuracy ${score.toFixed(3)}`);
  }
  means[kind] = scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
console.log(`cifar: mean test accuracy ${means.with.toFixed(3)} with batch normalisation, ${means.without.toFixed(3)} without`);
if (means.with < CLAIM || means.with <= means.without) {
  console.log(`the claim was at least ${CLAIM} with it, and less without`);
  process.exitCode = 1;
}
