/** Losses that draw matching pairs together and push others apart: contrastive loss and InfoNCE. */
import {
  add, arange, cast, clamp, isInteger, matmul, mul, norm, normalize, readOptions, sameShape, ShapeError, show, square, sub, transpose,
  type Tensor,
} from '@cotangent/tensor';
import { checkInput, checkPositive } from '../check';
import { crossEntropy } from './cross-entropy';
import { LossModule } from './loss-module';
import { checkKnownProbabilities, checkPair } from './pair';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface ContrastiveLossOptions extends LossOptions {
  /** Pairs that do not match shall be at least this far apart. Default 1. */
  readonly margin?: number;
  /** Multiplies every loss; 0.5 is that of the paper. Default 1. */
  readonly factor?: number;
}

const CONTRASTIVE_LOSS_OPTIONS = ['margin', 'factor', ...LOSS_OPTIONS] as const;

export interface InfoNCELossOptions extends LossOptions {
  /** What similarities are divided by. Default 0.07. */
  readonly temperature?: number;
  /** Whether to average with the loss of finding the first input for the second (CLIP). Default false. */
  readonly symmetric?: boolean;
}

const INFO_NCE_LOSS_OPTIONS = ['temperature', 'symmetric', ...LOSS_OPTIONS] as const;

/**
 * The contrastive loss of pairs of vectors, y d^2 + (1 - y) max(0, margin - d)^2 with their Euclidean distance d. Hadsell et al., 2006,
 * where y has the opposite meaning and the factor is 1/2.
 *
 * @param a vectors [batch, features], or one [features].
 * @param b of the same shape.
 * @param target 1 for a matching pair, 0 for another: [batch], or a scalar for one pair.
 * @throws ShapeError or DTypeError when they do not fit; ArgumentError for a target that is given as a number outside [0, 1].
 * @example
 * ```ts
 * import { contrastiveLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const [a, b] = [tensor([[0, 0], [0, 0]]), tensor([[3, 4], [0, 0.2]])];
 * console.log(await contrastiveLoss(a, b, tensor([1, 0]), { reduction: 'none' }).array()); // [25, 0.64]
 * ```
 */
export function contrastiveLoss(a: Tensor, b: Tensor, target: Tensor, options: ContrastiveLossOptions = {}): Tensor {
  const { margin = 1, factor = 1 } = readOptions('contrastiveLoss', options, CONTRASTIVE_LOSS_OPTIONS);
  checkPair('contrastiveLoss', a, b, 'second input');
  if (!isInteger(target.dtype)) checkInput('contrastiveLoss (target)', target, a.dtype);
  const expected = a.shape.slice(0, -1);
  if (a.ndim === 0 || !sameShape(target.shape, expected)) {
    throw new ShapeError(
      `contrastiveLoss: the inputs have shape ${show(a.shape)} and the target ${show(target.shape)}; ` +
        'expected [batch, features] and [batch].',
    );
  }
  checkKnownProbabilities('contrastiveLoss', target);
  const y = target.dtype === a.dtype ? target : cast(target, a.dtype);
  const difference = sub(a, b);
  const together = mul(y, square(difference).sum({ dim: -1 }));
  const apart = mul(sub(1, y), square(clamp(sub(margin, norm(difference, { dim: -1 })), { min: 0 })));
  const losses = add(together, apart);
  return reduceLosses('contrastiveLoss', factor === 1 ? losses : losses.mul(factor), options);
}

/**
 * InfoNCE: row i of the first input shall be most similar to row i of the second, among all rows of the batch. Cross-entropy of cosine
 * similarities divided by the temperature. Oord et al., 2018; with `symmetric` the loss of CLIP (Radford et al., 2021).
 *
 * @param a vectors [batch, features]; their lengths do not matter.
 * @param b of the same shape, or [more, features] whose first rows are those that match.
 * @throws ShapeError, DTypeError or ArgumentError when something does not fit.
 * @example
 * ```ts
 * import { infoNCELoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const a = tensor([[1, 0], [0, 1]]);
 * console.log(await infoNCELoss(a, a, { temperature: 1 }).item()); // ln(1 + 1/e) = 0.3132...
 * ```
 */
export function infoNCELoss(a: Tensor, b: Tensor, options: InfoNCELossOptions = {}): Tensor {
  const { symmetric = false, reduction, sampleWeight } = readOptions('infoNCELoss', options, INFO_NCE_LOSS_OPTIONS);
  const temperature = checkPositive('infoNCELoss', 'temperature', options.temperature ?? 0.07);
  checkInput('infoNCELoss', a);
  checkInput('infoNCELoss (second input)', b, a.dtype);
  const [rows, columns] = [a.shape[0] ?? 0, b.shape[0] ?? 0];
  if (a.ndim !== 2 || b.ndim !== 2 || a.shape[1] !== b.shape[1] || columns < rows || (symmetric && columns !== rows)) {
    throw new ShapeError(
      `infoNCELoss: the inputs have shapes ${show(a.shape)} and ${show(b.shape)}; expected [batch, features] and ` +
        `${symmetric ? 'the same' : '[batch or more, features]'}.`,
    );
  }
  const similarity = matmul(normalize(a), transpose(normalize(b))).div(temperature);
  const losses = crossEntropy(similarity, arange(rows), { reduction: 'none' });
  const other = symmetric ? crossEntropy(transpose(similarity), arange(rows), { reduction: 'none' }) : undefined;
  return reduceLosses('infoNCELoss', other ? add(losses, other).mul(0.5) : losses, { reduction, sampleWeight });
}

/**
 * `contrastiveLoss` as a module.
 *
 * @example
 * ```ts
 * import { ContrastiveLoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const loss = new ContrastiveLoss({ margin: 2 });
 * console.log(await loss.forward(tensor([[0, 0]]), tensor([[0, 1]]), tensor([0])).item()); // 1
 * ```
 */
export class ContrastiveLoss extends LossModule<ContrastiveLossOptions> {
  constructor(options: ContrastiveLossOptions = {}) {
    super(readOptions('ContrastiveLoss', options, CONTRASTIVE_LOSS_OPTIONS));
  }

  forward(a: Tensor, b: Tensor, target: Tensor): Tensor {
    return contrastiveLoss(a, b, target, this.options);
  }
}

/**
 * `infoNCELoss` as a module.
 *
 * @example
 * ```ts
 * import { InfoNCELoss } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const a = tensor([[1, 0], [0, 1]]);
 * console.log(await new InfoNCELoss({ symmetric: true }).forward(a, a).item()); // near 0
 * ```
 */
export class InfoNCELoss extends LossModule<InfoNCELossOptions> {
  constructor(options: InfoNCELossOptions = {}) {
    super(readOptions('InfoNCELoss', options, INFO_NCE_LOSS_OPTIONS));
    checkPositive('InfoNCELoss', 'temperature', options.temperature ?? 0.07);
  }

  forward(a: Tensor, b: Tensor): Tensor {
    return infoNCELoss(a, b, this.options);
  }
}
