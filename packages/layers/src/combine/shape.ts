/** Layers that move elements and have no parameters: for use in `Sequential`. */
import { ArgumentError, permute, reshape, show, unflatten, type Shape, type Tensor } from '@cotangent/tensor';
import { describe, isList } from '../check';
import { Module } from '../module';

/** Throws ArgumentError unless `value` is an array of whole numbers >= least. */
function checkNumbers(layer: string, name: string, value: readonly number[], least: number): readonly number[] {
  const isArray = isList(value);
  if (!isArray || !value.every((n) => Number.isInteger(n) && n >= least)) {
    const given = isArray ? show(value) : describe(value);
    throw new ArgumentError(`${layer}: ${name} is ${given}; expected an array of whole numbers >= ${least}.`);
  }
  return Object.freeze([...value]);
}

/**
 * Gives every sample another shape; the batch, which is the first axis, stays. One size may be -1.
 *
 * @example
 * ```ts
 * import { Reshape } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Reshape([16, 4, -1]).forward(ones([5, 256])).shape); // [5, 16, 4, 4]
 * ```
 */
export class Reshape extends Module {
  readonly shape: Shape;

  /** @param shape the shape of one sample, without the batch. */
  constructor(shape: Shape) {
    super();
    this.shape = checkNumbers('Reshape', 'the shape', shape, -1);
  }

  override extraRepr(): string {
    return show(this.shape);
  }

  forward(x: Tensor): Tensor {
    return reshape(x, [x.shape[0] ?? 1, ...this.shape]);
  }
}

/**
 * Splits one axis into several, the opposite of `Flatten`. One size may be -1.
 *
 * @example
 * ```ts
 * import { Unflatten } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Unflatten(1, [16, 4, 4]).forward(ones([5, 256])).shape); // [5, 16, 4, 4]
 * ```
 */
export class Unflatten extends Module {
  readonly dim: number;
  readonly sizes: Shape;

  constructor(dim: number, sizes: Shape) {
    super();
    if (!Number.isInteger(dim)) throw new ArgumentError(`Unflatten: dim is ${describe(dim)}; expected a whole number.`);
    this.dim = dim;
    this.sizes = checkNumbers('Unflatten', 'sizes', sizes, -1);
  }

  override extraRepr(): string {
    return `dim=${this.dim}, sizes=${show(this.sizes)}`;
  }

  forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.sizes);
  }
}

/**
 * Reorders all axes, the batch included: axis i of the output is axis dims[i] of the input.
 *
 * @example
 * ```ts
 * import { Permute } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Permute([0, 2, 1]).forward(ones([5, 7, 3])).shape); // [5, 3, 7]: channels before time
 * ```
 */
export class Permute extends Module {
  readonly dims: readonly number[];

  /** @param dims every axis once. */
  constructor(dims: readonly number[]) {
    super();
    this.dims = checkNumbers('Permute', 'dims', dims, 0);
  }

  override extraRepr(): string {
    return show(this.dims);
  }

  forward(x: Tensor): Tensor {
    return permute(x, this.dims);
  }
}
