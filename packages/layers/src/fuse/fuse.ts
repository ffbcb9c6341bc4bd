/** Batch normalisation folded into the layer before it, for evaluation. */
import { add, ArgumentError, Generator, mul, parameter, rsqrt, zeros, type Parameter, type Tensor } from '@cotangent/tensor';
import { checkModule, type Layer, type Module } from '../module';
import { ConvNd } from '../conv/conv-nd';
import { Conv1d } from '../conv/conv1d';
import { Conv2d } from '../conv/conv2d';
import { Conv3d } from '../conv/conv3d';
import { ConvTransposeNd } from '../conv/conv-transpose-nd';
import { ConvTranspose1d } from '../conv/conv-transpose1d';
import { ConvTranspose2d } from '../conv/conv-transpose2d';
import { ConvTranspose3d } from '../conv/conv-transpose3d';
import { Linear } from '../layer/linear';
import { Sequential } from '../layer/sequential';
import { BatchNormNd } from '../norm/batch-norm-nd';

/** Scale and shift that a normalisation applies to its channels in evaluation. */
function inEvaluation(norm: BatchNormNd, channels: number): { scale: Tensor; shift: Tensor } {
  const { running_mean: mean, running_var: variance, weight, bias, eps, numFeatures } = norm;
  if (numFeatures !== channels) {
    throw new ArgumentError(`fuse: a normalisation of ${numFeatures} channels follows a layer with ${channels}; they must be equal.`);
  }
  if (!mean || !variance) {
    throw new ArgumentError('fuse: the normalisation has no running statistics (trackRunningStats: false), so it depends on every batch.');
  }
  const root = rsqrt(add(variance, eps));
  const scale = weight ? mul(weight, root) : root;
  const shift = mul(mean, scale).neg();
  return { scale: scale.detach(), shift: (bias ? add(bias, shift) : shift).detach() };
}

/** A weight whose axis of outputs comes first, and a bias, with the normalisation in them. */
function folded(weight: Tensor, bias: Tensor | undefined, norm: BatchNormNd): { weight: Parameter; bias: Parameter } {
  const channels = weight.shape[0]!;
  const { scale, shift } = inEvaluation(norm, channels);
  const perOutput = scale.reshape(channels, ...weight.shape.slice(1).map(() => 1));
  const offset = bias ?? zeros([channels], { dtype: weight.dtype });
  return { weight: parameter(mul(weight.detach(), perOutput)), bias: parameter(add(mul(offset.detach(), scale), shift)) };
}

/** Draws nothing from the default generator for weights that are replaced at once. */
function replaced(weight: Tensor): { readonly generator: Generator; readonly dtype: Tensor['dtype'] } {
  return { generator: new Generator(), dtype: weight.dtype };
}

/**
 * A linear layer and the batch normalisation after it as one linear layer for evaluation: W' = W gamma / sqrt(variance + eps) row by
 * row, b' = (b - mean) gamma / sqrt(variance + eps) + beta, with the running statistics of now.
 *
 * @throws ArgumentError when the sizes differ or there are no running statistics.
 * @example
 * ```ts
 * import { BatchNorm1d, fuseLinearBatchNorm, Linear } from '@cotangent/layers';
 * console.log(String(fuseLinearBatchNorm(new Linear(3, 4), new BatchNorm1d(4)))); // Linear(inFeatures=3, outFeatures=4, bias=true)
 * ```
 */
export function fuseLinearBatchNorm(linear: Linear, norm: BatchNormNd): Linear {
  const fused = new Linear(linear.inFeatures, linear.outFeatures, replaced(linear.weight));
  Object.assign(fused, folded(linear.weight, linear.bias, norm));
  return fused.eval();
}

/**
 * A convolution (also a transposed one) and the batch normalisation after it as one convolution for evaluation: every filter times
 * gamma / sqrt(variance + eps), b' = (b - mean) gamma / sqrt(variance + eps) + beta, with the running statistics of now.
 *
 * @throws ArgumentError when the sizes differ or there are no running statistics.
 * @example
 * ```ts
 * import { BatchNorm2d, Conv2d, fuseConvBatchNorm } from '@cotangent/layers';
 * const fused = fuseConvBatchNorm(new Conv2d(3, 8, 3, { bias: false }), new BatchNorm2d(8));
 * console.log(Object.keys(fused.stateDict())); // weight, bias
 * ```
 */
