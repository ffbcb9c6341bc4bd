import { bernoulli, mul, where, type Generator, type Tensor } from '@cotangent/tensor';
import { checkInput, checkProbability } from '../check';
import { Module } from '../module';

export interface DropoutOptions {
  /** Where masks are drawn from. Default: the default generator, restarted by `manualSeed`. */
  readonly generator?: Generator;
}

/**
 * Inverted dropout as a function: in training each element becomes 0 with probability p and is divided by 1 - p otherwise, so
 * that its expectation stays; else the input is returned as it is.
 *
 * @param options p: probability of dropping, default 0.5; training: default true; generator.
 * @throws ArgumentError when p is not in [0, 1].
 * @example
 * ```ts
 * import { dropout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(await dropout(ones([4]), { p: 0.5 }).array()); // zeros and twos
 * ```
 */
export function dropout(x: Tensor, options: DropoutOptions & { readonly p?: number; readonly training?: boolean } = {}): Tensor {
  const { p = 0.5, training = true, generator } = options;
  checkProbability('dropout', 'p', p);
  checkInput('dropout', x);
  if (!training || p === 0) return x;
  if (p === 1) return mul(x, 0); // 1 / (1 - p) is infinite
  return where(bernoulli(1 - p, x.shape, { generator }), mul(x, 1 / (1 - p)), 0);
}

/**
 * Inverted dropout: while training, each element becomes 0 with probability p and is divided by 1 - p otherwise. The
 * expectation is that of the input, so nothing is left to do in evaluation, where the layer is the identity. Srivastava et al.,
 * "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014. Where the literature gives the probability of
 * keeping an element, p is 1 minus that.
 *
 * @example
 * ```ts
 * import { Dropout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const layer = new Dropout(0.2);
 * console.log(await layer.forward(ones([5])).array()); // about one 0 in five, the others 1.25
 * console.log(await layer.eval().forward(ones([5])).array()); // [1, 1, 1, 1, 1]
 * ```
 */
export class Dropout extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  /** @param p probability of dropping. Default 0.5. */
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super();
    this.p = checkProbability('Dropout', 'p', p);
    this.generator = options.generator;
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }

  forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training, generator: this.generator });
  }
}
