/**
 * Worker threads that help with the kernels of a plan.
 *
 * Responsible for: starting and ending workers, publishing work, doing the own share of it, waiting for the rest.
 * Not responsible for: what the kernels compute, nor that the result does not depend on who computes it (see params.ts).
 */
import { BackendError } from '@cotangent/tensor';
import { HOST_FUNCTIONS } from '../host';
import { MOST_THREADS, STATUS as KERNEL_STATUS, THREAD_BYTES, THREADS_START } from '../layout';
import type { Heap } from '../memory';
import * as control from './control';
import { cores, maySleep, startWorker as start, type WorkerHandle } from './environment';
import { workerBody, type WorkerStart } from './worker-body';

const { CONTROL_WORDS, CRASHED, DONE, MODULES, READY, SLEEPERS, STATUS, STOP, TICKETS, WAITING, WAKE, WORK } = control;

/** Looks for work before a worker goes to sleep, about 50 us; with fewer cores than threads a waiting thread only takes time. */
const SPINS = 20_000;
const CROWDED_SPINS = 100;
/** Waking costs some 10 us, so shorter work is not worth it. */
const WORTH_WAKING = 50_000;
/** Chunks for each thread, and how long one must be at least (ns). */
const CHUNKS_EACH = 8;
const SHORTEST = 8000;
/** A thread that has not reported its chunk for this long (ms), or fifty times the time it should take, is gone. */
const PATIENCE = 5000;

const AFTERWARDS = 'The backend goes on with one thread; for several, make a new one: await use(wasm()).';

/** How much work there must have been for workers to be started without being asked for. */
const WORTH_STARTING = 20_000_000;

/** Work ready to be published. */
export interface Work {
  /** Address of its description. */
  readonly description: number;
  readonly units: number;
  /** Units in a chunk. */
  readonly piece: number;
  readonly chunks: number;
  /** About how long one thread needs for all of it. */
  readonly nanoseconds: number;
  /** Does some of the units on this thread; returns a status. */
  run(from: number, to: number): number;
}

/** Does work on this thread alone, chunk by chunk. */
export function alone(work: Work): number {
  const { units, piece } = work;
  for (let from = 0; from < units; from += piece) {
    const status = work.run(from, Math.min(units, from + piece));
    if (status !== KERNEL_STATUS.ok) return status;
  }
  return KERNEL_STATUS.ok;
}

export class Pool {
  /** Threads in all, the main one counted. */
  readonly threads: number;
  readonly #heap: Heap;
  readonly #words: Int32Array;
  readonly #spins: number;
  readonly #sleeps = maySleep();
  readonly #worthWaking: number;
  #workers: WorkerHandle[] = [];
  #started = false;
  #nanoseconds = 0;
  /** What there is to say about a worker that ended, once. */
  #failure: BackendError | undefined;

  constructor(
    heap: Heap,
    threads: number,
    /** How long a chunk must take (ns, estimated) to be worth another thread. */
    private readonly grain = SHORTEST,
    private readonly startWorker: typeof start = start,
  ) {
    this.threads = Math.min(threads, MOST_THREADS);
    this.#heap = heap;
    this.#words = new Int32Array(heap.memory.buffer, 0, CONTROL_WORDS);
    this.#worthWaking = Math.min(WORTH_WAKING, 6 * grain);
    this.#spins = threads > cores() ? CROWDED_SPINS : SPINS;
  }

