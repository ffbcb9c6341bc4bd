import { readOptions, type Generator, type Tensor } from '@cotangent/tensor';
import { checkInput, checkProbability } from '../check';
import { Module } from '../module';
import { DROPOUT_FUNCTION_OPTIONS, DROPOUT_OPTIONS, dropScaled, type DropoutFunctionOptions, type DropoutOptions } from './mask';

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
export function dropout(x: Tensor, options: DropoutFunctionOptions = {}): Tensor {
  const { p = 0.5, training = true, generator } = readOptions('dropout', options, DROPOUT_FUNCTION_OPTIONS);
  checkProbability('dropout', 'p', p);
  checkInput('dropout', x);
  return training ? dropScaled(x, p, x.shape, generator) : x;
}

/** What the layers that drop with a probability p have in common. */
export abstract class DropoutLayer extends Module {
  readonly p: number;
  readonly generator: Generator | undefined;

  /** @param p probability of dropping. Default 0.5. */
  constructor(p = 0.5, options: DropoutOptions = {}) {
    super();
    this.p = checkProbability(this.constructor.name, 'p', p);
    this.generator = readOptions(this.constructor.name, options, DROPOUT_OPTIONS).generator;
  }

  override extraRepr(): string {
    return `p=${this.p}`;
  }

  abstract override forward(x: Tensor): Tensor;
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
export class Dropout extends DropoutLayer {
  forward(x: Tensor): Tensor {
    return dropout(x, this);
  }
}
