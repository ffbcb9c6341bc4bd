/** Products in float16 for a part of a program. */
import { ArgumentError } from '../errors';
import { state } from './state';

export interface AutocastOptions {
  /** False restores full precision within an outer `autocast`. Default true. */
  readonly enabled?: boolean;
}

/**
 * Calls `fn`, and rounds what its products multiply: the float32 operands of matmul, linear, einsum and their relatives and of
 * convolutions become float16, as do the operands of the products of their gradients. Products are added up in float32, rounded to
 * float16, and given back as float32; so losses, softmax, norms and everything else stay in float32, and parameters do too. Other
 * dtypes are left alone. This is PyTorch's autocast but for the dtype of the results, which there is float16.
 *
 * Gradients of float16 products are float16: scale the loss (`GradScaler` in @cotangent/optimizers), or small ones become 0.
 * On webgpu with `shader-f16` operands are half as large. `fn` must be synchronous. Within `compile` put it inside the function.
 *
 * @throws ArgumentError when `fn` is asynchronous.
 * @example
 * ```ts
 * import { autocast, matmul, tensor } from '@cotangent/tensor';
 * const x = tensor([[1, 2049]]);
 * const y = autocast(() => matmul(x, tensor([[0], [1]])));
 * console.log(y.dtype, await y.array()); // float32 [[2048]]
 * ```
 */
export function autocast<T>(fn: () => T, { enabled = true }: AutocastOptions = {}): T {
  const before = state.autocast;
  state.autocast = enabled;
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new ArgumentError('autocast: the function is asynchronous, so it would run on after the scope has ended. Put the awaits outside.');
    }
    return result;
  } finally {
    state.autocast = before;
  }
}
