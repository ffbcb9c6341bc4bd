import { gt, mul, readOptions, where, type Tensor } from '@cotangent/tensor';
import { checkFinite, checkInput } from '../check';
import { Module } from '../module';

export interface LeakyReLUOptions {
  /** The derivative for x <= 0. Default 0.01. */
  readonly negativeSlope?: number;
}

const LEAKY_RELU_OPTIONS = ['negativeSlope'] as const;

/**
 * x for x > 0, else negativeSlope * x. The derivative at 0 is the slope.
 *
 * @throws ArgumentError when the slope is not finite; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { leakyRelu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await leakyRelu(tensor([-2, 3]), { negativeSlope: 0.1 }).array()); // [-0.2..., 3]
 * ```
 */
export function leakyRelu(x: Tensor, options: LeakyReLUOptions = {}): Tensor {
  const { negativeSlope = 0.01 } = readOptions('leakyRelu', options, LEAKY_RELU_OPTIONS);
  checkFinite('leakyRelu', 'negativeSlope', negativeSlope);
  checkInput('leakyRelu', x);
  return where(gt(x, 0), x, mul(x, negativeSlope));
}

/**
 * A ReLU that lets a little of what is negative through, so that no unit stops learning: x for x > 0, else negativeSlope * x.
 * Maas et al., "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
 *
 * @example
 * ```ts
 * import { LeakyReLU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new LeakyReLU().forward(tensor([-100, 3])).array()); // [-1, 3]
 * ```
 */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor(options: LeakyReLUOptions = {}) {
    super();
    readOptions('LeakyReLU', options, LEAKY_RELU_OPTIONS);
    this.negativeSlope = checkFinite('LeakyReLU', 'negativeSlope', options.negativeSlope ?? 0.01);
  }

  override extraRepr(): string {
    return `negativeSlope=${this.negativeSlope}`;
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.negativeSlope });
  }
}