  /** Threads that can work now. */
  get active(): number {
    return 1 + Math.min(this.#workers.length, Atomics.load(this.#words, READY));
  }

  /** Chunks that work is best cut into: enough to keep all threads busy to the end, none too short to be worth the way. */
  chunksFor(units: number, nanoseconds: number): number {
    return Math.max(1, Math.min(units, this.threads * CHUNKS_EACH, this.grain > 0 ? Math.floor(nanoseconds / this.grain) : units));
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    const names = Object.keys(HOST_FUNCTIONS);
    for (let thread = 1; thread < this.threads; thread++) {
      const about: WorkerStart = {
        memory: this.#heap.memory,
        thread: THREADS_START + thread * THREAD_BYTES,
        spins: this.#spins,
        control: { ...control },
        math: names.filter((name) => name in Math),
        others: names.filter((name) => !(name in Math)),
      };
      this.#workers.push(this.startWorker(workerBody, about, (reason) => this.#died(reason)));
    }
  }

  /** Resolves when all workers have started, or could not. */
  async ready(): Promise<void> {
    this.start();
    while (this.#workers.length > 0 && Atomics.load(this.#words, READY) < this.threads - 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Adds a module to those that workers load. Its kernels get the numbers after those of the modules before. */
  addModule(bytes: Uint8Array, kernels: number): void {
    const { words: size, previous, address, bytes: length, kernels: count } = control.MODULE_ENTRY;
    const at = this.#heap.allocate(bytes.byteLength, 'the code of kernels, for worker threads');
    this.#heap.write('uint8', at, bytes);
    const entry = this.#heap.allocate(size * 4, 'the list of modules');
    const { words } = this.#heap;
    words[(entry >>> 2) + previous] = this.#words[MODULES]!;
    words[(entry >>> 2) + address] = at;
    words[(entry >>> 2) + length] = bytes.byteLength;
    words[(entry >>> 2) + count] = kernels;
    Atomics.store(this.#words, MODULES, entry);
  }

  /** Throws, once, what happened to a worker that ended. */
  check(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** Wakes sleeping workers ahead of a plan that has enough for them to do. */
  expect(nanoseconds: number): void {
    if (nanoseconds < this.#worthWaking) return;
    if (this.#started) this.#wake();
    else if ((this.#nanoseconds += nanoseconds) > WORTH_STARTING) this.start();
  }

  #wake(): void {
    if (Atomics.load(this.#words, SLEEPERS) === 0) return;
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
  }

  /** Does all of the work together with the workers; returns a status. */
  run(work: Work): number {
    if (work.chunks < 2 || this.#workers.length === 0) return alone(work);
    const words = this.#words;
    const { description, units, piece, chunks } = work;
    Atomics.store(words, WORK, description);
    Atomics.store(words, STATUS, KERNEL_STATUS.ok);
    Atomics.store(words, DONE, 0);
    Atomics.store(words, TICKETS, chunks);
    if (work.nanoseconds >= this.#worthWaking) this.#wake();
    let own = 0;
    let status: number = KERNEL_STATUS.ok;
    try {
      for (let left = Atomics.sub(words, TICKETS, 1); left > 0; left = Atomics.sub(words, TICKETS, 1)) {
        own++;
        const to = units - (left - 1) * piece;
        status ||= work.run(Math.max(0, to - piece), to);
      }
    } finally {
      // Also after an exception: nobody may be writing when the next kernel starts.
      const left = Math.max(0, Atomics.exchange(words, TICKETS, 0));
      this.#await(chunks - own - left, work);
    }
    status ||= Atomics.load(words, STATUS);
    if (status === CRASHED) throw new BackendError(`wasm: a kernel crashed on a worker thread. ${AFTERWARDS}`);
    // Which of several bad elements is reported should not depend on who came first.
    return status === KERNEL_STATUS.ok ? status : alone(work);
  }

  /** Waits until so many chunks have been reported by others. */
  #await(chunks: number, { nanoseconds, chunks: all }: Work): void {
    const words = this.#words;
    for (let i = this.#spins; i > 0; i--) if (Atomics.load(words, DONE) >= chunks) return;
    const start = performance.now();
    const patience = Math.max(PATIENCE, (nanoseconds / all) * 50e-6);
    for (;;) {
      if (this.#sleeps) {
        Atomics.store(words, WAITING, 1);
        const done = Atomics.load(words, DONE);
        if (done < chunks) Atomics.wait(words, DONE, done, 100);
        Atomics.store(words, WAITING, 0);
      } else for (let i = SPINS; i > 0 && Atomics.load(words, DONE) < chunks; i--);
      if (Atomics.load(words, DONE) >= chunks) return;
      if (performance.now() - start > patience) {
        this.stop();
        throw new BackendError(`wasm: a worker thread did not finish its part of a computation; it must have been ended. ${AFTERWARDS}`);
      }
    }
  }

  #died(reason: string): void {
    if (this.#workers.length === 0) return; // ended on purpose
    const ran = Atomics.load(this.#words, READY) > 0;
    this.stop();
    if (ran) this.#failure = new BackendError(`wasm: a worker thread ended: ${reason}. ${AFTERWARDS}`);
    else console.warn(`wasm: worker threads could not be started: ${reason}. Computing on one thread.`);
  }

  /** Ends all workers; from then on everything runs on this thread. */
  stop(): void {
    this.#started = true;
    const workers = this.#workers.splice(0);
    Atomics.store(this.#words, STOP, 1);
    Atomics.add(this.#words, WAKE, 1);
    Atomics.notify(this.#words, WAKE);
    for (const worker of workers) worker.terminate();
  }
}
