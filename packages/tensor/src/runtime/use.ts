/** Choosing the backend. */
import type { Backend } from '../backend';
import { computeKept } from './flush';
import { state } from './state';

let environmentRead = false;

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
  await ready.whenReady?.();
  // Values that were to be kept belong to the backend they were recorded for.
  if (state.backend && state.backend !== ready) computeKept();
  state.backend = ready;
  if (!environmentRead) {
    environmentRead = true;
    await readEnvironment();
  }
  return ready;
}

/** What this file needs of the whole package. */
interface Core {
  readonly use: unknown;
  debug(words: string): void;
}

/** Does what the environment variable DEBUG asks for; the words of other programs are left alone. */
async function readEnvironment(): Promise<void> {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const words = process?.env?.['DEBUG'];
  if (!words || !/(^|,) *(plan|kernels|time) *(,|$)/.test(words)) return;
  // Bundlers cannot follow a name put together here, so a program carries the debugging tools only when it imports them.
  const name = ['@cotangent', 'tensor'].join('/');
  const core = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name).catch(() => undefined)) as Core | undefined;
  if (core?.use === use) core.debug(words);
  else console.warn(`DEBUG=${words}: in a bundle, import debug from ${name} and call debug('${words}').`);
}
