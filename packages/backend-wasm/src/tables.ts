/** Tables of offsets in the heap, stored once however many kernels use them. */
import type { Heap } from './memory';
import type { Table } from './params';

export class TableStore {
  readonly #entries = new Map<string, { readonly address: number; users: number }>();

  constructor(private readonly heap: Heap) {}

  /** The address of a copy of `table`; every call must be matched by one of `release`. */
  acquire({ key, build }: Table): number {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const words = build();
      const address = this.heap.allocate(words.byteLength, `an offset table of ${words.length} entries`);
      this.heap.words.set(words, address >>> 2);
      this.#entries.set(key, (entry = { address, users: 0 }));
    }
    entry.users++;
    return entry.address;
  }

  release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || --entry.users > 0) return;
    this.#entries.delete(key);
    this.heap.free(entry.address);
  }
}
