/** Values that stay the same while their gradient is changed: stopGradient, customGradient, checkpoint. */
import { NO_ATTRS, type Node } from '../graph/node';
import type { VjpFunction } from '../graph/ops';
import { record } from '../graph/record';
import { autocast } from '../runtime/autocast';
import { state, withGradients } from '../runtime/state';
import { Tensor } from '../tensor';
import { nodeOf } from './operand';
import { GradientError } from '../errors';
import { notingDraws, repeatingDraws } from '../random/repeat';

/**
 * The same value, through which no gradient flows.
 *
 * @example
 * ```ts
 * import { parameter, stopGradient, tensor } from '@cotangent/tensor';
 * console.log(stopGradient(parameter(tensor([1]))).requiresGrad); // false
 * ```
 */
export function stopGradient(x: Tensor): Tensor {
  return new Tensor(record('stopGradient', [nodeOf('stopGradient', x)], NO_ATTRS));
}

/**
 * A function with a gradient of your own. `forward` computes the value; `vjp` takes the gradient of the output to those
 * of the inputs (undefined for none), given the inputs and the output.
 *
 * @example
 * ```ts
 * import { customGradient, round, tensor } from '@cotangent/tensor';
 * const roundStraightThrough = customGradient((x) => round(x), (grad) => [grad]);
 * console.log(await roundStraightThrough(tensor([1.7])).array()); // [2]
 * ```
 */
export function customGradient(forward: (...inputs: Tensor[]) => Tensor, vjp: VjpFunction): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => {
    const value = withGradients(false, () => forward(...inputs));
    return new Tensor(record('customGradient', [value.node, ...nodes(inputs)], { vjp }));
  };
}

/**
 * Calls `fn`, but keeps none of its intermediate values for the backward pass: they are computed again there, with the
 * same random numbers. Saves memory at the price of a second forward pass (Chen et al., "Training Deep Nets with
 * Sublinear Memory Cost", 2016).
 *
 * @param fn a function of its inputs, and of parameters it captures; it is called again during the backward pass.
 * @example
 * ```ts
 * import { checkpoint, parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([2]));
 * const y = checkpoint((x) => x.mul(w).exp(), tensor([1]));
 * console.log(y.requiresGrad); // true
 * ```
 */
export function checkpoint(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  // Recorded with gradients so that captured parameters are noticed; nothing of this recording is used backwards.
  const { result: value, draws } = notingDraws(() => fn(...inputs));
  if (!(value instanceof Tensor)) throw new GradientError('checkpoint: the function must return one tensor.');
  const enabled = state.autocast;
  const recompute = (): Tensor => autocast(() => repeatingDraws(draws, () => fn(...inputs)), { enabled });
  return new Tensor(record('checkpoint', [value.node], { recompute }));
}

function nodes(inputs: readonly Tensor[]): Node[] {
  return inputs.map((x) => nodeOf('customGradient', x));
}
