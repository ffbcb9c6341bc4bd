/** Gradient descent for this package's tests, which know no optimiser. */
import { backward, dense } from '@cotangent/autodiff';
import { assignAll, type Tensor } from '@cotangent/tensor';

/** One step w - lr dL/dw of every parameter that the loss depends on. */
export function descend(loss: Tensor, lr: number): void {
  assignAll([...backward(loss)].map(([p, gradient]) => [p, p.sub(dense(gradient).mul(lr))]));
}
