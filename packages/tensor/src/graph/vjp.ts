/** What a gradient rule is. */
import type { Tensor } from '../tensor';
import type { OpAttrs, OpName } from './ops';

/** One recorded op, as its gradient rule sees it. */
export interface Recorded<K extends OpName> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attrs: OpAttrs[K];
  /** Which inputs want a gradient; rules may skip the others. */
  readonly needs: readonly boolean[];
}

/** Rows of a big table that received a gradient: the gradient of a sparse embedding lookup. */
export interface SparseRows {
  readonly indices: Tensor;
  readonly rows: Tensor;
}

/** The gradients of the inputs, given that of the output; undefined where there is none. */
export type Vjp<K extends OpName> = (grad: Tensor, op: Recorded<K>) => readonly (Tensor | SparseRows | undefined)[];

/** The rule of a function of one tensor, from its derivative, which may use the input and the output. */
export function slope<K extends OpName>(derivative: (x: Tensor, y: Tensor) => Tensor): Vjp<K> {
  return (grad, { inputs, output }) => [grad.mul(derivative(inputs[0]!, output))];
}
