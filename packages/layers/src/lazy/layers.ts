/** PyTorch's lazy layers: sizes of the input are left out and found at the first call. */
import { readOptions, ShapeError, show, type PerAxis, type Tensor } from '@cotangent/tensor';
import { checkInput, checkPerAxis, checkWhole } from '../check';
import { CONV_LAYER_OPTIONS, type ConvLayerOptions } from '../conv/conv-nd';
import { Conv1d } from '../conv/conv1d';
import { Conv2d } from '../conv/conv2d';
import { Conv3d } from '../conv/conv3d';
import { CONV_TRANSPOSE_LAYER_OPTIONS, type ConvTransposeLayerOptions } from '../conv/conv-transpose-nd';
import { ConvTranspose1d } from '../conv/conv-transpose1d';
import { ConvTranspose2d } from '../conv/conv-transpose2d';
import { ConvTranspose3d } from '../conv/conv-transpose3d';
import { Linear, LINEAR_OPTIONS, type LinearOptions } from '../layer/linear';
import { BatchNorm1d } from '../norm/batch-norm1d';
import { BatchNorm2d } from '../norm/batch-norm2d';
import { BatchNorm3d } from '../norm/batch-norm3d';
import type { BatchNormOptions } from '../norm/batch-norm-nd';
import { RUNNING_NORM_OPTIONS } from '../norm/running-norm';
import { Lazy } from './lazy';

/**
 * A `Linear` that takes the number of input features from its first input. See `Lazy` for what waits until then.
 *
 * @example
 * ```ts
 * import { Conv2d, Flatten, LazyLinear, Sequential, summary } from '@cotangent/layers';
 * const net = new Sequential(new Conv2d(1, 4, 3), new Flatten(), new LazyLinear(10));
 * console.log(String(summary(net, [1, 1, 28, 28]))); // the last layer has 2704 inputs
 * ```
 */
export class LazyLinear extends Lazy<Linear> {
  constructor(outFeatures: number, options: LinearOptions = {}) {
    readOptions('LazyLinear', options, LINEAR_OPTIONS);
    super((x) => new Linear(last(x), outFeatures, options), `outFeatures=${outFeatures}`);
    checkWhole('LazyLinear', 'outFeatures', outFeatures, 1);
  }
}

function last(x: Tensor): number {
  checkInput('LazyLinear', x);
  const features = x.shape.at(-1);
  if (features === undefined) throw new ShapeError('LazyLinear: the input is a scalar; expected [..., features].');
  return features;
}

/** The number of channels of [batch, channels, ...spatial] or, where the layer allows it, [channels, ...spatial]. */
function channels(kind: string, x: Tensor, rank: number): number {
  checkInput(kind, x);
  const { shape } = x;
  if (shape.length !== rank + 2 && shape.length !== rank + 1) {
    throw new ShapeError(`${kind}: the input has shape ${show(shape)}; expected [batch, channels and ${rank} spatial axes].`);
  }
  return shape.at(-rank - 1)!;
}

function convRepr(kind: string, outChannels: number, kernelSize: PerAxis, rank: number): string {
  checkWhole(kind, 'outChannels', outChannels, 1);
  return `${outChannels}, kernelSize=${show(checkPerAxis(kind, 'kernelSize', kernelSize, rank, 1))}`;
}

/** A `Conv1d` that takes the number of input channels from its first input. See `Lazy`. */
export class LazyConv1d extends Lazy<Conv1d> {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions = {}) {
    readOptions('LazyConv1d', options, CONV_LAYER_OPTIONS);
    const repr = convRepr('LazyConv1d', outChannels, kernelSize, 1);
    super((x) => new Conv1d(channels('LazyConv1d', x, 1), outChannels, kernelSize, options), repr);
  }
}

/**
 * A `Conv2d` that takes the number of input channels from its first input. See `Lazy`.
 *
 * @example
 * ```ts
 * import { LazyConv2d } from '@cotangent/layers';
 * import { ones } from '@cotangent/tensor';
 * const conv = new LazyConv2d(8, 3, { padding: 1 });
 * console.log(conv.forward(ones([2, 3, 28, 28])).shape, conv.layer.inChannels); // [2, 8, 28, 28] 3
 * ```
 */