export function fuseConvBatchNorm(conv: ConvNd, norm: BatchNormNd): ConvNd;
export function fuseConvBatchNorm(conv: ConvTransposeNd, norm: BatchNormNd): ConvTransposeNd;
export function fuseConvBatchNorm(conv: ConvNd | ConvTransposeNd, norm: BatchNormNd): ConvNd | ConvTransposeNd {
  const { inChannels, outChannels, kernelSize, weight, bias, groups } = conv;
  const rank = kernelSize.length - 1;
  const options = { ...replaced(weight), stride: conv.stride, dilation: conv.dilation, groups };
  if (conv instanceof ConvTransposeNd) {
    const fused = new [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d][rank]!(inChannels, outChannels, kernelSize, {
      ...options, padding: conv.padding, outputPadding: conv.outputPadding,
    });
    // [in, out / groups, ...]: outputs are spread over two axes, the group being part of the first.
    const [perGroup, taps] = [weight.shape[1]!, weight.shape.slice(2)];
    const byOutput = weight.reshape(groups, inChannels / groups, perGroup, ...taps).transpose(1, 2);
    const done = folded(byOutput.reshape(outChannels, inChannels / groups, ...taps), bias, norm);
    const back = done.weight.detach().reshape(groups, perGroup, inChannels / groups, ...taps).transpose(1, 2);
    Object.assign(fused, { weight: parameter(back.reshape(...weight.shape)), bias: done.bias });
    return fused.eval();
  }
  const { padding, paddingMode, flipKernel } = conv;
  const fused = new [Conv1d, Conv2d, Conv3d][rank]!(inChannels, outChannels, kernelSize, { ...options, padding, paddingMode, flipKernel });
  Object.assign(fused, folded(weight, bias, norm));
  return fused.eval();
}

/** The two layers as one, or nothing when they do not go together. */
function fusedPair(first: Layer, second: Module | undefined): Layer | undefined {
  if (!(second instanceof BatchNormNd) || second.running_mean === undefined) return undefined;
  if (first instanceof Linear) return first.outFeatures === second.numFeatures ? fuseLinearBatchNorm(first, second) : undefined;
  if (first instanceof ConvNd) return fuseConvBatchNorm(first, second);
  if (first instanceof ConvTransposeNd) return fuseConvBatchNorm(first, second);
  return undefined;
}

/**
 * A network for evaluation, in which every batch normalisation right after a linear layer or a convolution has become part of it.
 * `Sequential` networks inside are fused too; other layers are those of `model`, under their old names. Results are those of the
 * model up to rounding; the model is not changed.
 *
 * @throws ArgumentError when the model is in training.
 * @example
 * ```ts
 * import { BatchNorm2d, Conv2d, fuse, ReLU, Sequential } from '@cotangent/layers';
 * const net = new Sequential(new Conv2d(3, 8, 3, { bias: false }), new BatchNorm2d(8), new ReLU());
 * console.log(Object.keys(fuse(net.eval()).stateDict())); // 0.weight, 0.bias
 * ```
 */
export function fuse(model: Sequential): Sequential {
  checkModule('fuse: the model', model);
  if (!((model as unknown) instanceof Sequential)) {
    throw new ArgumentError(`fuse: the model is a ${(model as Module).constructor.name}; expected a Sequential, which says what follows what.`);
  }
  if (model.training) throw new ArgumentError('fuse: the model is in training, where normalisations follow the batch. Call model.eval() first.');
  const layers = model.namedChildren() as [string, Layer][];
  const kept: Record<string, Layer> = {};
  for (let i = 0; i < layers.length; i++) {
    const [name, layer] = layers[i]!;
    const pair = fusedPair(layer, layers[i + 1]?.[1]);
    if (pair) i++;
    kept[name] = pair ?? (layer instanceof Sequential ? fuse(layer) : layer);
  }
  return new Sequential(kept).eval();
}
