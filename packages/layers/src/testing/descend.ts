/** Gradient descent for this package's tests, which know no optimiser. */
import { backward, dense } from '@cotangent/autodiff';
import { assignAll, type Parameter, type Tensor } from '@cotangent/tensor';

/** One step w - lr dL/dw of parameters that the loss depends on. */
export function descend(loss: Tensor, parameters: readonly Parameter[], lr: number): void {
  const grads = backward(loss);
  assignAll(parameters.map((p) => [p, p.sub(dense(grads.get(p)!).mul(lr))]));
}