export class LazyConv2d extends Lazy<Conv2d> {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions = {}) {
    readOptions('LazyConv2d', options, CONV_LAYER_OPTIONS);
    const repr = convRepr('LazyConv2d', outChannels, kernelSize, 2);
    super((x) => new Conv2d(channels('LazyConv2d', x, 2), outChannels, kernelSize, options), repr);
  }
}

/** A `Conv3d` that takes the number of input channels from its first input. See `Lazy`. */
export class LazyConv3d extends Lazy<Conv3d> {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvLayerOptions = {}) {
    readOptions('LazyConv3d', options, CONV_LAYER_OPTIONS);
    const repr = convRepr('LazyConv3d', outChannels, kernelSize, 3);
    super((x) => new Conv3d(channels('LazyConv3d', x, 3), outChannels, kernelSize, options), repr);
  }
}

/** A `ConvTranspose1d` that takes the number of input channels from its first input. See `Lazy`. */
export class LazyConvTranspose1d extends Lazy<ConvTranspose1d> {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    readOptions('LazyConvTranspose1d', options, CONV_TRANSPOSE_LAYER_OPTIONS);
    const repr = convRepr('LazyConvTranspose1d', outChannels, kernelSize, 1);
    super((x) => new ConvTranspose1d(channels('LazyConvTranspose1d', x, 1), outChannels, kernelSize, options), repr);
  }
}

/** A `ConvTranspose2d` that takes the number of input channels from its first input. See `Lazy`. */
export class LazyConvTranspose2d extends Lazy<ConvTranspose2d> {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    readOptions('LazyConvTranspose2d', options, CONV_TRANSPOSE_LAYER_OPTIONS);
    const repr = convRepr('LazyConvTranspose2d', outChannels, kernelSize, 2);
    super((x) => new ConvTranspose2d(channels('LazyConvTranspose2d', x, 2), outChannels, kernelSize, options), repr);
  }
}

/** A `ConvTranspose3d` that takes the number of input channels from its first input. See `Lazy`. */
export class LazyConvTranspose3d extends Lazy<ConvTranspose3d> {
  constructor(outChannels: number, kernelSize: PerAxis, options: ConvTransposeLayerOptions = {}) {
    readOptions('LazyConvTranspose3d', options, CONV_TRANSPOSE_LAYER_OPTIONS);
    const repr = convRepr('LazyConvTranspose3d', outChannels, kernelSize, 3);
    super((x) => new ConvTranspose3d(channels('LazyConvTranspose3d', x, 3), outChannels, kernelSize, options), repr);
  }
}

/** A `BatchNorm1d` that takes the number of features from its first input. See `Lazy`. */
export class LazyBatchNorm1d extends Lazy<BatchNorm1d> {
  constructor(options: BatchNormOptions = {}) {
    readOptions('LazyBatchNorm1d', options, RUNNING_NORM_OPTIONS);
    super((x) => new BatchNorm1d(features('LazyBatchNorm1d', x), options));
  }
}

/** A `BatchNorm2d` that takes the number of features from its first input. See `Lazy`. */
export class LazyBatchNorm2d extends Lazy<BatchNorm2d> {
  constructor(options: BatchNormOptions = {}) {
    readOptions('LazyBatchNorm2d', options, RUNNING_NORM_OPTIONS);
    super((x) => new BatchNorm2d(features('LazyBatchNorm2d', x), options));
  }
}

/** A `BatchNorm3d` that takes the number of features from its first input. See `Lazy`. */
export class LazyBatchNorm3d extends Lazy<BatchNorm3d> {
  constructor(options: BatchNormOptions = {}) {
    readOptions('LazyBatchNorm3d', options, RUNNING_NORM_OPTIONS);
    super((x) => new BatchNorm3d(features('LazyBatchNorm3d', x), options));
  }
}

/** The second axis: the channels of a batch. */
function features(kind: string, x: Tensor): number {
  checkInput(kind, x);
  const count = x.shape[1];
  if (count === undefined) throw new ShapeError(`${kind}: the input has shape ${show(x.shape)}; expected [batch, features, ...].`);
  return count;
}
