/** Choosing the backend. */
import type { Backend } from '../backend';
import { computeKept } from './flush';
import { state } from './state';

/**
 * Chooses the backend that everything recorded from now on runs on. Accepts a promise, so that
 * `await use(wasm())` waits until the backend is ready.
 *
 * @returns the backend.
 * @example
 * ```ts
 * import { tensor, use } from '@cotangent/tensor';
 * import { cpu } from '@cotangent/backend-cpu';
 * await use(cpu());
 * console.log(await tensor([1, 2]).mul(3).array()); // [3, 6]
 * ```
 */
export async function use(backend: Backend | Promise<Backend>): Promise<Backend> {
  const ready = await backend;
  // Values that were to be kept belong to the backend they were recorded for.
  if (state.backend && state.backend !== ready) computeKept();
  state.backend = ready;
  return ready;
}
