/** What losses have in common at their end: weights of samples, and reduction to one number. */
import { ArgumentError, sameShape, ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';

/** What becomes of the losses of single elements: their mean, their sum, or nothing. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
  /**
   * A factor for each sample, of the shape of the losses or of their leading axes: [batch] for losses [batch, ...]. The mean divides
   * by the sum of the factors, so that a factor of 2 counts as the sample twice. Default: all 1.
   */
  readonly sampleWeight?: Tensor;
}

export const LOSS_OPTIONS = ['reduction', 'sampleWeight'] as const;

/** Throws ArgumentError for anything but the three names. */
export function checkReduction(loss: string, reduction: Reduction): void {
  if (!['mean', 'sum', 'none'].includes(reduction)) {
    throw new ArgumentError(`${loss}: reduction is '${reduction}'; expected 'mean', 'sum' or 'none'.`);
  }
}

/**
 * Weights losses and reduces them. The mean divides by the sum of all weights.
 *
 * @param weights what was multiplied into the losses already (class weights), of their shape; undefined for 1.
 * @throws ArgumentError, ShapeError or DTypeError for options that do not fit.
 */
export function reduceLosses(loss: string, losses: Tensor, options: LossOptions, weights?: Tensor): Tensor {
  const { reduction = 'mean', sampleWeight } = options;
  checkReduction(loss, reduction);
  let weighted = losses;
  let total = weights;
  if (sampleWeight) {
    const factors = perSample(loss, sampleWeight, losses);
    weighted = losses.mul(factors);
    total = weights ? weights.mul(factors) : factors;
  }
  if (reduction === 'none') return weighted;
  if (reduction === 'sum') return weighted.sum();
  return total ? weighted.sum().div(total.sum()) : weighted.mean();
}

/** Weights of samples, in the shape of the losses. */
function perSample(loss: string, weight: Tensor, losses: Tensor): Tensor {
  checkInput(`${loss} (sampleWeight)`, weight, losses.dtype);
  const leading = losses.shape.slice(0, weight.ndim);
  if (weight.ndim > losses.ndim || !sameShape(weight.shape, leading)) {
    throw new ShapeError(
      `${loss}: sampleWeight has shape ${show(weight.shape)} and the losses ${show(losses.shape)}; ` +
        `expected ${show(losses.shape)} or its leading axes, one number for each sample.`,
    );
  }
  return weight.reshape(...leading, ...losses.shape.slice(weight.ndim).map(() => 1)).expand(...losses.shape);
}
