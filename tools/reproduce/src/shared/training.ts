/** What long trainings share: their options, how they load images, and the lines they print. */
import { parseArgs } from 'node:util';
import { wasm } from '@cotangent/backend-wasm';
import { arrayDataset, shift, type Arrays, type DataLoader, type Dataset, type NdArray, type SeededRandom } from '@cotangent/data';
import { accuracy, crossEntropy, type Module } from '@cotangent/layers';
import { AdamW, oneCycleLR } from '@cotangent/optimizers';
import { use } from '@cotangent/tensor';
import { evaluate, fit, type TrainableModel } from '@cotangent/train';

import { wholeNumber } from './options';

/** x: an image [channels, height, width] of bytes; y: its class. */
export type Sample = Arrays<'x' | 'y'>;

export interface TrainingOptions {
  /** The folder with the data set's files. */
  readonly data: string;
  readonly epochs: number;
  readonly seeds: readonly number[];
}

/**
 * Reads `--data`, `--epochs`, `--seeds` and `--threads`, and starts the wasm backend.
 *
 * @throws Error that names the option.
 */
export async function trainingOptions(name: string, files: string, epochs: number, seeds: string): Promise<TrainingOptions> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      epochs: { type: 'string', default: String(epochs) },
      seeds: { type: 'string', default: seeds },
      threads: { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error(`pnpm reproduce ${name} --data <dir>: expected the folder with ${files}.`);
  const threads = values.threads === undefined ? undefined : wholeNumber('threads', values.threads, 1);
  await use(wasm(threads === undefined ? {} : { threads }));
  return {
    data: values.data,
    epochs: wholeNumber('epochs', values.epochs, 1),
    seeds: values.seeds.split(',').map((seed) => wholeNumber('seeds', seed, 0)),
  };
}

/** Images with their classes as a data set. */
export function labelled(images: NdArray, labels: ArrayLike<number>): Dataset<Sample> {
  return arrayDataset({ x: images, y: { data: Int32Array.from(labels), shape: [labels.length] } });
}

/** The image moved by up to so many pixels, and mirrored every second time if it may be. */
export function moved({ x, y }: Sample, random: SeededRandom, pixels: number, mirror: boolean): Sample {
  const image = shift(x, random.integer(-pixels, pixels + 1), random.integer(-pixels, pixels + 1));
  return { x: mirror && random.integer(0, 2) === 1 ? mirrored(image) : image, y };
}

function mirrored(image: NdArray): NdArray {
  const width = image.shape.at(-1)!;
  const data = image.data.slice();
  for (let row = 0; row < data.length; row += width) data.subarray(row, row + width).reverse();
  return { ...image, data };
}

/** The training that both image programs use, which differ in network and data. */
export interface Recipe {
  readonly model: Module & TrainableModel;
  readonly train: DataLoader<Sample>;
  readonly test: DataLoader<Sample>;
  readonly epochs: number;
  /** The largest rate of the cycle. */
  readonly maxLr: number;
  readonly weightDecay: number;
}

/**
 * Trains with AdamW and one cycle of the rate, and prints a line for every epoch. The test part is looked at only after the last
 * epoch, so nothing is chosen by it.
 *
 * @returns the share of the test part whose class is found.
 */
export async function trainAndTest({ model, train, test, epochs, maxLr, weightDecay }: Recipe): Promise<number> {
  const start = performance.now();
  await fit(model, {
    train,
    loss: crossEntropy,
    optimizer: new AdamW(model.parameters(), { lr: maxLr, weightDecay }),
    schedule: { schedule: oneCycleLR({ totalSteps: epochs * train.length }), every: 'step' },
    epochs,
    progress: false,
    callbacks: [{ onEpochEnd: ({ record }) => console.log(`  epoch ${record.epoch}: loss ${record.loss.toFixed(4)}, ${since(start)}`) }],
  });
  const { metrics } = await evaluate(model, test, { metrics: { accuracy }, progress: false });
  return metrics['accuracy'] as number;
}

/** Seconds since `start`, for people. */
export function since(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(0)} s`;
}
