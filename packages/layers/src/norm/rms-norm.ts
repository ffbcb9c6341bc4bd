import { add, mul, parameter, readOptions, rsqrt, square, type DType, type Parameter, type Shape, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPositive } from '../check';
import { ones } from '../init/basic';
import { Module } from '../module';
import type { FactoryOptions } from '../options';
import { checkNormalized, normalizedShapeOf } from './layer-norm';

export interface RMSNormFunctionOptions {
  /** Scale of each element, of the normalised shape. Default 1. */
  readonly weight?: Tensor;
  /** Added to the mean square. Default: the distance from 1 to the next number of the dtype, 2^-23 for float32. */
  readonly eps?: number;
}

/**
 * x / sqrt(mean of x^2 + eps) * weight, with the mean over the last axes, which must have the sizes `normalizedShape`.
 *
 * @throws ShapeError when they have not.
 * @example
 * ```ts
 * import { rmsNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await rmsNorm(tensor([[1, 7]]), [2]).array()); // [[0.2, 1.4]]
 * ```
 */
export function rmsNorm(x: Tensor, normalizedShape: Shape, options: RMSNormFunctionOptions = {}): Tensor {
  const { weight, eps = precision(x.dtype) } = readOptions('rmsNorm', options, ['weight', 'eps']);
  checkNormalized('rmsNorm', x, normalizedShape, { weight });
  const dim = normalizedShape.map((_, i) => i - normalizedShape.length);
  const y = mul(x, rsqrt(add(square(x).mean({ dim, keepdim: true }), eps)));
  return weight ? mul(y, weight) : y;
}

/** The distance from 1 to the next number. */
function precision(dtype: DType): number {
  return dtype === 'float64' ? Number.EPSILON : dtype === 'float16' ? 2 ** -10 : 2 ** -23;
}

export interface RMSNormOptions extends Omit<FactoryOptions, 'generator'> {
  /** Added to the mean square. Default: the distance from 1 to the next number of the dtype, 2^-23 for float32. */
  readonly eps?: number;
  /** Whether there is a learnt scale per element. Default true. */
  readonly elementwiseAffine?: boolean;
}

/**
 * Root mean square normalisation: each sample on its own is divided by the root of its mean square over its last axes, then scaled
 * by learnt numbers per element. Layer normalisation without the mean. Zhang and Sennrich, "Root mean square layer normalization",
 * 2019.
 *
 * State: `weight` of the normalised shape.
 *
 * @example
 * ```ts
 * import { RMSNorm } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(new RMSNorm(64).forward(randn([8, 10, 64])).shape); // [8, 10, 64]
 * ```
 */
export class RMSNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number | undefined;
  weight: Parameter | undefined;

  /** @param normalizedShape sizes of the last axes, or the size of the last one. */
  constructor(normalizedShape: number | Shape, options: RMSNormOptions = {}) {
    super();
    const { eps, elementwiseAffine = true, dtype } = readOptions('RMSNorm', options, ['eps', 'elementwiseAffine', 'dtype']);
    this.normalizedShape = normalizedShapeOf('RMSNorm', normalizedShape);
    this.eps = eps === undefined ? undefined : checkPositive('RMSNorm', 'eps', eps);
    this.weight = elementwiseAffine ? parameter(ones(this.normalizedShape, { dtype })) : undefined;
  }

  override extraRepr(): string {
    const eps = this.eps === undefined ? '' : `, eps=${this.eps}`;
    return `[${this.normalizedShape.join(', ')}]${eps}, elementwiseAffine=${this.weight !== undefined}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('RMSNorm', x, this.weight?.dtype);
    return rmsNorm(x, this.normalizedShape, this);
  }
}
