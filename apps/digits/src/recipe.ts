/**
 * How each network is trained. Rates and shift were chosen on the dev parts of the built-in digits with seeds 1 to 5: by
 * accuracy for LeNet-5, by loss for the regression. MNIST is trained with the same.
 */
import type { Module } from '@cotangent/layers';
import type { Tensor } from '@cotangent/tensor';
import { LeNet5, SoftmaxRegression } from './model';

export interface Recipe {
  /** What it is called in the output. */
  readonly name: string;
  /** What its files are called. */
  readonly file: string;
  readonly make: () => Module & { forward(x: Tensor): Tensor };
  /** The learning rate at the top of its one cycle. */
  readonly maxLr: number;
  /** Images are moved by up to so many pixels in each direction, anew in every epoch. */
  readonly shift: number;
}

export const SOFTMAX_REGRESSION: Recipe = {
  name: 'softmax regression',
  file: 'softmax-regression',
  make: () => new SoftmaxRegression(),
  maxLr: 3e-3,
  shift: 0,
};

export const LENET5: Recipe = { name: 'LeNet-5', file: 'lenet5', make: () => new LeNet5(), maxLr: 5e-3, shift: 2 };

/** Epochs and batch size: the small set of built-in digits needs more passes, the large one gets by with a few. */
export function scheduleFor(images: number): { readonly epochs: number; readonly batchSize: number } {
  return images < 10_000 ? { epochs: 25, batchSize: 32 } : { epochs: 5, batchSize: 64 };
}
