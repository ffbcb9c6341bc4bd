import { ArgumentError, clamp, minimum, pairwiseDistance, readOptions, ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkPositive } from '../check';
import { LossModule } from './loss-module';
import { checkPair } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface TripletMarginWithDistanceLossOptions extends LossOptions {
  /** A function of two batches of vectors to their distances, one per sample. Default: the Euclidean distance. */
  readonly distance?: (a: Tensor, b: Tensor) => Tensor;
  /** How much farther the negative shall be than the positive. Default 1, as in PyTorch; FaceNet takes 0.2 with squared distances. */
  readonly margin?: number;
  /** Whether the distance of the negative from the positive counts where it is smaller than from the anchor. Default false. */
  readonly swap?: boolean;
}

const TRIPLET_MARGIN_WITH_DISTANCE_LOSS_OPTIONS = ['distance', 'margin', 'swap', ...LOSS_OPTIONS] as const;

export interface TripletMarginLossOptions extends Omit<TripletMarginWithDistanceLossOptions, 'distance'> {
  /** Order of the distance; Infinity for the largest difference. Default 2. */
  readonly p?: number;
  /** Added to every difference. Default 1e-6. */
  readonly eps?: number;
}

const TRIPLET_MARGIN_LOSS_OPTIONS = ['p', 'eps', 'margin', 'swap', ...LOSS_OPTIONS] as const;

/**
 * max(0, d(anchor, positive) - d(anchor, negative) + margin) with distances of order p, as PyTorch's `triplet_margin_loss`. Schroff et al.,
 * "FaceNet", 2015; `swap` is that of Balntas et al., 2016.
 *
 * @param anchor vectors [batch, features], or one [features]; positive and negative have the same shape.
 * @throws ShapeError or DTypeError when they differ; ArgumentError for a margin or p that is not > 0.
 * @example
 * ```ts
 * import { tripletMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[0, 3]]), tensor([[4, 0]])];
 * console.log(await tripletMarginLoss(anchor, positive, negative, { margin: 2 }).item()); // 3 - 4 + 2 = 1
 * ```
 */
export function tripletMarginLoss(anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletMarginLossOptions = {}): Tensor {
  const { p = 2, eps = 1e-6 } = readOptions('tripletMarginLoss', options, TRIPLET_MARGIN_LOSS_OPTIONS);
  if (p !== Infinity) checkPositive('tripletMarginLoss', 'p', p);
  return triplet('tripletMarginLoss', [anchor, positive, negative], (a, b) => pairwiseDistance(a, b, { p, eps }), options);
}

/**
 * `tripletMarginLoss` with a distance of your own.
 *
 * @throws ShapeError or DTypeError when shapes differ or the distance does not give a number per sample.
 * @example
 * ```ts
 * import { tripletMarginWithDistanceLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const [anchor, positive, negative] = [tensor([[1, 0]]), tensor([[0.8, 0.1]]), tensor([[0.5, 0.5]])];
 * const loss = tripletMarginWithDistanceLoss(anchor, positive, negative, {
 *   distance: (a, b) => a.sub(b).square().sum({ dim: -1 }),
 *   margin: 0.5,
 * });
 * console.log(await loss.item()); // 0.05 - 0.5 + 0.5 = 0.05
 * ```
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginWithDistanceLossOptions = {},
): Tensor {
  const { distance = pairwiseDistance } = readOptions('tripletMarginWithDistanceLoss', options, TRIPLET_MARGIN_WITH_DISTANCE_LOSS_OPTIONS);
  return triplet('tripletMarginWithDistanceLoss', [anchor, positive, negative], (a, b) => distance(a, b), options);
}

function triplet(
  loss: string,
  [anchor, positive, negative]: readonly [Tensor, Tensor, Tensor],
  distance: (a: Tensor, b: Tensor) => Tensor,
  options: TripletMarginWithDistanceLossOptions,
): Tensor {
  const { swap = false } = options;
  const margin = checkMargin(loss, options.margin ?? 1);
  checkPair(loss, anchor, positive, 'positive');
  checkPair(loss, anchor, negative, 'negative');
  if (anchor.ndim === 0) throw new ShapeError(`${loss}: the anchor is a scalar; expected [batch, features] or [features].`);
  const near = distance(anchor, positive);
  if (near.ndim >= anchor.ndim) {
    throw new ShapeError(
      `${loss}: the distance of vectors ${show(anchor.shape)} has shape ${show(near.shape)}; ` +
        'expected a number per sample. Sum over dim -1.',
    );
  }
  const far = distance(anchor, negative);
  return reduceLosses(loss, clamp(near.sub(swap ? minimum(far, distance(positive, negative)) : far).add(margin), { min: 0 }), options);
}

function checkMargin(loss: string, margin: number): number {
  if (!(margin >= 0 && Number.isFinite(margin))) throw new ArgumentError(`${loss}: margin is ${margin}; expected a finite number >= 0.`);
  return margin;
}

/**
 * `tripletMarginLoss` as a module.
 *
 * @example
 * ```ts
 * import { TripletMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new TripletMarginLoss({ margin: 2, p: 1 });
 * console.log(await loss.forward(tensor([[0, 0]]), tensor([[0, 3]]), tensor([[4, 0]])).item()); // 1
 * ```
 */
export class TripletMarginLoss extends LossModule<TripletMarginLossOptions> {
  constructor(options: TripletMarginLossOptions = {}) {
    super(readOptions('TripletMarginLoss', options, TRIPLET_MARGIN_LOSS_OPTIONS));
    checkMargin('TripletMarginLoss', options.margin ?? 1);
    checkPositive('TripletMarginLoss', 'p', options.p ?? 2);
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

/**
 * `tripletMarginWithDistanceLoss` as a module.
 *
 * @example
 * ```ts
 * import { TripletMarginWithDistanceLoss } from '@cotangent/layers';
 * import { cosineSimilarity, sub, tensor } from '@cotangent/tensor';
 * const loss = new TripletMarginWithDistanceLoss({ distance: (a, b) => sub(1, cosineSimilarity(a, b)) });
 * console.log(await loss.forward(tensor([[1, 0]]), tensor([[0, 1]]), tensor([[1, 0]])).item()); // 1 - 0 + 1 = 2
 * ```
 */
export class TripletMarginWithDistanceLoss extends LossModule<TripletMarginWithDistanceLossOptions> {
  constructor(options: TripletMarginWithDistanceLossOptions = {}) {
    super(readOptions('TripletMarginWithDistanceLoss', options, TRIPLET_MARGIN_WITH_DISTANCE_LOSS_OPTIONS));
    checkMargin('TripletMarginWithDistanceLoss', options.margin ?? 1);
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, negative, this.options);
  }
}
