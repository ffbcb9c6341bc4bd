/** Trains one of the networks, in a way that can be interrupted. */
import { existsSync } from 'node:fs';
import { DataLoader, randomShift } from '@cotangent/data';
import { accuracy, confusionMatrix, crossEntropy } from '@cotangent/layers';
import { Adam, oneCycleLR } from '@cotangent/optimizers';
import { argmax, manualSeed, softmax, tensor, type Tensor } from '@cotangent/tensor';
import { fit, predict, type History, type Model, type Progress } from '@cotangent/train';
import { labelsOf, type DigitsData, type Part } from './data';
import type { Recipe } from './recipe';
import type { Outcome } from './report';

/** Images per batch where nothing is learned. */
const EVALUATION_BATCH = 500;

export interface TrainOptions {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Written after every epoch and when training is interrupted. */
  readonly checkpoint: string;
  /** Go on from that file if it is there. */
  readonly resume: boolean;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface Trained {
  readonly model: ReturnType<Recipe['make']>;
  readonly history: History;
}

/**
 * Trains a network: Adam, one cycle of the learning rate, images shifted at random. Everything random comes from the seed,
 * so the same seed on the same backend gives the same weights, interrupted or not.
 */
export async function train(recipe: Recipe, data: DigitsData, options: TrainOptions): Promise<Trained> {
  const { seed, epochs, batchSize, checkpoint, resume, progress, signal } = options;
  const { maxLr, shift } = recipe;
  manualSeed(seed);
  const model = recipe.make();
  const loader = new DataLoader(data.train, {
    batchSize,
    shuffle: true,
    seed,
    transform: ({ x, y }, random) => ({ x: shift === 0 ? x : randomShift(x, shift, random, data.paper), y }),
  });
  const history = await fit(model, {
    train: loader,
    validation: new DataLoader(data.dev, { batchSize: EVALUATION_BATCH }),
    loss: crossEntropy,
    metrics: { accuracy },
    optimizer: new Adam(model.parameters(), { lr: maxLr }),
    schedule: { schedule: oneCycleLR({ totalSteps: epochs * loader.length }), every: 'step' },
    epochs,
    checkpoint: { path: checkpoint },
    resume: resume && existsSync(checkpoint),
    progress,
    signal,
  });
  return { model, history };
}

/** The scores a network gives the images of a part: float32 [n, 10]. */
export function scoresOf(model: Model, part: Part): Promise<Tensor> {
  return predict(model, new DataLoader(part, { batchSize: EVALUATION_BATCH }), { progress: false });
}

/** What the scores say about the images of a part. */
export async function outcomeOf(scores: Tensor, part: Part): Promise<Outcome> {
  const truth = tensor(Int32Array.from(labelsOf(part)));
  return {
    confusion: (await confusionMatrix(scores, truth).array()) as number[][],
    predicted: Array.from(await argmax(scores, { dim: 1 }).data()),
    certainty: Array.from(await softmax(scores, { dim: 1 }).amax({ dim: 1 }).data()),
  };
}
