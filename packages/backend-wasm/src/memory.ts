/**
 * The heap in the linear memory. Blocks are given out and taken back by JavaScript; kernels only see addresses.
 *
 * Addresses are unsigned 32-bit numbers: everything here counts with JavaScript numbers, and stores into Int32Array wrap
 * them the way kernels expect.
 */
import { BackendError, type DType, type TypedArray } from '@cotangent/tensor';
import { MOST_PAGES } from './assembler';
import { HEAP_START, SLACK } from './layout';

const PAGE = 65536;
const GRAIN = 64;
/** Pages to start with: 1 MB. */
const FIRST_PAGES = 16;

interface FreeBlock {
  address: number;
  size: number;
}

/** `1536` as `1.5 kB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]!}`;
}

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/**
 * A memory for several threads. Engines reserve addresses for all that it may grow to, which can fail where they are scarce; half
 * of it, or a quarter, is then asked for.
 */
function sharedMemory(most: number): { memory: WebAssembly.Memory; pages: number } {
  for (let pages = Math.max(FIRST_PAGES, most); ; pages = Math.ceil(pages / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: pages, shared: true }), pages };
    } catch (cause) {
      if (pages <= MOST_PAGES / 4) throw new BackendError('wasm: there is no room for a memory that threads can share. Use wasm({ threads: 1 }).', { cause });
    }
  }
}

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** All of the memory, as 32-bit words and as floats; new ones after every growth, so not to be kept. */
  words!: Int32Array;
  #floats!: Float32Array;
  readonly #limit: number;
  /** Called when the memory is full: gives back blocks that can be done without; false when there are none. */
  onFull: () => boolean = () => false;
  /** Free blocks below `#top`, by address; no two of them touch. */
  readonly #free: FreeBlock[] = [];
  /**
   * Sizes of the blocks given out, by address; 0 for addresses that are free now. Entries are not deleted one by one, because
   * V8 rebuilds the table of a map after some deletions and keeps the old tables until a full collection.
   */
  #sizes = new Map<number, number>();
  #blocks = 0;
  #top = HEAP_START;
  #used = 0;

  /** `limit` is the largest size of the whole memory in bytes, at most 4 GB. Shared memory is seen by other threads too. */
  constructor(limit = MOST_PAGES * PAGE, shared = false) {
    const most = Math.floor(Math.min(limit, MOST_PAGES * PAGE) / PAGE);
    const { memory, pages } = shared ? sharedMemory(most) : { memory: new WebAssembly.Memory({ initial: FIRST_PAGES }), pages: most };
    this.memory = memory;
    this.#limit = pages * PAGE;
    this.#look();
  }

  #look(): void {
    this.words = new Int32Array(this.memory.buffer);
    this.#floats = new Float32Array(this.memory.buffer);
  }

  /** View of elements, of a type other than float64; valid until the memory grows. */
  view(dtype: DType, address: number, length: number): TypedArray {
    return new ARRAYS[dtype as keyof typeof ARRAYS](this.memory.buffer, address, length);
  }

  /** A copy of elements. */
  read(dtype: DType, address: number, length: number): TypedArray {
    // Views are dear beside copying a few elements.
    if (dtype !== 'float32') return this.view(dtype, address, length).slice();
    const start = address >>> 2;
    return this.#floats.slice(start, start + length);
  }

  write(dtype: DType, address: number, elements: TypedArray): void {
    if (dtype === 'float32') this.#floats.set(elements, address >>> 2);
    else this.view(dtype, address, elements.length).set(elements);
  }

  /** Bytes of linear memory, used or not. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Bytes in blocks given out. */
  get used(): number {
    return this.#used;
  }

  /** A block of at least `bytes` bytes with spare room for vector loads behind it, on a 64-byte boundary. */
  allocate(bytes: number, what: string): number {
    const size = Math.ceil((bytes + SLACK) / GRAIN) * GRAIN;
    const found = this.#free.findIndex((block) => block.size >= size);
    let address: number;
    if (found >= 0) {
      const block = this.#free[found]!;
      address = block.address;
      if (block.size === size) this.#free.splice(found, 1);
      else {
        block.address += size;
        block.size -= size;
      }
    } else {
      // A free block at the very end can be part of the new one.
      const last = this.#free.at(-1);
      const tail = last !== undefined && last.address + last.size === this.#top ? last : undefined;
      address = tail?.address ?? this.#top;
      if (!this.#growTo(address + size, bytes, what)) return this.allocate(bytes, what);
      if (tail !== undefined) this.#free.pop();
      this.#top = address + size;
    }
    this.#sizes.set(address, size);
    this.#blocks++;
    this.#used += size;
    return address;
  }

  /** Takes back a block that `allocate` gave. */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (!size) return;
    this.#sizes.set(address, 0);
    this.#blocks--;
    this.#used -= size;
    if (this.#sizes.size > 1024 + 4 * this.#blocks) this.#sizes = new Map([...this.#sizes].filter(([, bytes]) => bytes > 0));
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#free[middle]!.address < address) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    const joinsBefore = before !== undefined && before.address + before.size === address;
    const joinsAfter = after !== undefined && address + size === after.address;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      this.#free.splice(low, 1);
    } else if (joinsBefore) before.size += size;
    else if (joinsAfter) {
      after.address = address;
      after.size += size;
    } else this.#free.splice(low, 0, { address, size });
  }

  /** False: it could not grow, but blocks were given back. */
  #growTo(end: number, bytes: number, what: string): boolean {
    const have = this.memory.buffer.byteLength;
    if (end <= have) return true;
    // Some air, so that a sequence of small requests does not grow the memory each time.
    const wanted = Math.min(this.#limit, Math.max(end, have + Math.min(have / 4, 64 << 20)));
    for (const target of [wanted, end]) {
      const pages = Math.ceil(target / PAGE);
      if (target < end || pages * PAGE > this.#limit) continue;
      try {
        this.memory.grow(pages - have / PAGE);
        this.#look();
        return true;
      } catch {
        // try the smaller size, then give up
      }
    }
    if (this.onFull()) return false;
    throw new BackendError(
      `wasm: out of memory: ${formatBytes(bytes)} for ${what} do not fit; ${formatBytes(this.#used)} are in use of at most ` +
        `${formatBytes(this.#limit)}. Use smaller batches or tensors, or the cpu backend, which has no such limit.`,
    );
  }
}
