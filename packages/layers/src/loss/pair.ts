/** Checks of what losses compare: equal shapes, targets that can be right. */
import {
  ArgumentError, broadcastShapes, cast, DTypeError, isFloat, isInteger, sameShape, ShapeError, show, type Shape, type Tensor,
} from '@cotangent/tensor';
import { checkInput } from '../check';

/** Throws unless the target is a tensor of the dtype and the shape of the input: nothing is broadcast. */
export function checkPair(loss: string, input: Tensor, target: Tensor, name = 'target'): void {
  checkInput(loss, input);
  checkInput(`${loss} (${name})`, target, input.dtype);
  checkSameShape(loss, input, target, name);
}

/** Throws ShapeError unless two tensors have the same shape. */
export function checkSameShape(loss: string, input: Tensor, other: Tensor, name: string): void {
  if (sameShape(input.shape, other.shape)) return;
  throw new ShapeError(
    `${loss}: the input has shape ${show(input.shape)} and the ${name} ${show(other.shape)}; they must be equal. Reshape one of them.`,
  );
}

/** As `checkPair`, for targets that are probabilities: those whose elements are known must lie in [0, 1]. */
export function checkProbabilities(loss: string, input: Tensor, target: Tensor): void {
  checkPair(loss, input, target);
  checkKnownProbabilities(loss, target);
}

/** Sums of rounded probabilities may exceed 1 by a little. */
const ROUNDING = 1e-5;

/** Throws ArgumentError for an element that is no probability, where elements need not be computed to be known. */
export function checkKnownProbabilities(loss: string, target: Tensor): void {
  const wrong = knownElements(target)?.find((value) => value < -ROUNDING || value > 1 + ROUNDING);
  if (wrong === undefined) return;
  throw new ArgumentError(`${loss}: the target has an element ${wrong}; expected probabilities from 0 to 1.`);
}

/** The elements of a tensor made of data; undefined for one that would have to be computed or fetched. */
export function knownElements(x: Tensor): Float64Array | Float32Array | Int32Array | undefined {
  const known = x.node.storage?.host;
  return x.dtype === 'float16' ? undefined : (known as Float32Array | undefined); // half floats are kept as bits
}

/**
 * A target of 1 and -1 in the dtype of the input; integers are converted.
 *
 * @throws DTypeError, ShapeError or, where elements are known, ArgumentError when it is anything else.
 */
export function signsOf(loss: string, target: Tensor, like: Tensor, shape: Shape): Tensor {
  if (!isInteger(target.dtype)) checkInput(`${loss} (target)`, target, like.dtype);
  if (!sameShape(target.shape, shape)) {
    throw new ShapeError(`${loss}: the target has shape ${show(target.shape)}; expected ${show(shape)}, 1 or -1 for each sample.`);
  }
  const wrong = knownElements(target)?.find((value) => value !== 1 && value !== -1);
  if (wrong !== undefined) {
    throw new ArgumentError(`${loss}: the target has an element ${wrong}; expected 1 or -1. From 0 and 1: target.mul(2).sub(1).`);
  }
  return target.dtype === like.dtype ? target : cast(target, like.dtype);
}

/** Throws unless a weight has the dtype of the input and a shape that broadcasts to the input's. */
export function checkFactor(loss: string, name: string, factor: Tensor | undefined, input: Tensor): void {
  if (!factor) return;
  if (!isFloat(factor.dtype) || factor.dtype !== input.dtype) {
    throw new DTypeError(`${loss}: ${name} is ${factor.dtype}; expected ${input.dtype}. Convert it: .cast('${input.dtype}').`);
  }
  if (!sameShape(broadcastShapes(`${loss} (${name})`, factor.shape, input.shape), input.shape)) {
    throw new ShapeError(`${loss}: ${name} has shape ${show(factor.shape)}; expected one that broadcasts to ${show(input.shape)}.`);
  }
}
