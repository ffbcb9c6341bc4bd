import { readOptions, softplus, type Tensor } from '@cotangent/tensor';
import { checkFinite, checkInput, checkPositive } from '../check';
import { Module } from '../module';

export interface SoftplusOptions {
  /** The larger, the closer to a ReLU. Default 1. */
  readonly beta?: number;
  /** Where beta * x is above this, the result is x itself. Default 20. */
  readonly threshold?: number;
}

/**
 * log(1 + e^(beta x)) / beta: a smooth ReLU whose derivative is sigmoid(beta x). Finite for every finite x.
 *
 * @example
 * ```ts
 * import { Softplus } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Softplus().forward(tensor([-1000, 0, 1000])).array()); // [0, 0.6931..., 1000]
 * ```
 */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(options: SoftplusOptions = {}) {
    super();
    const { beta = 1, threshold = 20 } = readOptions('Softplus', options, ['beta', 'threshold']);
    this.beta = checkPositive('Softplus', 'beta', beta);
    this.threshold = checkFinite('Softplus', 'threshold', threshold);
  }

  override extraRepr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('Softplus', x);
    return softplus(x, { beta: this.beta, threshold: this.threshold });
  }
}
