/** Memory that each thread has for itself: packed blocks, tiles, whatever a kernel needs while it runs and no longer. */
import { PRIVATE, THREAD_BYTES, THREADS_START } from './layout';
import type { Heap } from './memory';

export class PrivateMemory {
  #bytes = 0;
  #address: number | undefined;

  constructor(
    private readonly heap: Heap,
    private readonly threads: number,
  ) {}

  /** Gives every thread at least `bytes` bytes. What was there before is lost. No kernel may be running. */
  ensure(bytes: number): void {
    if (bytes <= this.#bytes) return;
    const each = Math.ceil(bytes / 4096) * 4096 + 320; // not all on the same cache lines
    if (this.#address !== undefined) this.heap.free(this.#address);
    this.#address = undefined;
    this.#bytes = 0;
    this.#address = this.heap.allocate(each * this.threads, 'the private memory of the threads');
    this.#bytes = bytes;
    for (let thread = 0; thread < this.threads; thread++) {
      this.heap.words[(THREADS_START + thread * THREAD_BYTES + PRIVATE) >>> 2] = this.#address + thread * each;
    }
  }
}
