/** Instance normalisation as a function. */
import { ArgumentError, mean, readOptions, ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { batchNorm, checkStatistics, follow, moments, type BatchNormFunctionOptions } from './batch-norm';

export interface InstanceNormFunctionOptions extends Omit<BatchNormFunctionOptions, 'training'> {
  /** Normalise by each sample's own statistics, and move running ones (which must be variables then) towards them. Default true. */
  readonly useInputStats?: boolean;
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias for each channel of each sample of [batch, channels, ...places], with mean and
 * biased variance over the places. Running statistics take the mean over the batch of each sample's own, the variance unbiased.
 *
 * @throws ShapeError when the channels do not fit, or when there is one place only, whose variance is unknown.
 * @example
 * ```ts
 * import { instanceNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await instanceNorm(tensor([[[1, 3]], [[10, 30]]])).array()); // [[[-0.9999..., 0.9999...]], [[-0.9999..., 0.9999...]]]
 * ```
 */
export function instanceNorm(x: Tensor, options: InstanceNormFunctionOptions = {}): Tensor {
  readOptions('instanceNorm', options, ['useInputStats', 'weight', 'runningMean', 'runningVar', 'bias', 'momentum', 'eps']);
  const { runningMean, runningVar, weight, bias, useInputStats = true, momentum = 0.1, eps = 1e-5 } = options;
  if (!useInputStats) {
    if (!runningMean || !runningVar) throw new ArgumentError('instanceNorm: without input statistics runningMean and runningVar are needed.');
    return batchNorm(x, { runningMean, runningVar, weight, bias, eps });
  }
  checkInput('instanceNorm', x);
  if (x.ndim < 3) throw new ShapeError(`instanceNorm: the input has shape ${show(x.shape)}; expected [batch, channels, ...places].`);
  checkStatistics('instanceNorm', x, { runningMean, runningVar, weight, bias });
  const [batch, channels] = x.shape as [number, number];
  const count = x.size / (batch * channels);
  if (count <= 1) {
    throw new ShapeError(`instanceNorm: an input of shape ${show(x.shape)} has ${count} place per channel, so there is no variance.`);
  }
  const dim = x.shape.map((_, i) => i).slice(2);
  return moments(x, dim, { weight, bias, eps }, (average, variance) => {
    if (!runningMean || !runningVar) return;
    const overBatch = (t: Tensor): Tensor => mean(t.reshape(batch, channels), { dim: 0 });
    follow('instanceNorm', 'runningMean', runningMean, overBatch(average), momentum);
    follow('instanceNorm', 'runningVar', runningVar, overBatch(variance).mul(count / (count - 1)), momentum);
  });
}
