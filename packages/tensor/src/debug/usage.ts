/** `memory`: the numbers that stay flat in a healthy loop. */
import { bytesOf } from '../dtype';
import { cachedPlans } from '../plan/cache';
import { state } from '../runtime/state';
import { sizeOf } from '../shape';
import { bytesText, count } from './text';

export interface MemoryUse {
  /** Ops recorded since the last read or step, and the data handed in since then. */
  readonly pending: { readonly nodes: number; readonly bytes: number };
  /** Values that the next read or step computes because they were kept, and the bytes they will take. */
  readonly kept: { readonly values: number; readonly bytes: number };
  /** Plans in the cache of the backend; it holds no more than a fixed number. */
  readonly plans: number;
  /** Undefined before a backend is chosen. */
  readonly backend:
    | {
        readonly name: string;
        /** Distinct kernels compiled so far. */
        readonly compiled: number;
        /** The backend's own memory. Values that tensors hold are JavaScript arrays, which the garbage collector counts. */
        readonly bytes: number;
      }
    | undefined;
}

/**
 * What the library holds at this moment. In a loop of equal steps every number is the same at the same place of each step,
 * whatever is read or dropped; one that rises says what is being kept. Printing the result gives a line of text.
 *
 * @example
 * ```ts
 * import { memory, ones } from '@cotangent/tensor';
 * const y = ones([2, 2]).mul(3);
 * console.log(memory().pending.nodes >= 1); // true
 * await y.array();
 * console.log(memory().pending.nodes); // 0
 * console.log(String(memory())); // plans 1; pending 0 ops, 0 B; ...
 * ```
 */
export function memory(): MemoryUse & { toString(): string } {
  const { backend, pending, pendingBytes } = state;
  const kept = [...state.kept].filter((node) => !node.storage);
  const stats = backend?.stats();
  const use: MemoryUse = {
    pending: { nodes: pending.length, bytes: pendingBytes },
    kept: { values: kept.length, bytes: kept.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesOf(dtype), 0) },
    plans: backend ? cachedPlans(backend) : 0,
    backend: backend && stats && { name: backend.name, compiled: stats.compiled, bytes: stats.bytes },
  };
  return Object.defineProperty(use, 'toString', { value: () => memoryText(use) });
}

function memoryText({ pending, kept, plans, backend }: MemoryUse): string {
  const own = backend ? `${backend.name} ${bytesText(backend.bytes)}, ${count(backend.compiled, 'compiled kernel')}` : 'no backend';
  return (
    `${count(plans, 'plan')}; pending ${count(pending.nodes, 'op')}, ${bytesText(pending.bytes)}; ` +
    `kept ${count(kept.values, 'value')}, ${bytesText(kept.bytes)}; ${own}`
  );
}
