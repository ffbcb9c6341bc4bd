import { ArgumentError, type Tensor } from '@cotangent/tensor';

/** What becomes of the losses of single elements: their mean, their sum, or nothing. */
export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
}

/** Throws ArgumentError for anything but the three names. */
export function checkReduction(loss: string, reduction: Reduction): void {
  if (!['mean', 'sum', 'none'].includes(reduction)) {
    throw new ArgumentError(`${loss}: reduction is '${reduction}'; expected 'mean', 'sum' or 'none'.`);
  }
}

/** Reduces losses; the mean divides by `total` where one is given, and by their number otherwise. */
export function reduceLosses(losses: Tensor, reduction: Reduction, total?: Tensor): Tensor {
  if (reduction === 'none') return losses;
  if (reduction === 'sum') return losses.sum();
  return total ? losses.sum().div(total) : losses.mean();
}
