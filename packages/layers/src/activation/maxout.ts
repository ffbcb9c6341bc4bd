/** Maxout: the largest of several numbers, as a function, and of several affine maps, as a layer. */
import { amax, linear, normalizeAxis, readOptions, ShapeError, show, unflatten, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkInput, checkWhole } from '../check';
import { defaultParameters } from '../init/default';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

/**
 * The largest of each `pieces` neighbours along `dim`, whose size shrinks by that factor. Where several are the largest, they
 * share the gradient.
 *
 * @param options dim: default -1.
 * @throws ShapeError when the size is no multiple of `pieces`; DTypeError unless x is floating-point.
 * @example
 * ```ts
 * import { maxout } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await maxout(tensor([1, 5, -2, -3]), 2).array()); // [5, -2]
 * ```
 */
export function maxout(x: Tensor, pieces: number, options: { readonly dim?: number } = {}): Tensor {
  const { dim = -1 } = readOptions('maxout', options, ['dim']);
  checkWhole('maxout', 'pieces', pieces, 1);
  checkInput('maxout', x);
  const axis = normalizeAxis('maxout', dim, x.ndim);
  const size = x.shape[axis]!;
  if (size % pieces !== 0) {
    throw new ShapeError(`maxout: the input has shape ${show(x.shape)}; the size of axis ${dim} must be a multiple of ${pieces} pieces.`);
  }
  return amax(unflatten(x, axis, [size / pieces, pieces]), { dim: axis + 1 });
}

export interface MaxoutOptions extends FactoryOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * A dense layer each of whose units is the largest of several affine maps of the last axis: max over i of W_i x + b_i. The units
 * learn their own convex nonlinearity. Goodfellow et al., "Maxout Networks", 2013. Weights start as those of `Linear`.
 *
 * State: `weight` [out * pieces, in], `bias` [out * pieces]; the pieces of a unit are neighbours.
 *
 * @example
 * ```ts
 * import { Maxout } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * console.log(new Maxout(8, 3, 4).forward(ones([5, 8])).shape); // [5, 3]
 * ```
 */
export class Maxout extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly pieces: number;
  weight: Parameter;
  bias: Parameter | undefined;

  /** @param pieces affine maps per unit. Default 2. */
  constructor(inFeatures: number, outFeatures: number, pieces = 2, options: MaxoutOptions = {}) {
    super();
    this.inFeatures = checkWhole('Maxout', 'inFeatures', inFeatures, 1);
    this.outFeatures = checkWhole('Maxout', 'outFeatures', outFeatures, 1);
    this.pieces = checkWhole('Maxout', 'pieces', pieces, 1);
    const rows = outFeatures * pieces;
    readOptions('Maxout', options, ['bias', 'dtype', 'generator']);
    ({ weight: this.weight, bias: this.bias } = defaultParameters([rows, inFeatures], rows, options));
  }

  override extraRepr(): string {
    return `inFeatures=${this.inFeatures}, outFeatures=${this.outFeatures}, pieces=${this.pieces}, bias=${this.bias !== undefined}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('Maxout', x, this.weight.dtype);
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(`Maxout: the input has shape ${show(x.shape)}; expected [..., ${this.inFeatures}].`);
    }
    return maxout(linear(x, this.weight, this.bias), this.pieces);
  }
}
