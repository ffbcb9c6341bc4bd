/**
 * Large arrays that stay in the linear memory although JavaScript owns them: results, until somebody reads their elements, and
 * copies of what plans are given again and again. Without them a large result would be copied out at once and copied in again by
 * whatever uses it.
 *
 * The garbage collector does not see how much lies here. So there is a limit: beyond it the oldest arrays go to JavaScript memory,
 * where they would have gone without this. Arrays of storages that were collected are given back before, when their time comes:
 * for the collector to hurry, storages hold on to virtual memory of the same size that nobody touches.
 */
import { bytesOf, type DType, type TypedArray } from '@cotangent/tensor';
import type { Heap } from './memory';

/** Smaller arrays are copied in less time than it takes to keep account of them. */
export const KEPT_FROM = 65536;

/** Virtual memory is asked for in pieces of at least this many bytes, which the system hands out untouched. */
const BALLAST = 64 << 20;

/** One array. What refers to it does not keep its storage alive. */
export class KeptBlock {
  /** Its elements, if they had to move to JavaScript memory. */
  data: TypedArray | undefined;
  /** How many running plans read it. */
  users = 0;

  constructor(
    readonly dtype: DType,
    readonly length: number,
    /** Undefined once the place was given back. */
    public address: number | undefined,
    /** Whether the elements are in JavaScript memory already. */
    readonly copy: boolean,
  ) {}

  get bytes(): number {
    return this.length * bytesOf(this.dtype);
  }
}

/** What a storage holds: the block, and an object whose end tells that of the storage. */
export interface Hold {
  readonly block: KeptBlock;
  readonly token: object;
}

export class Kept {
  readonly #heap: Heap;
  readonly #limit: number;
  readonly #lost: FinalizationRegistry<KeptBlock>;
  /** The oldest first; among them some that were given back. */
  #queue: KeptBlock[] = [];
  #count = 0;
  #bytes = 0;
  #ballast: ArrayBuffer | undefined;
  #room = 0;

  constructor(heap: Heap, limit: number) {
    this.#heap = heap;
    this.#limit = limit;
    this.#lost = new FinalizationRegistry((block) => this.release(block));
    heap.onFull = () => this.#evict(0);
  }

  /** Bytes of all arrays kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True when collecting garbage may be worth a pause. */
  get crowded(): boolean {
    return this.#bytes > this.#limit / 2;
  }

  /** Whether arrays of this size may be kept at all. */
  fits(bytes: number): boolean {
    return bytes >= KEPT_FROM && bytes <= this.#limit / 2;
  }

  /** Makes room for `bytes` more bytes. */
  reserve(bytes: number): void {
    if (this.#bytes + bytes > this.#limit) this.#evict(this.#limit - bytes);
  }

  /** Takes over a block of the heap; `copy` says that the elements exist in JavaScript memory too. */
  add(dtype: DType, length: number, address: number, copy: boolean): Hold {
    const block = new KeptBlock(dtype, length, address, copy);
    if (this.#queue.length > 64 + 2 * this.#count) this.#queue = this.#queue.filter(({ address }) => address !== undefined);
    this.#queue.push(block);
    this.#count++;
    this.#bytes += block.bytes;
    if (this.#room < block.bytes) {
      this.#room = Math.max(BALLAST, block.bytes);
      this.#ballast = new ArrayBuffer(this.#room);
    }
    this.#room -= block.bytes;
    const token = { ballast: this.#ballast };
    this.#lost.register(token, block);
    return { block, token };
  }

  /** The elements in JavaScript memory; the place in the heap is given back, unless a plan that runs reads it. */
  take(block: KeptBlock): TypedArray {
    if (block.data !== undefined) return block.data;
    const data = this.#heap.read(block.dtype, block.address!, block.length);
    if (block.users === 0) this.release(block);
    return data;
  }

  /** Gives the place of a block back. */
  release(block: KeptBlock): void {
    if (block.address === undefined) return;
    this.#heap.free(block.address);
    block.address = undefined;
    this.#count--;
    this.#bytes -= block.bytes;
  }

  /** Moves the oldest blocks away until `bytes` remain, as far as no plan that runs reads them. False: there were none to move. */
  #evict(bytes: number): boolean {
    const before = this.#bytes;
    for (const block of this.#queue) {
      if (this.#bytes <= bytes) break;
      if (block.address === undefined || block.users > 0) continue;
      if (!block.copy) block.data = this.#heap.read(block.dtype, block.address, block.length);
      this.release(block);
    }
    this.#queue = this.#queue.filter(({ address }) => address !== undefined);
    return this.#bytes < before;
  }
}
