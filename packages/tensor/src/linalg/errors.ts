/** Matrices whose elements do not allow what was asked; known only when the elements are, so thrown when a value is read. */
import { CotangentError, show, sizeOf, type Shape } from '@cotangent/tensor';

/** A matrix that is singular, not positive definite, or holds NaN or an infinity. Which one of a batch is `index`. */
export class LinAlgError extends CotangentError {
  /** The place of the matrix in the leading axes; [] when there is only one. */
  readonly index: readonly number[];

  constructor(op: string, shape: Shape, batch: number, problem: string) {
    const lead = shape.slice(0, -2);
    const index = placeIn(lead, batch);
    const which = sizeOf(lead) === 1 ? 'the matrix' : `matrix ${show(index)} of the batch ${show(lead)}`;
    super('ERR_LINALG', `${op}: ${which} ${problem}`);
    this.index = index;
  }
}

/** Row-major place number `n` of a shape, as one number per axis. */
function placeIn(shape: Shape, n: number): number[] {
  const index = new Array<number>(shape.length);
  let rest = n;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}
