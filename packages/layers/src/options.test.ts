import { ArgumentError, ones } from '@cotangent/tensor';
import { describe, expect, test } from 'vitest';
import * as layers from './index';

type Constructor = new (...args: unknown[]) => unknown;

const { Linear } = layers;
const x = ones([2, 2]);

/** Classes that take options, by the required arguments before them. */
const CLASSES: readonly (readonly [required: readonly unknown[], names: string])[] = [
  [[], 'BinaryStep ELU CELU GELU GLU Hardtanh LeakyReLU LogSoftmax RReLU Hardshrink Softshrink Softmax Softmin Softplus Swish'],
  [[], 'CosineSimilarity Flatten PairwiseDistance GlobalAvgPool GlobalMaxPool Upsample LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d'],
  [[], 'BCELoss BCEWithLogitsLoss ContrastiveLoss InfoNCELoss CrossEntropyLoss DiceLoss SigmoidFocalLoss FocalLoss GaussianNLLLoss'],
  [[], 'HuberLoss SmoothL1Loss KLDivLoss L1Loss LogCoshLoss HingeEmbeddingLoss MarginRankingLoss SoftMarginLoss CosineEmbeddingLoss'],
  [[], 'MSELoss MultiMarginLoss MulticlassHingeLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss NLLLoss PoissonNLLLoss RMSELoss'],
  [[], 'TripletMarginLoss TripletMarginWithDistanceLoss'],
  [[2], 'PReLU LayerNorm BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d LocalResponseNorm RMSNorm'],
  [[2], 'AvgPool1d AvgPool2d AvgPool3d MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Unfold LazyLinear'],
  [[2], 'LagrangeMultiplier'],
  [[0.5], 'Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout GaussianDropout GaussianNoise StochasticDepth'],
  [[0.5, 3], 'DropBlock2d'],
  [[2, 2], 'Linear Embedding EmbeddingBag LSTM LSTMCell RNN RNNCell GroupNorm LPPool1d LPPool2d LPPool3d Fold SwiGLU DepthwiseConv2d'],
  [[2, 2], 'LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d'],
  [[2, 2, 2], 'Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d SeparableConv2d Bilinear Maxout'],
  [[new Linear(2, 2)], 'DropConnect Shakeout WeightNoise Whiteout Residual'],
  [[[new Linear(2, 2)]], 'Concat'],
];

/** Bases, and classes that take no options. */
const WITHOUT = [
  'Module ModuleDict ParameterDict ModuleList ParameterList ConvNd ConvTransposeNd ImageWindows Graph GraphNode FeatureExtractor Lazy',
  'EmbeddingTable NoisyWeights BatchNormNd InstanceNormNd RunningNorm PadNd AdaptivePoolNd AvgPoolNd GlobalPool LPPoolNd MaxPoolNd',
  'MaxUnpoolNd PoolNd Recurrent RecurrentModule LossModule DropoutLayer SELU Hardsigmoid Hardswish ReLU6 LogSigmoid Mish ReLU Tanhshrink',
  'Sigmoid Softmax2d Softsign SiLU Tanh Threshold Parallel Add Lambda Reshape Unflatten Permute Identity Sequential',
  'CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d',
  'ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d ChannelShuffle PixelShuffle PixelUnshuffle',
  'AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d',
].flatMap((names) => names.split(' '));

const table = CLASSES.flatMap(([required, names]) => names.split(' ').map((name) => [name, required] as const));

function made(name: string, required: readonly unknown[], options: unknown): () => unknown {
  const Class = (layers as unknown as Readonly<Record<string, Constructor>>)[name]!;
  return () => new Class(...required, options);
}

describe.each(table)('%s', (name, required) => {
  test('refuses a bare value in the place of its options, by its name', () => {
    expect(made(name, required, 7)).toThrow(ArgumentError);
    expect(made(name, required, 7)).toThrow(new RegExp(`^${name}: options are the number 7; expected an object, such as \\{ \\w+: 7 \\}\\.$`));
  });

  test('refuses an unknown option, by its name', () => {
    expect(made(name, required, { nonsense: 1 })).toThrow(ArgumentError);
    expect(made(name, required, { nonsense: 1 })).toThrow(new RegExp(`^${name}: unknown option nonsense; expected \\w+`));
  });
});

test('every class that is exported either stands in the table or takes no options', () => {
  const known = [...table.map(([name]) => name), ...WITHOUT];
  const classes = Object.entries(layers).filter(([, value]) => typeof value === 'function' && String(value).startsWith('class'));
  expect(classes.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
});

test.each<[string, () => unknown, string]>([
  ['a slope, as PyTorch takes it', () => new layers.LeakyReLU(0.2 as never), 'such as { negativeSlope: 0.2 }.'],
  ['a reduction', () => layers.mseLoss(x, x, 'sum' as never), "mseLoss: options are the string 'sum'; expected an object, such as { reduction: 'sum' }."],
  ['weights of classes', () => layers.crossEntropy(x, x, x as never), 'crossEntropy: options are a tensor;'],
  ['null', () => layers.dropout(x, null as never), 'dropout: options are null;'],
  ['snake_case', () => new layers.LeakyReLU({ negative_slope: 0.2 } as never), 'expected negativeSlope. Did you mean negativeSlope?'],
  ['exchanged letters', () => new layers.Conv2d(1, 6, 5, { stirde: 2 } as never), 'unknown option stirde; expected stride, '],
  ['exchanged letters', () => new layers.Conv2d(1, 6, 5, { stirde: 2 } as never), 'Did you mean stride?'],
  ['another name', () => layers.leakyRelu(x, { slope: 0.2 } as never), 'leakyRelu: unknown option slope; expected negativeSlope.'],
  ['an option of an initialiser', () => layers.init.kaimingNormal([2, 2], { gain: 2 } as never), 'kaimingNormal: unknown option gain;'],
  ['an option of a constraint', () => layers.maxNorm(x, 3 as never), 'maxNorm: options are the number 3; expected an object, such as { max: 3 }.'],
])('says what is meant: %s', (_, call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});

test('an option that is undefined counts as left out, even where nobody knows it', () => {
  expect(new layers.LeakyReLU({ negativeSlope: undefined, other: undefined } as never).negativeSlope).toBe(0.01);
});
