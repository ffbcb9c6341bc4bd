/** What losses of pictures are made of: Gram matrices for style, total variation for smoothness. */
import { abs, ArgumentError, matmul, narrow, readOptions, ShapeError, show, square, sub, transpose, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';
import { LOSS_OPTIONS, reduceLosses, type LossOptions } from './reduction';

export interface GramMatrixOptions {
  /**
   * What products are divided by: nothing (default), the number of positions, or that of positions and channels. The literature on style
   * transfer has all three; factors of the loss go with them.
   */
  readonly normalize?: 'none' | 'positions' | 'elements';
}

export interface TotalVariationOptions extends LossOptions {
  /** Power of the differences, 1 (default) or 2. */
  readonly p?: 1 | 2;
}

/**
 * The products of all pairs of channels, summed over positions: F F^T with the channels as rows of F. Gatys et al., 2015.
 *
 * @param x feature maps [batch, channels, ...] with at least one axis of positions.
 * @returns [batch, channels, channels].
 * @throws ShapeError or DTypeError for anything else; ArgumentError for another normalisation.
 * @example
 * ```ts
 * import { gramMatrix } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await gramMatrix(tensor([[[1, 2], [3, 4]]])).array()); // [[[5, 11], [11, 25]]]
 * ```
 */
export function gramMatrix(x: Tensor, options: GramMatrixOptions = {}): Tensor {
  const { normalize = 'none' } = readOptions('gramMatrix', options, ['normalize']);
  checkInput('gramMatrix', x);
  if (x.ndim < 3) throw new ShapeError(`gramMatrix: the input has shape ${show(x.shape)}; expected [batch, channels, positions, ...].`);
  if (!['none', 'positions', 'elements'].includes(normalize)) {
    throw new ArgumentError(`gramMatrix: normalize is '${normalize}'; expected 'none', 'positions' or 'elements'.`);
  }
  const features = x.flatten(2);
  const products = matmul(features, transpose(features));
  if (normalize === 'none') return products;
  const positions = features.shape[2]!;
  return products.div(normalize === 'positions' ? positions : positions * features.shape[1]!);
}

/**
 * The anisotropic total variation of pictures: the sum of |differences|^p between neighbours along height and width, for each picture.
 *
 * @param x [..., height, width]; all axes but the first are summed, or all axes of a picture without a batch.
 * @param options reduction: over pictures, default 'sum'.
 * @throws ShapeError or DTypeError for anything else; ArgumentError for another power.
 * @example
 * ```ts
 * import { totalVariation } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await totalVariation(tensor([[0, 1], [3, 5]])).item()); // 1 + 2 + 3 + 4 = 10
 * ```
 */
export function totalVariation(x: Tensor, options: TotalVariationOptions = {}): Tensor {
  const { p = 1, reduction = 'sum', sampleWeight } = readOptions('totalVariation', options, ['p', ...LOSS_OPTIONS]);
  checkInput('totalVariation', x);
  if (x.ndim < 2) throw new ShapeError(`totalVariation: the input has shape ${show(x.shape)}; expected [..., height, width].`);
  if (![1, 2].includes(p)) throw new ArgumentError(`totalVariation: p is ${p}; expected 1 or 2.`);
  const pictures = x.ndim === 2 ? x.unsqueeze(0) : x;
  const along = (dim: number): Tensor => {
    const size = pictures.shape[dim]!;
    if (size === 0) throw new ShapeError(`totalVariation: the input has shape ${show(x.shape)}; expected at least one row and column.`);
    const differences = sub(narrow(pictures, dim, 1, size - 1), narrow(pictures, dim, 0, size - 1));
    return (p === 2 ? square(differences) : abs(differences)).flatten(1).sum({ dim: 1 });
  };
  return reduceLosses('totalVariation', along(pictures.ndim - 2).add(along(pictures.ndim - 1)), { reduction, sampleWeight });
}
