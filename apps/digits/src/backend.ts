/** The only place of the app that names backends. Each is loaded when it is chosen, and no earlier. */
import type { Backend } from '@cotangent/tensor';

const BACKENDS = {
  cpu: async (): Promise<Backend> => (await import('@cotangent/backend-cpu')).cpu(),
  wasm: async (): Promise<Backend> => (await import('@cotangent/backend-wasm')).wasm(),
};

export type BackendName = keyof typeof BACKENDS;

export const BACKEND_NAMES = Object.keys(BACKENDS) as readonly BackendName[];

/** Loads and makes the backend with this name. */
export function makeBackend(name: BackendName): Promise<Backend> {
  return BACKENDS[name]();
}
