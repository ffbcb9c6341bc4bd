/** Batch normalisation as a function, and what other normalisations share with it. */
import {
  add, ArgumentError, cast, div, mul, noGrad, readOptions, rsqrt, ShapeError, show, sub, Variable, type Tensor,
} from '@cotangent/tensor';
import { checkInput } from '../check';

export interface BatchNormStatistics {
  /** Running mean of each channel, [channels]. */
  readonly runningMean: Tensor;
  /** Running (unbiased) variance of each channel, [channels]. */
  readonly runningVar: Tensor;
}

export interface BatchNormFunctionOptions extends Partial<BatchNormStatistics> {
  /** Scale of each channel, [channels]. Default 1. */
  readonly weight?: Tensor;
  /** Added to each channel, [channels]. Default 0. */
  readonly bias?: Tensor;
  /** Normalise by the batch and update the running statistics (which must be variables then). Default false. */
  readonly training?: boolean;
  /** Share of the batch in the new running statistics. Default 0.1. A scalar tensor may be given too. */
  readonly momentum?: number | Tensor;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias for each channel (axis 1) of [batch, channels, ...]. In training, and where
 * there are no running statistics, mean and biased variance are those of the batch; the running variance takes the unbiased
 * one, as in PyTorch. Otherwise they are the running statistics.
 *
 * @throws ShapeError when the channels do not fit, or when training sees one value per channel, whose variance is unknown.
 * @example
 * ```ts
 * import { batchNorm } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await batchNorm(tensor([[1], [3]]), { training: true }).array()); // [[-0.9999...], [0.9999...]]
 * ```
 */
export function batchNorm(x: Tensor, options: BatchNormFunctionOptions = {}): Tensor {
  readOptions('batchNorm', options, ['weight', 'bias', 'training', 'momentum', 'eps', 'runningMean', 'runningVar']);
  const { runningMean, runningVar, weight, bias, training = false, momentum = 0.1, eps = 1e-5 } = options;
  checkInput('batchNorm', x);
  if (x.ndim < 2) throw new ShapeError(`batchNorm: the input has shape ${show(x.shape)}; expected [batch, channels, ...].`);
  checkStatistics('batchNorm', x, { runningMean, runningVar, weight, bias });
  if (!training && runningMean && runningVar) {
    const y = mul(sub(x, perChannel(runningMean, x)), perChannel(rsqrt(add(runningVar, eps)), x));
    return scaledAndShifted(y, weight, bias);
  }
  const channels = x.shape[1]!;
  const count = x.size / channels;
  if (training && count <= 1) {
    throw new ShapeError(
      `batchNorm: an input of shape ${show(x.shape)} has ${count} value per channel, so there is no variance to train with. ` +
        'Use larger batches, or eval().',
    );
  }
  const dim = x.shape.map((_, i) => i).filter((i) => i !== 1);
  return moments(x, dim, { weight, bias, eps }, (mean, variance) => {
    if (!training || !runningMean || !runningVar) return;
    follow('batchNorm', 'runningMean', runningMean, mean.reshape(channels), momentum);
    follow('batchNorm', 'runningVar', runningVar, mul(variance.reshape(channels), count / (count - 1)), momentum);
  });
}

/** Throws unless every tensor that is given has one element per channel of x, and both running statistics are there or neither. */
export function checkStatistics(
  op: string,
  x: Tensor,
  given: Pick<BatchNormFunctionOptions, 'runningMean' | 'runningVar' | 'weight' | 'bias'>,
): void {
  const channels = x.shape[1]!;
  for (const [name, t] of Object.entries(given) as [string, Tensor | undefined][]) {
    if (t && (t.ndim !== 1 || t.shape[0] !== channels)) {
      throw new ShapeError(`${op}: ${name} has shape ${show(t.shape)}; expected [${channels}] for an input of shape ${show(x.shape)}.`);
    }
  }
  if ((given.runningMean === undefined) !== (given.runningVar === undefined)) {
    throw new ArgumentError(`${op}: only one of runningMean and runningVar is given; give both or neither.`);
  }
}

/**
 * x normalised by its mean and biased variance over the axes `dim`, then scaled and shifted per channel (axis 1). `seen` gets the
 * two, with the axes kept, to follow them without gradients.
 */
export function moments(
  x: Tensor,
  dim: readonly number[],
  { weight, bias, eps }: { readonly weight?: Tensor; readonly bias?: Tensor; readonly eps: number },
  seen?: (mean: Tensor, variance: Tensor) => void,
): Tensor {
  const mean = x.mean({ dim, keepdim: true });
  const centred = sub(x, mean);
  const variance = mul(centred, centred).mean({ dim, keepdim: true });
  if (seen) {
    noGrad(() => {
      seen(mean, variance);
    });
  }
  return scaledAndShifted(mul(centred, rsqrt(add(variance, eps))), weight, bias);
}

/** y times one number per channel, plus another. */
export function scaledAndShifted(y: Tensor, weight: Tensor | undefined, bias: Tensor | undefined): Tensor {
  const scaled = weight ? mul(y, perChannel(weight, y)) : y;
  return bias ? add(scaled, perChannel(bias, y)) : scaled;
}

/** A vector of channels so that it broadcasts along axis 1 of x. */
function perChannel(t: Tensor, x: Tensor): Tensor {
  return t.reshape(x.shape[1]!, ...new Array<number>(x.ndim - 2).fill(1));
}

/** Moves a running statistic towards that of the batch. */
export function follow(op: string, name: string, running: Tensor, batch: Tensor, momentum: number | Tensor): void {
  if (!(running instanceof Variable)) {
    throw new ArgumentError(`${op}: ${name} is a plain tensor, which training cannot update. Make it with variable(...), or leave it out.`);
  }
  const share = typeof momentum === 'number' ? momentum : cast(momentum, running.dtype);
  const rest = typeof share === 'number' ? 1 - share : sub(1, share);
  running.update(add(mul(running, rest), mul(batch, share)));
}

/** 1 / n as a tensor: the momentum that makes a running statistic the plain mean of all batches. */
export function cumulativeMomentum(batches: Tensor): Tensor {
  return div(1, cast(batches, 'float32'));
}
