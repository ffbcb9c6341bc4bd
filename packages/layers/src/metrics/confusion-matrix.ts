import { add, ArgumentError, bincount, cast, div, ge, logicalAnd, lt, mul, where, type Tensor } from '@cotangent/tensor';
import { checkWhole } from '../check';
import { predictions } from './predictions';

export interface ConfusionMatrixOptions {
  /** Number of classes. Default: the number of scores; needed when predicted classes are given. */
  readonly classes?: number;
  /** Divide by the samples of each true class, of each predicted class, or by all; 0/0 is 0. Default: counts. */
  readonly normalize?: 'true' | 'pred' | 'all';
}

/**
 * How often each class was taken for which: row = true class, column = predicted class. Counts are int32 [classes, classes];
 * normalised ones float32.
 *
 * @param input scores [batch, classes] or [batch, classes, ...], or predicted classes (int32) of the shape of the targets.
 * @param target true classes, int32.
 * @throws ShapeError or DTypeError when they do not fit; IndexError, when the value is computed, for a class out of range.
 * @example
 * ```ts
 * import { confusionMatrix } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const scores = tensor([[2, 1], [0, 3], [5, 4]]);
 * console.log(await confusionMatrix(scores, tensor([0, 1, 1], { dtype: 'int32' })).array()); // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(input: Tensor, target: Tensor, options: ConfusionMatrixOptions = {}): Tensor {
  const { predicted, actual, classes: scores } = predictions('confusionMatrix', input, target);
  const classes = options.classes ?? scores;
  if (classes === undefined) {
    throw new ArgumentError('confusionMatrix: predicted classes do not tell how many classes there are; give { classes }.');
  }
  checkWhole('confusionMatrix', 'classes', classes, 1);
  const known = [predicted, actual].map((c) => logicalAnd(ge(c, 0), lt(c, classes)));
  // A class out of range would fall into another row; -1 makes it an error instead.
  const cell = where(logicalAnd(known[0]!, known[1]!), add(mul(actual, classes), predicted), -1);
  const counts = bincount(cell, classes * classes).reshape(classes, classes);
  const { normalize } = options;
  if (normalize === undefined) return counts;
  if (!['true', 'pred', 'all'].includes(normalize)) {
    throw new ArgumentError(`confusionMatrix: normalize is '${normalize}'; expected 'true', 'pred' or 'all'.`);
  }
  const values = cast(counts, 'float32');
  const totals = normalize === 'all' ? values.sum() : values.sum({ dim: normalize === 'true' ? 1 : 0, keepdim: true });
  return div(values, totals.clamp({ min: 1 }));
}
