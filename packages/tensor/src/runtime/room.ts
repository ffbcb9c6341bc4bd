/** Keeping a program from running far ahead of its backend. */
import { state } from './state';

/**
 * Asks whether the backend in use has room for more work. A program that reads no values can record and submit faster than a GPU
 * computes, until memory is full of what waits; `DataLoader` and `fit` wait for this before every batch, loops of your own may.
 *
 * @returns undefined when there is room, as always on backends that compute at once; else a promise that resolves when there is.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Linear, mseLoss } from '@cotangent/layers';
 * import { SGD } from '@cotangent/optimizers';
 * import { tensor, whenRoom } from '@cotangent/tensor';
 * const model = new Linear(1, 1);
 * const optimizer = new SGD(model.parameters(), { lr: 0.1 });
 * for (let i = 0; i < 100; i++) {
 *   await whenRoom();
 *   optimizer.step(backward(mseLoss(model.forward(tensor([[1], [2]])), tensor([[3], [5]]))));
 * }
 * console.log(await model.weight.item()); // close to 2
 * ```
 */
export function whenRoom(): Promise<void> | undefined {
  return state.backend?.whenRoom?.();
}
