/** The only place of the app that names backends: what each is called, whether it can run here, and how it is made. */
import type { Backend } from '@cotangent/tensor';
import type { BackendName } from './protocol';

interface Choice {
  readonly label: string;
  /** Why it cannot run here, or undefined when it can. Asks the browser only: no package is loaded for it. */
  readonly missing: () => string | undefined | Promise<string | undefined>;
  /** The package is loaded when it is chosen, and no earlier, so that the page is there before any of them. */
  readonly make: () => Promise<Backend>;
}

const noWasm = (): string | undefined => (typeof WebAssembly === 'object' ? undefined : 'this browser has no WebAssembly');

export const BACKENDS: Readonly<Record<BackendName, Choice>> = {
  wasm: {
    label: 'wasm',
    missing: noWasm,
    make: async () => (await import('@cotangent/backend-wasm')).wasm({ threads: 1 }),
  },
  'wasm-threads': {
    label: 'wasm threads',
    missing: () => noWasm() ?? noThreads(),
    make: async () => (await import('@cotangent/backend-wasm')).wasm({ threads: Math.min(MOST_THREADS, cores()) }),
  },
  webgpu: {
    label: 'WebGPU',
    missing: noGpu,
    make: async () => (await import('@cotangent/backend-webgpu')).webgpu(),
  },
};

export const BACKEND_NAMES = Object.keys(BACKENDS) as readonly BackendName[];

/** More gain nothing on a network of this size. */
const MOST_THREADS = 8;

function cores(): number {
  return navigator.hardwareConcurrency;
}

function noThreads(): string | undefined {
  if (!globalThis.crossOriginIsolated) return 'the page was served without the COOP and COEP headers that shared memory needs';
  return cores() > 1 ? undefined : 'this machine has one core';
}

async function noGpu(): Promise<string | undefined> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
  if (gpu === undefined) return globalThis.isSecureContext ? 'this browser has no WebGPU' : 'WebGPU needs https or localhost';
  return (await gpu.requestAdapter()) === null ? 'the browser offers no graphics adapter' : undefined;
}

/** Who computes, in words. */
export function describeBackend(backend: Backend): string {
  if ('adapter' in backend) return String(backend.adapter);
  const threads = backend.stats().threads ?? 1;
  return threads === 1 ? '1 thread' : `${threads} threads`;
}
