/** What losses over classes have in common: where the class axis is, and class indices of which some do not count. */
import {
  ArgumentError, cast, DTypeError, gather, IndexError, isFloat, isInteger, ne, sameShape, ShapeError, show, where, type Tensor,
} from '@cotangent/tensor';
import { checkInput } from '../check';
import { knownElements } from './pair';

/** The class axis of scores [classes], [batch, classes] or [batch, classes, ...]. */
export function classAxis(loss: string, input: Tensor): number {
  checkInput(loss, input);
  if (input.ndim === 0) {
    throw new ShapeError(`${loss}: the input is a scalar; expected [classes], [batch, classes] or [batch, classes, ...].`);
  }
  return input.ndim === 1 ? 0 : 1;
}

/** Class indices ready to gather with. */
export interface ClassTargets {
  /** int32, with 0 in place of the ignored ones, and an axis of size 1 for the classes. */
  readonly index: Tensor;
  /** bool of the same shape: which ones count. */
  readonly used: Tensor;
}

/**
 * Checks class indices against scores: int32, with an axis of size 1 for the classes.
 *
 * @throws DTypeError when the target is no integer tensor, ShapeError when it does not have the shape of the scores without classes,
 *   IndexError when it is made of data with a class out of range.
 */
export function classIndices(loss: string, input: Tensor, axis: number, target: Tensor, ignoreIndex?: number): Tensor {
  if (!isInteger(target.dtype)) {
    throw new DTypeError(`${loss}: the target is ${target.dtype}; expected class indices as int32. Convert them: .cast('int32').`);
  }
  const expected = input.shape.filter((_, i) => i !== axis);
  if (!sameShape(target.shape, expected)) {
    throw new ShapeError(
      `${loss}: the input has shape ${show(input.shape)} and the target ${show(target.shape)}; expected ${show(expected)}, ` +
        `one class index for each list of ${input.shape[axis]!} scores (axis ${axis}).`,
    );
  }
  checkClasses(loss, target, input.shape[axis]!, ignoreIndex);
  return (target.dtype === 'int32' ? target : cast(target, 'int32')).unsqueeze(axis);
}

/** As `classIndices`, with the ignored ones separated, so that those are never looked up. */
export function classTargets(loss: string, input: Tensor, axis: number, target: Tensor, ignoreIndex: number): ClassTargets {
  const indices = classIndices(loss, input, axis, target, ignoreIndex);
  const used = ne(indices, ignoreIndex);
  return { index: where(used, indices, 0), used };
}

/** Throws IndexError for a class out of range, where elements need not be computed to be known. */
function checkClasses(loss: string, target: Tensor, classes: number, ignoreIndex?: number): void {
  const wrong = knownElements(target)?.find((value) => (value < 0 || value >= classes) && value !== ignoreIndex);
  if (wrong === undefined) return;
  throw new IndexError(
    `${loss}: the target ${wrong} is out of range; expected a class from 0 to ${classes - 1}, as there are ${classes} scores` +
      `${ignoreIndex === undefined ? '' : `, or ${ignoreIndex} (ignoreIndex)`}.`,
  );
}

/** The weight of each target's class, 0 for ignored ones; all 1 without weights. Shape as `targets.index`. */
export function targetWeights(weight: Tensor | undefined, axis: number, input: Tensor, targets: ClassTargets): Tensor {
  const { index, used } = targets;
  if (!weight) return cast(used, input.dtype);
  const table = alignWeights(weight, axis, input.ndim).expand(...input.shape);
  return where(used, gather(table, axis, index), 0);
}

/** Class weights [classes] shaped to multiply scores. */
export function alignWeights(weight: Tensor, axis: number, rank: number): Tensor {
  return weight.reshape(...Array.from({ length: rank }, (_, i) => (i === axis ? weight.size : 1)));
}

/** Throws unless the class weights are a floating-point vector with one element per class. */
export function checkWeight(loss: string, weight: Tensor | undefined, input: Tensor, axis: number): void {
  if (!weight) return;
  checkInput(`${loss} (weight)`, weight, input.dtype);
  const classes = input.shape[axis]!;
  if (weight.ndim !== 1 || weight.size !== classes) {
    throw new ShapeError(`${loss}: the weight has shape ${show(weight.shape)}; expected [${classes}], one number per class.`);
  }
}

/** Throws ArgumentError unless the smoothing lies in [0, 1]. */
export function checkSmoothing(loss: string, labelSmoothing: number): void {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(`${loss}: labelSmoothing is ${labelSmoothing}; expected a number from 0 to 1.`);
  }
}

/** Whether a target holds probabilities rather than class indices. */
export function isProbabilities(target: Tensor): boolean {
  return isFloat(target.dtype);
}
