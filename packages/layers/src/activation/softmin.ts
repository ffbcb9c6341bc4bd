import { ArgumentError, neg, readOptions, softmax, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { Module } from '../module';

/**
 * e^-x / sum(e^-x) along `dim`: the softmax of -x, largest where x is smallest.
 *
 * @throws IndexError when there is no such axis; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { softmin } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await softmin(tensor([0, Math.log(3)]), { dim: 0 }).array()); // [0.75, 0.25]
 * ```
 */
export function softmin(x: Tensor, options: { readonly dim: number }): Tensor {
  readOptions('softmin', options, ['dim']);
  checkInput('softmin', x);
  return softmax(neg(x), options);
}

/**
 * `softmin` as a layer.
 *
 * @example
 * ```ts
 * import { Softmin } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new Softmin({ dim: -1 }).forward(tensor([1000, 1000])).array()); // [0.5, 0.5]
 * ```
 */
export class Softmin extends Module {
  readonly dim: number;

  /** @param options dim: the axis along which the results sum to 1. */
  constructor(options: { readonly dim: number }) {
    super();
    readOptions('Softmin', options, ['dim']);
    const dim = (options as { dim?: number } | undefined)?.dim;
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(`Softmin: dim is ${String(dim)}; expected an axis, for example new Softmin({ dim: -1 }).`);
    }
    this.dim = options.dim;
  }

  override extraRepr(): string {
    return `dim=${this.dim}`;
  }

  forward(x: Tensor): Tensor {
    return softmin(x, { dim: this.dim });
  }
}
