/** Losses of pairs labelled 1 or -1: hinge embedding, margin ranking, soft margin, cosine embedding. */
import { clamp, eq, mul, ne, neg, readOptions, ShapeError, show, softplus, sqrt, square, sub, where, type Tensor } from '@cotangent/tensor';
import { LossModule } from './loss-module';
import { checkPair, signsOf } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface MarginOptions extends LossOptions {
  /** How far apart things must be to count as apart. */
  readonly margin?: number;
}

const MARGIN_OPTIONS = ['margin', ...LOSS_OPTIONS] as const;

/**
 * input where the target is 1, max(0, margin - input) where it is -1: for distances, which shall be small or beyond the margin.
 *
 * @param options margin: default 1.
 * @param target 1 or -1, of the shape of the input.
 * @throws ShapeError or DTypeError when they do not fit; ArgumentError for a target that is given as another number.
 * @example
 * ```ts
 * import { hingeEmbeddingLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await hingeEmbeddingLoss(tensor([0.5, 0.7]), tensor([1, -1]), { reduction: 'none' }).array()); // [0.5, 0.3]
 * ```
 */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const { margin = 1 } = readOptions('hingeEmbeddingLoss', options, MARGIN_OPTIONS);
  checkPair('hingeEmbeddingLoss', input, input);
  const y = signsOf('hingeEmbeddingLoss', target, input, input.shape);
  const apart = where(ne(y, 1), clamp(sub(margin, input), { min: 0 }), 0);
  return reduceLosses('hingeEmbeddingLoss', apart.add(where(ne(y, -1), input, 0)), options);
}

/**
 * max(0, margin - target * (input1 - input2)): with target 1 the first input shall be larger by the margin, with -1 the second.
 *
 * @param options margin: default 0.
 * @throws ShapeError or DTypeError when shapes or dtypes differ; ArgumentError for a target that is given as another number than 1 or -1.
 * @example
 * ```ts
 * import { marginRankingLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await marginRankingLoss(tensor([1]), tensor([2]), tensor([1]), { margin: 0.5 }).item()); // 1.5
 * ```
 */
export function marginRankingLoss(input1: Tensor, input2: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const { margin = 0 } = readOptions('marginRankingLoss', options, MARGIN_OPTIONS);
  checkPair('marginRankingLoss', input1, input2, 'second input');
  const y = signsOf('marginRankingLoss', target, input1, input1.shape);
  return reduceLosses('marginRankingLoss', clamp(sub(margin, mul(y, sub(input1, input2))), { min: 0 }), options);
}

/**
 * The logistic loss log(1 + e^(-target * input)) of scores against 1 or -1, exact for scores of any size.
 *
 * @throws ShapeError or DTypeError when they do not fit; ArgumentError for a target that is given as another number than 1 or -1.
 * @example
 * ```ts
 * import { softMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await softMarginLoss(tensor([0, -1000]), tensor([1, 1]), { reduction: 'none' }).array()); // [0.6931..., 1000]
 * ```
 */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  readOptions('softMarginLoss', options, LOSS_OPTIONS);
  checkPair('softMarginLoss', input, input);
  const y = signsOf('softMarginLoss', target, input, input.shape);
  return reduceLosses('softMarginLoss', softplus(neg(mul(y, input))), options);
}

/** As in PyTorch: added to both squared lengths, so that the angle of a zero vector is defined. */
const LENGTH_EPS = 1e-12;

/**
 * 1 - cos(input1, input2) where the target is 1, max(0, cos(input1, input2) - margin) where it is -1.
 *
 * @param input1 vectors [batch, features], or one [features].
 * @param input2 of the same shape.
 * @param target 1 or -1, [batch], or a scalar for one pair.
 * @param options margin: from -1 to 1, default 0.
 * @throws ShapeError or DTypeError when they do not fit; ArgumentError for a target that is given as another number.
 * @example
 * ```ts
 * import { cosineEmbeddingLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])).item()); // 1
 * ```
 */
export function cosineEmbeddingLoss(input1: Tensor, input2: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const { margin = 0 } = readOptions('cosineEmbeddingLoss', options, MARGIN_OPTIONS);
  checkPair('cosineEmbeddingLoss', input1, input2, 'second input');
  if (input1.ndim < 1 || input1.ndim > 2) {
    throw new ShapeError(`cosineEmbeddingLoss: the inputs have shape ${show(input1.shape)}; expected [batch, features] or [features].`);
  }
  const y = signsOf('cosineEmbeddingLoss', target, input1, input1.shape.slice(0, -1));
  const squares = [input1, input2].map((x) => square(x).sum({ dim: -1 }).add(LENGTH_EPS));
  const cosine = mul(input1, input2).sum({ dim: -1 }).div(sqrt(mul(squares[0]!, squares[1]!)));
  const losses = where(eq(y, 1), sub(1, cosine), clamp(cosine.sub(margin), { min: 0 }));
  return reduceLosses('cosineEmbeddingLoss', losses, options);
}

/**
 * `hingeEmbeddingLoss` as a module.
 *
 * @example
 * ```ts
 * import { HingeEmbeddingLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new HingeEmbeddingLoss({ margin: 2 }).forward(tensor([0.5]), tensor([-1])).item()); // 1.5
 * ```
 */
export class HingeEmbeddingLoss extends LossModule<MarginOptions> {
  constructor(options: MarginOptions = {}) {
    super(readOptions('HingeEmbeddingLoss', options, MARGIN_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, this.options);
  }
}

/**
 * `marginRankingLoss` as a module.
 *
 * @example
 * ```ts
 * import { MarginRankingLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new MarginRankingLoss().forward(tensor([1]), tensor([2]), tensor([1])).item()); // 1
 * ```
 */
export class MarginRankingLoss extends LossModule<MarginOptions> {
  constructor(options: MarginOptions = {}) {
    super(readOptions('MarginRankingLoss', options, MARGIN_OPTIONS));
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, this.options);
  }
}

/**
 * `softMarginLoss` as a module.
 *
 * @example
 * ```ts
 * import { SoftMarginLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new SoftMarginLoss().forward(tensor([0]), tensor([1])).item()); // 0.6931...
 * ```
 */
export class SoftMarginLoss extends LossModule {
  constructor(options: LossOptions = {}) {
    super(readOptions('SoftMarginLoss', options, LOSS_OPTIONS));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, this.options);
  }
}

/**
 * `cosineEmbeddingLoss` as a module.
 *
 * @example
 * ```ts
 * import { CosineEmbeddingLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await new CosineEmbeddingLoss().forward(tensor([[1, 0]]), tensor([[1, 0]]), tensor([-1])).item()); // 1
 * ```
 */
export class CosineEmbeddingLoss extends LossModule<MarginOptions> {
  constructor(options: MarginOptions = {}) {
    super(readOptions('CosineEmbeddingLoss', options, MARGIN_OPTIONS));
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, target, this.options);
  }
}
