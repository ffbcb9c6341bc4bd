import {
  add, mul, parameter, readOptions, rsqrt, sameShape, ShapeError, show, sub, zeros, type Parameter, type Shape, type Tensor,
} from '@cotangent/tensor';
import { checkInput, checkPositive, checkWhole } from '../check';
import { ones } from '../init/basic';
import { Module } from '../module';
import type { FactoryOptions } from '../options';

export interface LayerNormFunctionOptions {
  /** Scale of each element, of the normalised shape. Default 1. */
  readonly weight?: Tensor;
  /** Added to each element, of the normalised shape. Default 0. */
  readonly bias?: Tensor;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias, with mean and biased variance over the last axes, which must have the sizes
 * `normalizedShape`.
 *
 * @throws ShapeError when they have not.
 * @example
 * ```ts
 * import { layerNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await layerNorm(tensor([[1, 3]]), [2]).array()); // [[-0.9999..., 0.9999...]]
 * ```
 */
export function layerNorm(x: Tensor, normalizedShape: Shape, options: LayerNormFunctionOptions = {}): Tensor {
  const { weight, bias, eps = 1e-5 } = readOptions('layerNorm', options, ['weight', 'bias', 'eps']);
  checkNormalized('layerNorm', x, normalizedShape, { weight, bias });
  const rank = normalizedShape.length;
  const dim = normalizedShape.map((_, i) => i - rank);
  const centred = sub(x, x.mean({ dim, keepdim: true }));
  const variance = mul(centred, centred).mean({ dim, keepdim: true });
  let y = mul(centred, rsqrt(add(variance, eps)));
  if (weight) y = mul(y, weight);
  return bias ? add(y, bias) : y;
}

/** Throws unless x is floating-point and ends in the normalised shape, which every tensor that is given has. */
export function checkNormalized(
  op: string,
  x: Tensor,
  normalizedShape: Shape,
  given: { readonly weight?: Tensor; readonly bias?: Tensor },
): void {
  checkInput(op, x);
  const rank = normalizedShape.length;
  if (rank === 0 || !sameShape(x.shape.slice(-rank), normalizedShape)) {
    throw new ShapeError(
      `${op}: the input has shape ${show(x.shape)}; expected [..., ${normalizedShape.join(', ')}] ` +
        `for the normalised shape ${show(normalizedShape)}.`,
    );
  }
  for (const [name, t] of Object.entries(given) as [string, Tensor | undefined][]) {
    if (t && !sameShape(t.shape, normalizedShape)) {
      throw new ShapeError(`${op}: the ${name} has shape ${show(t.shape)}; expected ${show(normalizedShape)}.`);
    }
  }
}

/** The sizes of the last axes as a frozen list; throws unless there are any and all are whole numbers >= 1. */
export function normalizedShapeOf(layer: string, normalizedShape: number | Shape): readonly number[] {
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
  if (shape.length === 0) throw new ShapeError(`${layer}: normalizedShape is empty; expected the sizes of one or more last axes.`);
  for (const n of shape) checkWhole(layer, 'normalizedShape', n, 1);
  return Object.freeze(shape);
}

export interface LayerNormOptions extends Omit<FactoryOptions, 'generator'> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether there are a learnt scale and shift per element. Default true. */
  readonly elementwiseAffine?: boolean;
  /** Whether there is a shift, given that there is a scale. Default true. */
  readonly bias?: boolean;
}

/**
 * Layer normalisation: each sample on its own is shifted and scaled to mean 0 and variance 1 over its last axes, then scaled
 * and shifted by learnt numbers per element. The same in training and evaluation, and independent of the batch. Ba, Kiros and
 * Hinton, "Layer Normalization", 2016.
 *
 * State: `weight`, `bias` of the normalised shape.
 *
 * @example
 * ```ts
 * import { LayerNorm } from '@cotangent/layers';
 * import { randn } from '@cotangent/tensor';
 * console.log(new LayerNorm(64).forward(randn([8, 10, 64])).shape); // [8, 10, 64]
 * ```
 */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  weight: Parameter | undefined;
  bias: Parameter | undefined;

  /** @param normalizedShape sizes of the last axes, or the size of the last one. */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    readOptions('LayerNorm', options, ['eps', 'elementwiseAffine', 'bias', 'dtype']);
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype } = options;
    const shape = normalizedShapeOf('LayerNorm', normalizedShape);
    this.normalizedShape = shape;
    this.eps = checkPositive('LayerNorm', 'eps', eps);
    this.weight = elementwiseAffine ? parameter(ones(shape, { dtype })) : undefined;
    this.bias = elementwiseAffine && bias ? parameter(zeros(shape, { dtype })) : undefined;
  }

  override extraRepr(): string {
    return `${show(this.normalizedShape)}, eps=${this.eps}, elementwiseAffine=${this.weight !== undefined}`;
  }

  forward(x: Tensor): Tensor {
    checkInput('LayerNorm', x, this.weight?.dtype);
    return layerNorm(x, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }
}
