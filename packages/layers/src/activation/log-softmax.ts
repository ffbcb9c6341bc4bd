import { ArgumentError, logSoftmax, readOptions, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * x - log(sum(e^x)) along one axis: the logarithm of softmax, computed without leaving the logarithm, so that small
 * probabilities keep their precision. The input of `nllLoss`.
 *
 * @example
 * ```ts
 * import { LogSoftmax } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new LogSoftmax({ dim: -1 }).forward(tensor([1000, 1000])).array()); // [-0.6931..., -0.6931...]
 * ```
 */
export class LogSoftmax extends Module {
  readonly dim: number;

  /** @param options dim: the axis along which probabilities sum to 1; 1 for [batch, classes, ...]. */
  constructor(options: { readonly dim: number }) {
    super();
    readOptions('LogSoftmax', options, ['dim']);
    // A caller without types may forget it, and PyTorch's old guess from the rank was a trap.
    const dim = (options as { dim?: number } | undefined)?.dim;
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(`LogSoftmax: dim is ${String(dim)}; expected an axis, for example new LogSoftmax({ dim: -1 }).`);
    }
    this.dim = options.dim;
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('LogSoftmax', x);
    return logSoftmax(x, { dim: this.dim });
  }
}
