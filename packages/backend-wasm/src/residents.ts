/**
 * Arrays kept in the linear memory for storages that JavaScript owns. Usually a storage is given back explicitly, when its
 * variable gets a new value; those of forgotten models are found when memory runs short.
 *
 * Weak references and not a FinalizationRegistry: registering and unregistering every array of every step costs more than
 * the step of a small net, and the registry's tables grow (measured in Node 20: 3 kB a step, never given back).
 */
import type { Heap } from './memory';
import type { WasmStorage } from './storage';

export class Residents {
  readonly #owners = new Map<number, WeakRef<WasmStorage>>();
  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
    heap.reclaim = () => this.#sweep();
  }

  /** Notes that `storage` owns the block at `address`. */
  hold(storage: WasmStorage, address: number): void {
    this.#owners.set(address, new WeakRef(storage));
  }

  /** Frees the block at `address`. */
  release(address: number): void {
    this.#owners.delete(address);
    this.#heap.free(address);
  }

  /** Frees the blocks of storages that have been collected. */
  #sweep(): void {
    for (const [address, owner] of this.#owners) if (owner.deref() === undefined) this.release(address);
  }
}
