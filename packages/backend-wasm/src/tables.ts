/** Tables of offsets in the heap, stored once however many kernels use them. */
import type { Heap } from './memory';
import type { Table } from './params';

interface Entry {
  readonly key: string;
  readonly table: Table;
  readonly address: number;
  users: number;
}

/** Two different 32-bit hashes of the words; equal keys are still compared word by word. */
function hash(table: Table): string {
  let a = 0x811c9dc5;
  let b = 0;
  for (const word of table) {
    a = Math.imul(a ^ word, 0x01000193);
    b = (Math.imul(b, 31) + word) | 0;
  }
  return `${table.length}:${a}:${b}`;
}

export class TableStore {
  readonly #entries = new Map<string, Entry[]>();
  readonly #byAddress = new Map<number, Entry>();

  constructor(private readonly heap: Heap) {}

  /** The address of a copy of `table`; every call must be matched by one of `release`. */
  acquire(table: Table): number {
    const key = hash(table);
    const list = this.#entries.get(key) ?? [];
    let entry = list.find((e) => e.table.every((word, i) => word === table[i]));
    if (entry === undefined) {
      const address = this.heap.allocate(table.byteLength, `an offset table of ${table.length} entries`);
      new Int32Array(this.heap.memory.buffer, address, table.length).set(table);
      entry = { key, table, address, users: 0 };
      list.push(entry);
      this.#entries.set(key, list);
      this.#byAddress.set(address, entry);
    }
    entry.users++;
    return entry.address;
  }

  release(address: number): void {
    const entry = this.#byAddress.get(address);
    if (entry === undefined || --entry.users > 0) return;
    this.#byAddress.delete(address);
    const rest = this.#entries.get(entry.key)!.filter((e) => e !== entry);
    if (rest.length > 0) this.#entries.set(entry.key, rest);
    else this.#entries.delete(entry.key);
    this.heap.free(address);
  }
}
