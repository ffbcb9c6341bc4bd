import { ArgumentError, div, mul, norm, parameter, readOptions, type Tensor } from '@cotangent/tensor';
import type { Module } from '../module';
import { ownWeight, parametrise, settleWeight } from './parametrise';

export interface WeightNormOptions {
  /** The parameter. Default 'weight'. */
  readonly name?: string;
  /** The axis along which there is a length each: 0 (default) is that of the outputs; null takes one length for the whole weight. */
  readonly dim?: number | null;
}

/**
 * g v / ||v||: directions v with lengths g, one for each place of the axis `dim` (as `g`, which has size 1 elsewhere), or one length
 * for all of it (`dim` null, `g` a scalar).
 *
 * @example
 * ```ts
 * import { weightNormalized } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await weightNormalized(tensor([[3, 4]]), tensor([[10]])).array()); // [[6, 8]]
 * ```
 */
export function weightNormalized(v: Tensor, g: Tensor, dim: number | null = 0): Tensor {
  return mul(v, div(g, lengths(v, dim)));
}

/** The Euclidean norm over all axes but `dim`, which stay with size 1; over all of them for null. */
function lengths(v: Tensor, dim: number | null): Tensor {
  if (dim === null) return norm(v);
  const axis = dim < 0 ? dim + v.ndim : dim;
  if (!Number.isInteger(dim) || axis < 0 || axis >= v.ndim) {
    throw new ArgumentError(`weightNorm: dim is ${dim}; expected a whole number from ${-v.ndim} to ${v.ndim - 1}, or null.`);
  }
  const others = v.shape.map((_, i) => i).filter((i) => i !== axis);
  return others.length === 0 ? v.abs() : norm(v, { dim: others, keepdim: true });
}

/**
 * Splits the weight of a layer into lengths and directions, w = g v / ||v||, which are trained in its place: steps that change a
 * direction leave its length alone. Changes the layer and returns it; `layer.weight` is then a computed tensor. Salimans and Kingma,
 * "Weight normalization", 2016.
 *
 * State: `weight_g`, `weight_v` instead of `weight`, as with PyTorch's torch.nn.utils.weight_norm.
 *
 * @throws ArgumentError when the layer has no such parameter.
 * @example
 * ```ts
 * import { Linear, weightNorm } from '@cotangent/layers';
 * const layer = weightNorm(new Linear(20, 40));
 * console.log(Object.keys(layer.stateDict())); // bias, weight_g, weight_v
 * ```
 */
export function weightNorm<M extends Module>(layer: M, options: WeightNormOptions = {}): M {
  const { name = 'weight', dim = 0 } = readOptions('weightNorm', options, ['name', 'dim']);
  const weight = ownWeight('weightNorm', layer, name);
  const v = parameter(weight.detach());
  const g = parameter(lengths(v.detach(), dim));
  parametrise('weightNorm', layer, name, { [`${name}_g`]: g, [`${name}_v`]: v }, () => weightNormalized(v, g, dim));
  return layer;
}

/**
 * Undoes `weightNorm`: the weight is a parameter again, with the value it has now. Changes the layer and returns it.
 *
 * @example
 * ```ts
 * import { Linear, removeWeightNorm, weightNorm } from '@cotangent/layers';
 * console.log(Object.keys(removeWeightNorm(weightNorm(new Linear(2, 3))).stateDict())); // bias, weight
 * ```
 */
export function removeWeightNorm<M extends Module>(layer: M, name = 'weight'): M {
  settleWeight('weightNorm', layer, name);
  return layer;
}
