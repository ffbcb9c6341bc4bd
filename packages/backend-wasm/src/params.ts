/** Parameter blocks: what a kernel reads at run time, so that kernels of different sizes share their code. */
import type { DType } from '@cotangent/tensor';
import { laneBits } from './codegen/lanes';
import type { KernelModule } from './kernel-module';

/** A word that holds the address of a slot plus an offset in bytes; filled in when the slot has its place. */
export interface SlotPointer {
  readonly slot: number;
  readonly offset: number;
}

/** A table of 32-bit words that lies in the heap; tables of equal keys are equal, so they are built and stored once. */
export interface Table {
  readonly key: string;
  readonly build: () => Int32Array;
}

export type Word = number | SlotPointer | Table;

/** Collects the words of one parameter block. */
export class Parameters {
  readonly words: Word[] = [];

  /** Appends words and returns the byte offset of the first. */
  push(...words: Word[]): number {
    const offset = this.words.length * 4;
    this.words.push(...words);
    return offset;
  }

  /** Appends a constant in four lanes, on a 16-byte boundary. */
  vector(dtype: DType, value: number): number {
    while (this.words.length % 4 !== 0) this.words.push(0);
    const bits = laneBits(dtype, value);
    return this.push(bits, bits, bits, bits);
  }
}

/**
 * How the work of a launch can be divided. A kernel is a function (parameters, from, to) that does the units [from, to) of its
 * work. Units do not depend on each other and give the same bits however they are distributed.
 */
export interface Split {
  readonly units: number;
  /** About how long one thread needs for all of it. */
  readonly nanoseconds: number;
}

/** One call of a compiled kernel. */
export interface Launch {
  /** Kernels with equal keys have equal code. */
  readonly key: string;
  readonly emit: (module: KernelModule, exportName: string) => void;
  readonly parameters: Parameters;
  /** Absent where the kernel does everything in one call, whatever `from` and `to` are. */
  readonly split?: Split;
  /** True where the kernel calls JavaScript functions that only the main thread has: plain `Math.*` aside, see host.ts. */
  readonly mainThread?: boolean;
  /**
   * Unit i depends on unit i of the launch before alone, and both have as many units: a thread may do both for some units before
   * anybody does others. What the one writes is then still in the cache when the other reads it.
   */
  readonly follows?: boolean;
  /** In a loop: reads what no round changes, and what it writes lasts for all of them, so it is run once before the loop. */
  readonly once?: boolean;
  /** Bytes of memory that each thread needs for itself while it runs; their address is at `PRIVATE` of `f.thread()`. */
  readonly privateBytes?: number;
}
