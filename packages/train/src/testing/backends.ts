/** What the tests of this package share about backends: both of them, counters, and the garbage collector. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { currentBackend, custom, type Backend, type Tensor } from '@cotangent/tensor';

export const BACKENDS: readonly (readonly [name: string, make: () => Backend])[] = [['cpu', () => cpu()], ['wasm', () => wasm()]];

/** An op that gives its input and counts how often it runs. */
export function counting(): { tick: (x: Tensor) => Tensor; runs: () => number } {
  let runs = 0;
  const op = custom({
    name: 'tick',
    shape: ([x]) => x!,
    forward: ([x], out) => {
      runs++;
      out.data.set(x!.data);
    },
    vjp: () => (grad) => [grad],
  });
  return { tick: (x) => op([x]), runs: () => runs };
}

/** How many plans of the current backend run during `work`. */
export async function plansOf(work: () => unknown): Promise<number> {
  const backend = currentBackend();
  const before = backend.stats().plans;
  await work();
  return backend.stats().plans - before;
}

/** How many kernels of the current backend run during `work`. */
export async function kernelsOf(work: () => unknown): Promise<number> {
  const backend = currentBackend();
  const before = backend.stats().kernels;
  await work();
  return backend.stats().kernels - before;
}

setFlagsFromString('--expose-gc');
const collectNow = runInNewContext('gc') as () => void;

/** Collects all garbage; the memory of arrays, and what finalisers give back, follow a little later. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectNow();
  }
}

/** Bytes in use once the garbage is gone: the heap of JavaScript, arrays, and the backend's own memory. */
export async function bytesInUse(): Promise<number> {
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers + currentBackend().stats().bytes;
}

/** The same numbers for the same shape, between -1 and 1. */
export function noise(n: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1)));
}
