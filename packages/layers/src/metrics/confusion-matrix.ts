import {
  add, any, argmax, ArgumentError, bincount, cast, div, eq, ge, logicalAnd, lt, mul, narrow, readOptions, tensor, where, type Tensor,
} from '@cotangent/tensor';
import { checkWhole } from '../check';
import { checkSampleWeight, predictions } from './predictions';

export interface ConfusionMatrixOptions {
  /** Number of classes. Default: the number of scores; needed when predicted classes are given, unless labels are. */
  readonly classes?: number;
  /** The classes to count, in the order of rows and columns; samples with another predicted or true class are left out. */
  readonly labels?: readonly number[];
  /** Divide by the samples of each true class, of each predicted class, or by all; 0/0 is 0. Default: counts. */
  readonly normalize?: 'true' | 'pred' | 'all';
  /** A factor for each sample, of the shape of the targets; counts are float32 then. Default: all 1. */
  readonly sampleWeight?: Tensor;
}

/**
 * How often each class was taken for which: row = true class, column = predicted class. Counts are int32 [classes, classes];
 * normalised or weighted ones float32.
 *
 * @param input scores [batch, classes] or [batch, classes, ...], or predicted classes (int32) of the shape of the targets.
 * @param target true classes, int32.
 * @throws ShapeError, DTypeError or ArgumentError when they do not fit; IndexError, when the value is computed, for a class out of range.
 * @example
 * ```ts
 * import { confusionMatrix } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const scores = tensor([[2, 1], [0, 3], [5, 4]]);
 * console.log(await confusionMatrix(scores, tensor([0, 1, 1], { dtype: 'int32' })).array()); // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(input: Tensor, target: Tensor, options: ConfusionMatrixOptions = {}): Tensor {
  const { labels, normalize, sampleWeight } = readOptions('confusionMatrix', options, ['classes', 'labels', 'normalize', 'sampleWeight']);
  const { predicted, actual, classes: scores } = predictions('confusionMatrix', input, target);
  const classes = labels?.length ?? options.classes ?? scores;
  if (classes === undefined) {
    throw new ArgumentError('confusionMatrix: predicted classes do not tell how many classes there are; give { classes }.');
  }
  checkWhole('confusionMatrix', 'classes', classes, 1);
  if (normalize !== undefined && !['true', 'pred', 'all'].includes(normalize)) {
    throw new ArgumentError(`confusionMatrix: normalize is '${normalize}'; expected 'true', 'pred' or 'all'.`);
  }
  if (sampleWeight) checkSampleWeight('confusionMatrix', sampleWeight, target);
  const places = [actual, predicted].map((c) => (labels ? placesAmong(labels, c) : { at: c, known: inRange(c, classes) }));
  const [row, column] = [places[0]!, places[1]!];
  // A class out of range would fall into another row: among labels it goes to a cell of its own, else -1 makes it an error.
  const outside = labels ? classes * classes : -1;
  const cell = where(logicalAnd(row.known, column.known), add(mul(row.at, classes), column.at), outside);
  const cells = bincount(cell, classes * classes + Number(labels !== undefined), sampleWeight?.flatten());
  const counts = narrow(cells, 0, 0, classes * classes).reshape(classes, classes);
  if (normalize === undefined) return counts;
  const values = cast(counts, 'float32');
  const totals = normalize === 'all' ? values.sum() : values.sum({ dim: normalize === 'true' ? 1 : 0, keepdim: true });
  return div(values, where(eq(totals, 0), 1, totals));
}

function inRange(c: Tensor, classes: number): Tensor {
  return logicalAnd(ge(c, 0), lt(c, classes));
}

/** Where each class stands in a list, and whether it does. */
function placesAmong(labels: readonly number[], c: Tensor): { readonly at: Tensor; readonly known: Tensor } {
  const same = eq(c.unsqueeze(-1), tensor(Int32Array.from(labels)));
  return { at: argmax(cast(same, 'int32'), { dim: -1 }), known: any(same, { dim: -1 }) };
}
