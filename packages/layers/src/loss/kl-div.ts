/** Kullback-Leibler divergences: of categorical distributions from log-probabilities, and of normal distributions. */
import {
  ArgumentError, div, eq, exp, expm1, log, mul, readOptions, ShapeError, show, square, sub, where, type Tensor,
} from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkPair, checkProbabilities } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions, type Reduction } from './reduction';

/** 'batchmean': the sum divided by the size of the first axis, which is the divergence of a sample. */
export type DivergenceReduction = Reduction | 'batchmean';

export interface KLDivOptions {
  /** Default 'mean', as in PyTorch; it divides by the number of elements. The divergence itself is 'batchmean'. */
  readonly reduction?: DivergenceReduction;
  readonly sampleWeight?: LossOptions['sampleWeight'];
  /** Whether the target holds log-probabilities too. Default false. */
  readonly logTarget?: boolean;
}

const KL_DIV_OPTIONS = ['logTarget', ...LOSS_OPTIONS] as const;

/**
 * The Kullback-Leibler divergence of log-probabilities from a target, target * (log target - input) for each element, with 0 log 0 = 0,
 * as PyTorch's `kl_div`. Note the order: the prediction comes first.
 *
 * @param input log-probabilities, of any shape.
 * @param target probabilities, or log-probabilities with `logTarget`, of the same shape and dtype.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for probabilities that are given as numbers outside [0, 1].
 * @example
 * ```ts
 * import { klDiv } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const input = tensor([[0.5, 0.5]]).log();
 * console.log(await klDiv(input, tensor([[0.9, 0.1]]), { reduction: 'batchmean' }).item()); // 0.3680...
 * ```
 */
export function klDiv(input: Tensor, target: Tensor, options: KLDivOptions = {}): Tensor {
  const { logTarget = false } = readOptions('klDiv', options, KL_DIV_OPTIONS);
  if (logTarget) checkPair('klDiv', input, target);
  else checkProbabilities('klDiv', input, target);
  const none = eq(target, 0);
  const losses = logTarget
    ? mul(exp(target), sub(target, input))
    : sub(mul(target, log(where(none, 1, target))), mul(target, input));
  return reduceDivergence('klDiv', losses, options);
}

/** As `reduceLosses`, with 'batchmean'. */
function reduceDivergence(loss: string, losses: Tensor, options: Pick<KLDivOptions, 'reduction' | 'sampleWeight'>): Tensor {
  const { reduction = 'mean', sampleWeight } = options;
  if (reduction !== 'batchmean') return reduceLosses(loss, losses, { reduction, sampleWeight });
  if (losses.ndim === 0) throw new ShapeError(`${loss}: a scalar has no batch; expected [batch, ...] for reduction 'batchmean'.`);
  const rows = losses.reshape(losses.shape[0]!, -1).sum({ dim: 1 });
  return reduceLosses(loss, rows, { sampleWeight });
}

/**
 * `klDiv` as a module.
 *
 * @example
 * ```ts
 * import { KLDivLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new KLDivLoss({ reduction: 'batchmean' });
 * console.log(await loss.forward(tensor([[0.5, 0.5]]).log(), tensor([[0.9, 0.1]])).item()); // 0.3680...
 * ```
 */
export class KLDivLoss extends LossModule<KLDivOptions> {
  constructor(options: KLDivOptions = {}) {
    super(readOptions('KLDivLoss', options, KL_DIV_OPTIONS));
  }

  protected override checkOptions(loss: string, options: KLDivOptions): void {
    if (options.reduction !== 'batchmean') super.checkOptions(loss, options);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }
}

export interface GaussianKlOptions {
  /** Default 'batchmean': summed over all axes but the first, averaged over the first. */
  readonly reduction?: DivergenceReduction;
  readonly sampleWeight?: LossOptions['sampleWeight'];
  /** The distribution to diverge from, mean and logarithm of the variance, of the same shape. Default: N(0, 1). */
  readonly from?: { readonly mean: Tensor; readonly logVar: Tensor };
}

/**
 * The divergence KL(N(mean, e^logVar) || N(0, 1)) of independent normal distributions, (mean^2 + e^logVar - 1 - logVar) / 2 for each
 * element: never negative, and 0 only for mean 0 and variance 1. The regulariser of variational autoencoders (Kingma and Welling, 2013),
 * where 'batchmean' is its weight of 1 against a reconstruction error that is summed over the elements of a sample.
 *
 * @param mean of any shape; [batch, latent] for the default reduction.
 * @param logVar the logarithm of the variance (not of the deviation), of the same shape.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a vector without a batch under reduction 'batchmean'.
 * @example
 * ```ts
 * import { gaussianKl } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await gaussianKl(tensor([[0.5, -1]]), tensor([[0.2, -0.5]])).item()); // 0.6889...
 * ```
 */
export function gaussianKl(mean: Tensor, logVar: Tensor, options: GaussianKlOptions = {}): Tensor {
  const { reduction = 'batchmean', sampleWeight, from } = readOptions('gaussianKl', options, ['from', ...LOSS_OPTIONS]);
  checkPair('gaussianKl', mean, logVar, 'logVar');
  if (reduction === 'batchmean' && mean.ndim < 2) {
    throw new ArgumentError(
      `gaussianKl: the mean has shape ${show(mean.shape)}; reduction 'batchmean' needs [batch, latent]. ` +
        "For a single distribution use { reduction: 'sum' }.",
    );
  }
  // e^v - 1 - v by expm1 keeps the digits of variances near 1.
  let twice = square(mean).add(sub(expm1(logVar), logVar));
  if (from) {
    checkPair('gaussianKl', mean, from.mean, 'from.mean');
    checkPair('gaussianKl', mean, from.logVar, 'from.logVar');
    const ratio = sub(logVar, from.logVar);
    twice = div(square(sub(mean, from.mean)), exp(from.logVar)).add(sub(expm1(ratio), ratio));
  }
  return reduceDivergence('gaussianKl', twice.mul(0.5), { reduction, sampleWeight });
}
