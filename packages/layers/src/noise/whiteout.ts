import {
  abs, add, ArgumentError, maximum, mul, onesLike, pow, randn, readOptions, sqrt, square, withValues, zerosLike,
} from '@cotangent/tensor';
import type { Generator, Parameter, Tensor } from '@cotangent/tensor';
import { checkInput, checkNotNegative } from '../check';
import { checkModule, Module, type Layer } from '../module';
import type { DropoutOptions } from './mask';

export interface WhiteoutOptions extends DropoutOptions {
  /** sigma: scale of the part of the noise that depends on the weight. Default 0.1. */
  readonly sigma?: number;
  /** gamma, from 0 up to but not including 2: how much noisier small weights are. Default 1. */
  readonly gamma?: number;
  /** lambda: variance of the part that does not depend on the weight. Default 0. */
  readonly lambda?: number;
  /** Whether the noise is added to the inputs of the layer (default) or multiplied with them. */
  readonly mode?: 'additive' | 'multiplicative';
}

/** A layer whose output is linear in its weight: `Linear` and the convolutions. */
export type LayerWithWeight = Layer & { readonly weight: Parameter; readonly bias: Parameter | undefined };

/** Below this a weight counts as so large, because the noise of a weight of 0 has no bounds. */
const SMALLEST = 1e-8;

/** Added under the root, whose derivative at 0 is infinite. */
const EPSILON = 1e-12;

/**
 * A linear layer or convolution with Gaussian noise on its inputs while training, whose variance depends on the weight w that an input
 * meets: sigma^2 |w|^-gamma + lambda. An output sums w (x + e), or w x (1 + e) in mode 'multiplicative'; its expectation stays, and its
 * variance grows by the sum of sigma^2 |w|^(2 - gamma) + lambda w^2, times x^2 in mode 'multiplicative'. In a generalised linear model
 * that is a bridge penalty: ridge for gamma = 0, lasso for gamma = 1, elastic net with lambda > 0. Li and Liu, "Whiteout: Gaussian
 * Adaptive Noise Regularization in Deep Neural Networks", 2016.
 *
 * The noise is drawn for the outputs, where sums of independent normal numbers are normal again: so every sample has noise of its own
 * at the price of a second product.
 *
 * State: that of the layer, under `module.`.
 *
 * @example
 * ```ts
 * import { Linear, Whiteout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Whiteout(new Linear(8, 4), { sigma: 0.2, gamma: 1 }).forward(ones([2, 8])).shape); // [2, 4]
 * ```
 */
export class Whiteout<M extends LayerWithWeight = LayerWithWeight> extends Module {
  readonly module: M;
  readonly sigma: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly mode: 'additive' | 'multiplicative';
  readonly generator: Generator | undefined;

  constructor(module: M, options: WhiteoutOptions = {}) {
    super();
    readOptions('Whiteout', options, ['sigma', 'gamma', 'lambda', 'mode', 'generator']);
    const { sigma = 0.1, gamma = 1, lambda = 0, mode = 'additive', generator } = options;
    checkModule('Whiteout: the module', module);
    this.module = module;
    this.sigma = checkNotNegative('Whiteout', 'sigma', sigma);
    this.gamma = checkNotNegative('Whiteout', 'gamma', gamma);
    if (gamma >= 2) throw new ArgumentError(`Whiteout: gamma is ${gamma}; expected a number below 2, else small weights drown in noise.`);
    this.lambda = checkNotNegative('Whiteout', 'lambda', lambda);
    if (!['additive', 'multiplicative'].includes(mode)) {
      throw new ArgumentError(`Whiteout: the mode is '${mode}'; expected 'additive' or 'multiplicative'.`);
    }
    this.mode = mode;
    this.generator = generator;
  }

  override extraRepr(): string {
    return `sigma=${this.sigma}, gamma=${this.gamma}, lambda=${this.lambda}, mode=${this.mode}`;
  }

  forward(x: Tensor): Tensor {
    const { module, training, generator } = this;
    checkInput('Whiteout', x);
    const y = module.forward(x);
    if (!training) return y;
    const { weight, bias } = module;
    const squares: [Parameter, Tensor][] = [[weight, this.spread(weight)]];
    if (bias) squares.push([bias, zerosLike(bias)]);
    const input = this.mode === 'additive' ? onesLike(x) : square(x);
    const variance = withValues(squares, () => module.forward(input));
    return add(y, mul(sqrt(add(variance, EPSILON)), randn(y.shape, { generator, dtype: y.dtype })));
  }

  /** The variance that a weight brings into the output: w^2 times that of its noise. */
  private spread(weight: Parameter): Tensor {
    const own = mul(pow(maximum(abs(weight), SMALLEST), 2 - this.gamma), this.sigma * this.sigma);
    return this.lambda === 0 ? own : add(own, mul(square(weight), this.lambda));
  }
}
