/** `backward`: the gradients of a loss for every trainable parameter behind it. */
import {
  ArgumentError, GradientError, isFloat, isTensor, keep, noGrad, ones, Parameter, show, type Node, type Tensor,
} from '@cotangent/tensor';
import type { Gradient } from './rows';
import { reverse } from './walk';

/**
 * The gradients of one loss: a value, not a field of the parameters, so there is nothing to reset. Iterating gives them in the order in
 * which the loss first used the parameters, the same at every step of the same program.
 */
export class Gradients implements Iterable<readonly [Parameter, Gradient]> {
  private readonly byParameter: ReadonlyMap<Parameter, Gradient>;

  constructor(entries: Iterable<readonly [Parameter, Gradient]>) {
    this.byParameter = new Map(entries);
  }

  /** How many parameters have a gradient. */
  get size(): number {
    return this.byParameter.size;
  }

  /** The gradient of a parameter; undefined when the loss does not depend on it. */
  get(parameter: Parameter): Gradient | undefined {
    return this.byParameter.get(parameter);
  }

  [Symbol.iterator](): Iterator<readonly [Parameter, Gradient]> {
    return this.byParameter.entries();
  }

  /** Every gradient replaced by what `fn` makes of it. */
  map(fn: (gradient: Gradient, parameter: Parameter) => Gradient): Gradients {
    return new Gradients([...this].map(([parameter, gradient]) => [parameter, fn(gradient, parameter)]));
  }
}

/**
 * The gradients of a scalar loss for all trainable parameters it depends on. Frozen parameters are left out. The loss
 * itself can still be read after the parameters have been updated.
 *
 * @param loss a floating-point tensor with one element.
 * @throws GradientError when the loss is not a scalar, or depends on no trainable parameter; BackendError when it comes from
 *   another copy of the core.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([1, 2]));
 * const grads = backward(w.square().sum());
 * const g = grads.get(w);
 * console.log(g); // a tensor: [2, 4] when read
 * ```
 */
export function backward(loss: Tensor): Gradients {
  checkLoss(loss);
  keep(loss);
  // The gradients go to an optimiser, not through another backward pass; use gradients() for that.
  const found = noGrad(() =>
    reverse([[loss.node, ones(loss.shape, { dtype: loss.dtype })]], (node) => node.variable instanceof Parameter, () => true),
  );
  return new Gradients([...found].map(([node, gradient]) => [parameterOf(node), gradient]));
}

function parameterOf(node: Node): Parameter {
  return node.variable as Parameter;
}

function checkLoss(loss: Tensor): void {
  if (!isTensor(loss)) throw new ArgumentError(`backward: got ${String(loss)}; expected the loss as a tensor.`);
  if (loss.size !== 1) {
    throw new GradientError(`backward: the loss has shape ${show(loss.shape)}; expected a scalar. Reduce it with mean() or sum().`);
  }
  if (!isFloat(loss.dtype)) throw new GradientError(`backward: the loss is ${loss.dtype}; expected a floating-point tensor. Comparisons, counts and casts to integers carry no gradient.`);
  if (!loss.requiresGrad) {
    throw new GradientError(
      'backward: the loss depends on no trainable parameter. Either all parameters are frozen, the value was computed under noGrad ' +
        'or behind stopGradient, or a parameter was updated after the loss was computed.',
    );
  }
}
