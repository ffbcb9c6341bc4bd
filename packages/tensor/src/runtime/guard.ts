/** Flags that decide what a function records. */
import { state } from './state';

/**
 * Reads a flag, such as whether a module is in training mode, that decides what is recorded. A function under `compile` is
 * recorded again when such a flag has changed since; outside of it this only calls `read`.
 *
 * @param read gives the flag. Pass the same function every time, so that the flag is noted once.
 * @param name what the flag is called in messages.
 * @returns what `read` returned.
 * @example
 * ```ts
 * import { guard, tensor, type Tensor } from '@cotangent/tensor';
 * let noisy = false;
 * const isNoisy = (): boolean => noisy;
 * const forward = (x: Tensor): Tensor => (guard(isNoisy, 'noisy') ? x.add(1) : x);
 * noisy = true;
 * console.log(await forward(tensor([1])).array()); // [2]
 * ```
 */
export function guard<T>(read: () => T, name: string): T {
  state.tracing?.guard(read, name);
  return read();
}
