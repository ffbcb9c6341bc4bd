import { ArgumentError, exp, gt, log, mul, readOptions, sub, where, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkPair, knownElements } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface PoissonNLLLossOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate. Default true. */
  readonly logInput?: boolean;
  /** Whether to add Stirling's approximation of log(target!), which does not depend on the input. Default false. */
  readonly full?: boolean;
  /** Added to the rate before its logarithm is taken, without `logInput`. Default 1e-8. */
  readonly eps?: number;
}

const POISSON_NLL_LOSS_OPTIONS = ['logInput', 'full', 'eps', ...LOSS_OPTIONS] as const;

/**
 * The negative log-likelihood of counts under Poisson distributions, e^input - target * input, or input - target * log(input + eps)
 * without `logInput`. `full` adds t log t - t + log(2 pi t) / 2 where t > 1.
 *
 * @param target counts, of the same shape and dtype as the input.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a count that is given as a negative number.
 * @example
 * ```ts
 * import { poissonNllLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await poissonNllLoss(tensor([0, 1]), tensor([1, 3])).item()); // (1 + e - 3) / 2 = 0.3591...
 * ```
 */
export function poissonNllLoss(input: Tensor, target: Tensor, options: PoissonNLLLossOptions = {}): Tensor {
  const { logInput = true, full = false, eps = 1e-8 } = readOptions('poissonNllLoss', options, POISSON_NLL_LOSS_OPTIONS);
  checkPair('poissonNllLoss', input, target);
  const negative = knownElements(target)?.find((count) => count < 0);
  if (negative !== undefined) throw new ArgumentError(`poissonNllLoss: the target has an element ${negative}; expected counts >= 0.`);
  let losses = logInput ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(input.add(eps))));
  if (full) {
    const large = gt(target, 1);
    const safe = where(large, target, 1);
    const stirling = mul(safe, log(safe)).sub(safe).add(log(safe.mul(2 * Math.PI)).mul(0.5));
    losses = losses.add(where(large, stirling, 0));
  }
  return reduceLosses('poissonNllLoss', losses, options);
}

/**
 * `poissonNllLoss` as a module.
 *
 * @example
 * ```ts
 * import { PoissonNLLLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new PoissonNLLLoss({ logInput: false }).forward(tensor([2]), tensor([1])).item()); // 2 - ln 2 = 1.3068...
 * ```
 */
export class PoissonNLLLoss extends LossModule<PoissonNLLLossOptions> {
  constructor(options: PoissonNLLLossOptions = {}) {
    super(readOptions('PoissonNLLLoss', options, POISSON_NLL_LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this.options);
  }
}
