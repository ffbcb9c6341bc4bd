import { ArgumentError, readOptions, softmax, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * e^x / sum(e^x) along one axis: positive numbers that sum to 1. The largest element is subtracted first, which changes nothing
 * but keeps the exponentials finite. For training use `crossEntropy` on the scores themselves: it is more accurate.
 *
 * @example
 * ```ts
 * import { Softmax } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Softmax({ dim: -1 }).forward(tensor([1000, 1000])).array()); // [0.5, 0.5]
 * ```
 */
export class Softmax extends Module {
  readonly dim: number;

  /** @param options dim: the axis along which probabilities sum to 1; 1 for [batch, classes, ...]. */
  constructor(options: { readonly dim: number }) {
    super();
    readOptions('Softmax', options, ['dim']);
    // A caller without types may forget it, and PyTorch's old guess from the rank was a trap.
    const dim = (options as { dim?: number } | undefined)?.dim;
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(`Softmax: dim is ${String(dim)}; expected an axis, for example new Softmax({ dim: -1 }).`);
    }
    this.dim = options.dim;
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('Softmax', x);
    return softmax(x, { dim: this.dim });
  }
}
