/** Functions of functions: grad, valueAndGrad, vjp, jvp, jacobian, hessian. */
import { ArgumentError, GradientError, reshape, select, show, stack, zeros, type Tensor } from '@cotangent/tensor';
import { gradients, track } from './gradients';

type TensorFunction = (...inputs: Tensor[]) => Tensor;

function scalarResult(name: string, y: Tensor): Tensor {
  if (y.size !== 1) throw new GradientError(`${name}: the function returned shape ${show(y.shape)}; expected a scalar. Reduce it with sum() or mean().`);
  return y;
}

/**
 * The function that gives the gradient of a scalar function for argument number `argument` (default 0). Can be nested.
 *
 * @example
 * ```ts
 * import { grad } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const slope = grad((x) => x.pow(3).sum());
 * console.log(await slope(tensor([2])).array()); // [12]
 * ```
 */
export function grad(fn: TensorFunction, argument = 0): TensorFunction {
  const both = valueAndGrad(fn, argument);
  return (...inputs) => both(...inputs).grad;
}

/**
 * As `grad`, together with the value of the function.
 *
 * @example
 * ```ts
 * import { valueAndGrad } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const { value, grad } = valueAndGrad((x) => x.square().sum())(tensor([3]));
 * console.log(await value.item(), await grad.array()); // 9 [6]
 * ```
 */
export function valueAndGrad(fn: TensorFunction, argument = 0): (...inputs: Tensor[]) => { value: Tensor; grad: Tensor } {
  return (...inputs) => {
    const chosen = inputs[argument];
    if (!chosen) throw new ArgumentError(`grad: argument ${argument} was asked for, but ${inputs.length} arguments were given.`);
    const x = track(chosen);
    const value = scalarResult('grad', fn(...inputs.map((input, i) => (i === argument ? x : input))));
    return { value, grad: gradients(value, [x])[0]! };
  };
}

/**
 * The value of a function, and the product of a row vector with its Jacobian: the gradients of sum(cotangent * output).
 *
 * @example
 * ```ts
 * import { vjp } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const { grads } = vjp((x) => x.mul(2), [tensor([1, 2])], tensor([1, 10]));
 * console.log(await grads[0]!.array()); // [2, 20]
 * ```
 */
export function vjp(fn: TensorFunction, inputs: readonly Tensor[], cotangent: Tensor): { value: Tensor; grads: Tensor[] } {
  const xs = inputs.map(track);
  const value = fn(...xs);
  return { value, grads: gradients(value, xs, { gradOutputs: cotangent }) };
}

/**
 * The value of a function, and the product of its Jacobian with the tangents: the directional derivative. Computed as the
 * derivative of the vector-Jacobian product, which is linear in its vector.
 *
 * @example
 * ```ts
 * import { jvp } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * const { tangent } = jvp((x) => x.square(), [tensor([3])], [tensor([1])]);
 * console.log(await tangent.array()); // [6]
 * ```
 */
export function jvp(fn: TensorFunction, inputs: readonly Tensor[], tangents: readonly Tensor[]): { value: Tensor; tangent: Tensor } {
  if (inputs.length !== tangents.length) throw new ArgumentError(`jvp: ${inputs.length} inputs but ${tangents.length} tangents; give one for each.`);
  const xs = inputs.map(track);
  const value = fn(...xs);
  const dummy = track(zeros(value.shape, { dtype: value.dtype }));
  const rows = gradients(value, xs, { gradOutputs: dummy });
  const [tangent] = gradients(rows, [dummy], { gradOutputs: tangents });
  return { value, tangent: tangent! };
}

/**
 * All partial derivatives of a function of one tensor: shape [...output, ...input].
 *
 * @example
 * ```ts
 * import { jacobian } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await jacobian((x) => x.square(), tensor([1, 2])).array()); // [[2, 0], [0, 4]]
 * ```
 */
export function jacobian(fn: (x: Tensor) => Tensor, input: Tensor): Tensor {
  const x = track(input);
  const y = fn(x);
  if (y.size === 0) return zeros([...y.shape, ...x.shape], { dtype: y.dtype });
  const flat = reshape(y, [-1]);
  const rows = Array.from({ length: y.size }, (_, i) => gradients(select(flat, 0, i), [x])[0]!);
  return reshape(stack(rows), [...y.shape, ...x.shape]);
}

/**
 * All second partial derivatives of a scalar function of one tensor: shape [...input, ...input].
 *
 * @example
 * ```ts
 * import { hessian } from '@cotangent/autodiff';
 * import { tensor } from '@cotangent/tensor';
 * console.log(await hessian((x) => x.pow(3).sum(), tensor([1, 2])).array()); // [[6, 0], [0, 12]]
 * ```
 */
export function hessian(fn: (x: Tensor) => Tensor, input: Tensor): Tensor {
  return jacobian(grad(fn), input);
}
