import { argmax, cast, DTypeError, isFloat, isInteger, sameShape, ShapeError, show, type Tensor } from '@cotangent/tensor';
import { checkInput } from '../check';

/** Predicted and true classes as int32 tensors of equal shape. */
export interface Predictions {
  readonly predicted: Tensor;
  readonly actual: Tensor;
  /** Number of scores per sample; undefined when classes were given instead of scores. */
  readonly classes: number | undefined;
}

/**
 * Takes scores [batch, classes, ...] to the class with the highest score; class indices stay.
 *
 * @throws ShapeError or DTypeError for anything that is neither.
 */
export function predictions(metric: string, input: Tensor, target: Tensor): Predictions {
  if (!isInteger(target.dtype)) {
    throw new DTypeError(`${metric}: the targets are ${target.dtype}; expected class indices as int32. Convert them: .cast('int32').`);
  }
  const actual = asInt(target);
  if (isInteger(input.dtype) && sameShape(input.shape, target.shape)) return { predicted: asInt(input), actual, classes: undefined };
  const axis = input.ndim === 1 ? 0 : 1;
  if (!isFloat(input.dtype) || input.ndim === 0 || !sameShape(input.shape.filter((_, i) => i !== axis), target.shape)) {
    throw new ShapeError(
      `${metric}: the input is ${input.dtype} of shape ${show(input.shape)} and the targets have shape ${show(target.shape)}; ` +
        'expected scores [batch, classes, ...] (floating-point) for targets [batch, ...], or predicted classes (int32) of the same shape.',
    );
  }
  return { predicted: argmax(input, { dim: axis }), actual, classes: input.shape[axis]! };
}

function asInt(x: Tensor): Tensor {
  return x.dtype === 'int32' ? x : cast(x, 'int32');
}

/** Throws unless there is a float32 weight for each target. */
export function checkSampleWeight(metric: string, weight: Tensor, target: Tensor): void {
  checkInput(`${metric} (sampleWeight)`, weight, 'float32');
  if (sameShape(weight.shape, target.shape)) return;
  throw new ShapeError(
    `${metric}: sampleWeight has shape ${show(weight.shape)}; expected ${show(target.shape)}, a number for each target.`,
  );
}
