/** One network in training: a step, the accuracy, the probabilities of an image, and a copy on another backend. */
import { backward } from '@cotangent/autodiff';
import { DataLoader } from '@cotangent/data';
import { decodeCheckpoint, encodeCheckpoint } from '@cotangent/io';
import { crossEntropy } from '@cotangent/layers';
import { Adam } from '@cotangent/optimizers';
import { compile, manualSeed, noGrad, softmax, tensor, type Tensor } from '@cotangent/tensor';
import type { DigitsData } from './data';
import { DigitNet } from './model';

/** Images per batch where nothing is learned. */
const EVALUATION_BATCH = 500;
/** The rate of the first step; after HALF steps it is half of that, after 2 HALF a third: quick at first, steady in the end. */
const LEARNING_RATE = 4e-3;
const HALF = 400;

export class Trainer {
  readonly model: DigitNet;
  readonly #optimizer: Adam;
  readonly #step: (images: Tensor, labels: Tensor) => Tensor;
  readonly #scores: (images: Tensor) => Tensor;

  /** Initial weights come from the seed, and live on the backend in use. */
  constructor(
    private readonly data: DigitsData,
    seed: number,
  ) {
    manualSeed(seed);
    this.model = new DigitNet(data.side);
    this.#optimizer = new Adam(this.model.parameters(), { lr: LEARNING_RATE });
    this.#step = compile((images: Tensor, labels: Tensor) => {
      const loss = crossEntropy(this.model.forward(this.#inked(images)), labels);
      this.#optimizer.step(backward(loss));
      return loss;
    });
    this.#scores = compile((images: Tensor) => noGrad(() => this.model.forward(images)));
  }

  /** Trains on one batch, after so many others, and gives its loss. */
  async step(images: Tensor, labels: Tensor, after: number): Promise<number> {
    this.#optimizer.lr = LEARNING_RATE / (1 + after / HALF);
    return this.#step(images, labels).item();
  }

  /** Share of the test images that are read correctly. */
  async accuracy(): Promise<number> {
    let right = 0;
    for await (const { x, y } of new DataLoader(this.data.test, { batchSize: EVALUATION_BATCH })) {
      const best = this.#scores(this.#inked(x)).argmax({ dim: 1 });
      right += await best.eq(y).cast('float32').sum().item();
    }
    return right / this.data.test.length;
  }

  /** The probability of each digit for one image of numbers from 0 to 1. */
  async read(image: Float32Array): Promise<number[]> {
    const { side } = this.data;
    return Array.from(await softmax(this.#scores(tensor(image).reshape(1, 1, side, side)), { dim: 1 }).data());
  }

  /** Everything for going on exactly: weights and the state of the optimiser. */
  async state(): Promise<Uint8Array> {
    return encodeCheckpoint({ model: this.model, optimizer: this.#optimizer, epoch: 0 });
  }

  async restore(state: Uint8Array): Promise<void> {
    await decodeCheckpoint(state, { model: this.model, optimizer: this.#optimizer });
  }

  #inked(images: Tensor): Tensor {
    return images.cast('float32').div(this.data.ink);
  }
}
