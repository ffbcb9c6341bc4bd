import { ArgumentError, gt, mul, readOptions, uniform, where, type Generator, type Tensor } from '@cotangent/tensor';
import { checkFinite, checkInput } from '../check';
import { Module } from '../module';
import { leakyRelu } from './leaky-relu';

export interface RReLUOptions {
  /** The smallest slope. Default 1/8. */
  readonly lower?: number;
  /** The largest slope. Default 1/3. */
  readonly upper?: number;
  /** Where slopes are drawn from. Default: the default generator, restarted by `manualSeed`. */
  readonly generator?: Generator;
}

/**
 * The randomised leaky ReLU: x for x > 0, else a * x. In training every element has a slope of its own, uniform in [lower, upper);
 * else all have the mean of the two.
 *
 * @param options training: default false, as in PyTorch; lower, upper, generator.
 * @throws ArgumentError unless lower <= upper; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { rrelu } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await rrelu(tensor([-24, 3])).array()); // [-5.5, 3]
 * ```
 */
export function rrelu(x: Tensor, options: RReLUOptions & { readonly training?: boolean } = {}): Tensor {
  readOptions('rrelu', options, ['lower', 'upper', 'generator', 'training']);
  const { lower = 1 / 8, upper = 1 / 3, training = false, generator } = options;
  checkRange('rrelu', lower, upper);
  checkInput('rrelu', x);
  if (!training) return leakyRelu(x, { negativeSlope: (lower + upper) / 2 });
  return where(gt(x, 0), x, mul(x, uniform(x.shape, lower, upper, { generator, dtype: x.dtype })));
}

/**
 * `rrelu` as a layer: random slopes while training, their mean in evaluation. Xu et al., "Empirical Evaluation of Rectified
 * Activations in Convolutional Network", 2015.
 *
 * @example
 * ```ts
 * import { RReLU } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new RReLU({ lower: 0.1, upper: 0.3 }).eval().forward(tensor([-5, 3])).array()); // [-1, 3]
 * ```
 */
export class RReLU extends Module {
  readonly lower: number;
  readonly upper: number;
  readonly generator: Generator | undefined;

  constructor(options: RReLUOptions = {}) {
    super();
    const { lower = 1 / 8, upper = 1 / 3, generator } = readOptions('RReLU', options, ['lower', 'upper', 'generator']);
    checkRange('RReLU', lower, upper);
    this.lower = lower;
    this.upper = upper;
    this.generator = generator;
  }

  override extraRepr(): string {
    return `lower=${this.lower}, upper=${this.upper}`;
  }

  forward(x: Tensor): Tensor {
    const { lower, upper, generator, training } = this;
    return rrelu(x, { lower, upper, generator, training });
  }
}

function checkRange(where: string, lower: number, upper: number): void {
  checkFinite(where, 'lower', lower);
  checkFinite(where, 'upper', upper);
  if (lower > upper) throw new ArgumentError(`${where}: lower is ${lower} and upper ${upper}; expected lower <= upper.`);
}
