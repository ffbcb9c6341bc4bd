/** Modules with PyTorch's names and layouts: layers, initial values, losses, metrics, summaries. */
export { Module, type Layer, type LoadReport } from './module';
export type { FactoryOptions } from './options';
export * from './functional';
export * as init from './init';
export type {
  DiracOptions, FanOptions, Fans, Initialiser, KaimingOptions, Nonlinearity, NormalOptions, SparseOptions, TruncatedNormal,
  TruncatedNormalOptions, UniformOptions, VarianceScalingOptions, XavierOptions,
} from './init';

export * from './activation/binary-step';
export * from './activation/elu';
export * from './activation/gelu';
export * from './activation/glu';
export * from './activation/hardsigmoid';
export * from './activation/hardswish';
export * from './activation/hardtanh';
export * from './activation/leaky-relu';
export * from './activation/log-sigmoid';
export * from './activation/log-softmax';
export * from './activation/maxout';
export * from './activation/mish';
export * from './activation/prelu';
export * from './activation/relu';
export * from './activation/rrelu';
export * from './activation/shrink';
export * from './activation/sigmoid';
export * from './activation/softmax';
export * from './activation/softmax2d';
export * from './activation/softmin';
export * from './activation/softplus';
export * from './activation/softsign';
export * from './activation/swish';
export * from './activation/tanh';
export * from './activation/threshold';
export { ConvNd, type ConvLayerOptions } from './conv/conv-nd';
export * from './conv/conv1d';
export * from './conv/conv2d';
export * from './conv/conv3d';
export * from './conv/conv-transpose2d';
export * from './layer/dropout';
export * from './layer/embedding';
export * from './layer/flatten';
export * from './layer/identity';
export * from './layer/linear';
export * from './layer/sequential';
export { batchNorm, type BatchNormFunctionOptions, type BatchNormStatistics } from './norm/batch-norm';
export { BatchNormNd, type BatchNormOptions } from './norm/batch-norm-nd';
export * from './norm/batch-norm1d';
export * from './norm/batch-norm2d';
export * from './norm/layer-norm';
export * from './pool/adaptive-avg-pool2d';
export * from './pool/avg-pool1d';
export * from './pool/avg-pool2d';
export * from './pool/max-pool1d';
export * from './pool/max-pool2d';
export { PoolNd } from './pool/pool-nd';

export * from './recurrent/lstm';
export * from './recurrent/lstm-cell';
export { Recurrent, type RecurrentOptions } from './recurrent/recurrent';
export * from './recurrent/rnn';
export { RNNCell, type RNNCellOptions } from './recurrent/rnn-cell';
export { RecurrentModule, type CellOptions } from './recurrent/weights';

export * from './loss/cross-entropy';
export * from './loss/mse';
export * from './loss/nll';
export type { LossOptions, Reduction } from './loss/reduction';
export * from './loss/weight-penalty';
export * from './metrics/accuracy';
export * from './metrics/confusion-matrix';
export * from './summary/summary';
