import {
  div, matmul, moveDim, noGrad, normalize, parameter, randn, readOptions, sum, transpose, variable, type Generator, type Tensor,
  type Variable,
} from '@cotangent/tensor';
import { checkPositive, checkWhole } from '../check';
import { ConvTransposeNd } from '../conv/conv-transpose-nd';
import type { Module } from '../module';
import { ownWeight, parametrise, settleWeight } from './parametrise';

export interface SpectralNormOptions {
  /** The parameter. Default 'weight'. */
  readonly name?: string;
  /** Steps of the power iteration in every forward pass of training. Default 1. */
  readonly nPowerIterations?: number;
  /** Least length of a vector that is divided by its length. Default 1e-12. */
  readonly eps?: number;
  /** The axis of the outputs: the rows of the matrix. Default 0, of transposed convolutions 1. */
  readonly dim?: number;
  /** Where the first vectors are drawn from. Default: the default generator. */
  readonly generator?: Generator;
}

/** Estimates of the first singular vectors of a matrix. */
interface SingularVectors {
  /** Left one, [rows]. */
  readonly u: Tensor;
  /** Right one, [columns]. */
  readonly v: Tensor;
}

/**
 * `steps` steps (>= 1) of the power iteration for the largest singular value of a matrix: v becomes the direction of W^T u, u that
 * of W v. No gradients are recorded.
 *
 * @example
 * ```ts
 * import { powerIteration } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await powerIteration(tensor([[2, 0], [0, 1]]), tensor([0.6, 0.8]), 20).u.array()); // [1, 0], nearly
 * ```
 */
export function powerIteration(matrix: Tensor, u: Tensor, steps = 1, eps = 1e-12): SingularVectors {
  checkWhole('powerIteration', 'steps', steps, 1);
  return noGrad(() => {
    let left = u;
    let right = u;
    for (let i = 0; i < steps; i++) {
      right = normalize(matmul(transpose(matrix), left), { dim: 0, eps });
      left = normalize(matmul(matrix, right), { dim: 0, eps });
    }
    return { u: left, v: right };
  });
}

/**
 * u^T W v: the largest singular value of a matrix when u and v are its singular vectors, with the gradient u v^T.
 *
 * @example
 * ```ts
 * import { spectralValue } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await spectralValue(tensor([[2, 0], [0, 1]]), { u: tensor([1, 0]), v: tensor([1, 0]) }).item()); // 2
 * ```
 */
export function spectralValue(matrix: Tensor, options: SingularVectors): Tensor {
  const { u, v } = readOptions('spectralValue', options, ['u', 'v']);
  return sum(u.mul(matmul(matrix, v)));
}

/**
 * Divides the weight of a layer by its largest singular value, estimated by a power iteration that goes on with every forward pass
 * of training: the layer then stretches no vector (Lipschitz constant 1), as the critics of GANs need. Changes the layer and returns
 * it; `layer.weight` is then a computed tensor. Miyato et al., "Spectral normalization for generative adversarial networks", 2018.
 *
 * State: `weight_orig` instead of `weight`, and the vectors `weight_u`, `weight_v`, as with PyTorch's torch.nn.utils.spectral_norm.
 *
 * @throws ArgumentError when the layer has no such parameter.
 * @example
 * ```ts
 * import { Linear, spectralNorm } from '@cotangent/layers';
 * const layer = spectralNorm(new Linear(20, 40));
 * console.log(Object.keys(layer.stateDict())); // bias, weight_orig, weight_u, weight_v
 * ```
 */
export function spectralNorm<M extends Module>(layer: M, options: SpectralNormOptions = {}): M {
  readOptions('spectralNorm', options, ['name', 'nPowerIterations', 'eps', 'dim', 'generator']);
  const { name = 'weight', nPowerIterations = 1, eps = 1e-12, generator } = options;
  const weight = ownWeight('spectralNorm', layer, name);
  checkWhole('spectralNorm', 'nPowerIterations', nPowerIterations, 1);
  checkPositive('spectralNorm', 'eps', eps);
  const dim = options.dim ?? (layer instanceof ConvTransposeNd ? 1 : 0);
  const original = parameter(weight.detach());
  const matrix = (): Tensor => {
    const rows = moveDim(original, dim, 0);
    return rows.reshape(rows.shape[0]!, -1);
  };
  const { dtype } = weight;
  const [height, width] = matrix().shape as [number, number];
  const [u, v] = [height, width].map((n) => variable(normalize(randn([n], { dtype, generator }), { dim: 0, eps }))) as [Variable, Variable];
  const iterate = (): void => {
    if (!layer.training) return;
    const next = powerIteration(matrix(), u, nPowerIterations, eps);
    u.update(next.u);
    v.update(next.v);
  };
  const value = (): Tensor => div(original, spectralValue(matrix(), { u: u.detach(), v: v.detach() }));
  const fields = { [`${name}_orig`]: original, [`${name}_u`]: u, [`${name}_v`]: v };
  parametrise('spectralNorm', layer, name, fields, value, iterate);
  return layer;
}

/**
 * Undoes `spectralNorm`: the weight is a parameter again, with the value it has now. Changes the layer and returns it.
 *
 * @example
 * ```ts
 * import { Linear, removeSpectralNorm, spectralNorm } from '@cotangent/layers';
 * console.log(Object.keys(removeSpectralNorm(spectralNorm(new Linear(2, 3))).stateDict())); // bias, weight
 * ```
 */
export function removeSpectralNorm<M extends Module>(layer: M, name = 'weight'): M {
  settleWeight('spectralNorm', layer, name);
  return layer;
}
