/** The libraries by name. Each is loaded only when it is wanted. */
import type { Backend } from '@cotangent/tensor';
import type { Installation } from './installed';
import type { Adapter } from './task';

export type Library = 'ours' | 'tfjs-cpu' | 'tfjs-wasm' | 'jax-js' | 'ort-web';

export async function adapterOf(library: Library, threads: number, installed: Installation): Promise<Adapter> {
  switch (library) {
    case 'ours':
      return oursOnWasm(threads);
    case 'tfjs-cpu':
    case 'tfjs-wasm':
      return (await import('./tfjs')).tfjs(installed, library === 'tfjs-cpu' ? 'cpu' : 'wasm');
    case 'jax-js':
      return (await import('./jax')).jaxJs(installed);
    case 'ort-web':
      return (await import('./ort')).ortWeb(installed, threads);
  }
}

/** Our wasm backend. Adapters say how many threads there are, which may be fewer than were wanted. */
async function oursOnWasm(threads: number): Promise<Adapter> {
  const { wasm } = await import('@cotangent/backend-wasm');
  const { use } = await import('@cotangent/tensor');
  const { ours } = await import('./ours');
  const make = (exact: boolean): Promise<Backend> => {
    const options = { threads, exact };
    return use(wasm(options));
  };
  const first = await make(false);
  const { threads: active = 1 } = first.stats();
  return ours({ version: 'this tree', threads: active, backend: (exact) => (exact ? make(true) : first) });
}
