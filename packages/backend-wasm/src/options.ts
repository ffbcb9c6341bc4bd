/** What users may choose, and how many threads that makes. */
import { MOST_THREADS } from './layout';
import { cores, unshareable } from './threads/environment';

export interface WasmOptions {
  /** Largest size of the linear memory in bytes. Default and upper limit: 4 GB. */
  readonly maximumBytes?: number;
  /**
   * How many bytes of large results and inputs may stay in the linear memory, so that they need not be copied out and in. Beyond
   * it the oldest move to JavaScript memory. Default 512 MB, on the main thread of a page 128 MB.
   */
  readonly keptBytes?: number;
  /**
   * How many threads compute, the calling one counted. Default: as many as the machine has cores, at most 8; the workers are
   * then started when there has been enough work for them. A number given is taken as it is, and `use` waits for the workers.
   * Needs shared memory: in a browser the page must be cross-origin isolated, else one thread computes (and `wasm` says so if
   * more were asked for). Results are the same to the bit for any number.
   */
  readonly threads?: number;
  /**
   * How long a part of a kernel must take, in nanoseconds, to be worth another thread. Default 8000. With 0 even the smallest
   * kernels are shared, which takes longer than it saves: for tests.
   */
  readonly grain?: number;
  /**
   * How kernels are compiled: `sync` while `run` waits, `async` in the background (the queue runs plans in order, reads
   * wait), `auto` (default) synchronously unless the engine refuses, as old browsers do on the main thread.
   */
  readonly compile?: 'auto' | 'sync' | 'async';
  /**
   * True: every convolution is the plain sum of products. By default 3 x 3 convolutions of step 1 with at least 16 channels use
   * Winograd's method: about twice as fast, rounding errors up to 4e-6 of the largest value, and a value that is not finite makes
   * NaN of the 4 x 4 results around it.
   */
  readonly exact?: boolean;
}

/** The most threads that are started without being asked for; more rarely gain anything on networks of ordinary size. */
const DEFAULT_MOST = 8;

/** How many threads there are to be. */
export function threadsFor({ threads }: WasmOptions): number {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)) {
    throw new RangeError(`wasm: threads: ${threads}: expected a whole number from 1 to ${MOST_THREADS}, or nothing for the default.`);
  }
  const wanted = threads ?? Math.min(cores(), DEFAULT_MOST);
  const problem = wanted > 1 ? unshareable() : undefined;
  if (problem === undefined) return wanted;
  if (threads !== undefined) console.warn(`wasm: ${threads} threads were asked for, but ${problem}. Computing on one thread.`);
  return 1;
}
