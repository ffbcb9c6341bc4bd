/** Normal noise on inputs or hidden values: added, or multiplied. */
import { add, ArgumentError, mul, randn, readOptions, type Generator, type Tensor } from '@cotangent/tensor';
import { checkInput, checkNotNegative, checkProbability } from '../check';
import { Module } from '../module';
import { DropoutLayer } from './dropout';
import { DROPOUT_FUNCTION_OPTIONS, DROPOUT_OPTIONS, type DropoutFunctionOptions, type DropoutOptions } from './mask';

/**
 * Multiplicative noise from N(1, p / (1 - p)), which has the expectation and variance of dropout with probability p; in evaluation the
 * input as it is.
 *
 * @param options p: default 0.5, below 1; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1).
 * @example
 * ```ts
 * import { gaussianDropout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await gaussianDropout(ones([4]), { p: 0.1 }).array()); // four numbers around 1
 * ```
 */
export function gaussianDropout(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  const { p = 0.5, training = true, generator } = readOptions('gaussianDropout', options, DROPOUT_FUNCTION_OPTIONS);
  checkBelowOne('gaussianDropout', p);
  checkInput('gaussianDropout', x);
  if (!training || p === 0) return x;
  return mul(x, add(mul(randn(x.shape, { generator, dtype: x.dtype }), Math.sqrt(p / (1 - p))), 1));
}

/**
 * Multiplicative normal noise with mean 1. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014,
 * section 10.
 *
 * @example
 * ```ts
 * import { GaussianDropout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await new GaussianDropout(0.1).forward(ones([4])).array()); // four numbers around 1
 * ```
 */
export class GaussianDropout extends DropoutLayer {
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super(p, readOptions('GaussianDropout', options, DROPOUT_OPTIONS));
    checkBelowOne('GaussianDropout', p);
  }

  forward(x: Tensor): Tensor {
    return gaussianDropout(x, this);
  }
}

export interface GaussianNoiseOptions extends DropoutOptions {
  /** Standard deviation of the noise. Default 0.1. */
  readonly std?: number;
}

/**
 * Additive noise from N(0, std^2); in evaluation the input as it is.
 *
 * @param options std: default 0.1; training: default true; generator.
 * @throws ArgumentError when std is negative or not finite.
 * @example
 * ```ts
 * import { gaussianNoise } from '@cotangent/layers';
 * import { zeros } from '@cotangent/tensor';
 * console.log(await gaussianNoise(zeros([4]), { std: 0.01 }).array()); // four numbers around 0
 * ```
 */
export function gaussianNoise(x: Tensor, options: GaussianNoiseOptions & { readonly training?: boolean } = {}): Tensor {
  const { std = 0.1, training = true, generator } = readOptions('gaussianNoise', options, ['std', 'generator', 'training']);
  checkNotNegative('gaussianNoise', 'std', std);
  checkInput('gaussianNoise', x);
  if (!training || std === 0) return x;
  return add(x, mul(randn(x.shape, { generator, dtype: x.dtype }), std));
}

/**
 * Additive normal noise, on inputs or hidden values. For small noise on inputs and a squared error that is a penalty on the derivatives
 * of the network: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", 1995.
 *
 * @example
 * ```ts
 * import { GaussianNoise } from '@cotangent/layers';
 * import { zeros } from '@cotangent/tensor';
 * console.log(await new GaussianNoise(0.01).forward(zeros([4])).array()); // four numbers around 0
 * ```
 */
export class GaussianNoise extends Module {
  readonly std: number;
  readonly generator: Generator | undefined;

  /** @param std standard deviation of the noise. Default 0.1. */
  constructor(std = 0.1, options: DropoutOptions = {}) {
    super();
    this.std = checkNotNegative('GaussianNoise', 'std', std);
    this.generator = readOptions('GaussianNoise', options, DROPOUT_OPTIONS).generator;
  }

  override extraRepr(): string {
    return `std=${this.std}`;
  }

  forward(x: Tensor): Tensor {
    return gaussianNoise(x, this);
  }
}

function checkBelowOne(where: string, p: number): void {
  checkProbability(where, 'p', p);
  if (p === 1) throw new ArgumentError(`${where}: p is 1, for which the noise has no finite variance; expected a number below 1.`);
}
