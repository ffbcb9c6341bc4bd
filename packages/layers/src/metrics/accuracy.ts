import { cast, eq, readOptions, type Tensor } from '@cotangent/tensor';
import { checkSampleWeight, predictions } from './predictions';

export interface AccuracyOptions {
  /** A factor for each target, float32 of the shape of the targets. Default: all 1. */
  readonly sampleWeight?: Tensor;
}

/**
 * The share of samples whose predicted class is the true one, as a float32 scalar.
 *
 * @param input scores [batch, classes] or [batch, classes, ...] (of equal ones the first class counts), or predicted classes
 *   (int32) of the shape of the targets.
 * @param target true classes, int32, [batch] or [batch, ...].
 * @throws ShapeError or DTypeError when they do not fit.
 * @example
 * ```ts
 * import { accuracy } from '@cotangent/layers';
 * import { tensor } from '@cotangent/tensor';
 * const scores = tensor([[2, 1], [0, 3], [5, 4]]);
 * console.log(await accuracy(scores, tensor([0, 1, 1], { dtype: 'int32' })).item()); // 0.6666...
 * ```
 */
export function accuracy(input: Tensor, target: Tensor, options: AccuracyOptions = {}): Tensor {
  const { predicted, actual } = predictions('accuracy', input, target);
  const right = cast(eq(predicted, actual), 'float32');
  const { sampleWeight } = readOptions('accuracy', options, ['sampleWeight']);
  if (!sampleWeight) return right.mean();
  checkSampleWeight('accuracy', sampleWeight, target);
  return right.mul(sampleWeight).sum().div(sampleWeight.sum());
}
