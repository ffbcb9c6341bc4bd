/** Choosing a backend by what the machine has. */
import type { Backend } from '../backend';
import { BackendError } from '../errors';

/**
 * The first of several backends that can run here. Each is made only when those before it could not be: importing them inside
 * the functions keeps what is not used from being loaded.
 *
 * @returns a promise, to be given to `use`.
 * @example
 * ```ts
 * import { firstAvailable, use } from '@cotangent/tensor';
 * import { cpu } from '@cotangent/backend-cpu';
 * import { webgpu } from '@cotangent/backend-webgpu';
 *
 * const backend = await use(firstAvailable(() => webgpu({ allowSoftware: false }), () => cpu()));
 * console.log(backend.name);
 * ```
 */
export async function firstAvailable(...candidates: readonly (() => Backend | Promise<Backend>)[]): Promise<Backend> {
  const reasons: unknown[] = [];
  for (const make of candidates) {
    try {
      const backend = await make();
      await backend.whenReady?.();
      return backend;
    } catch (error) {
      reasons.push(error);
    }
  }
  const texts = reasons.map((reason) => `\n- ${reason instanceof Error ? reason.message : String(reason)}`);
  throw new BackendError(`firstAvailable: none of ${candidates.length} backends can run here.${texts.join('')}`, { cause: reasons });
}
