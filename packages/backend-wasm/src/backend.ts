/**
 * The wasm backend: keeps the heap, the compiled kernels and the queue of plans.
 *
 * Where the engine compiles synchronously (Node, workers, current browsers) `run` does the work before it returns. Old
 * browsers refuse that on the main thread; there plans are compiled asynchronously and wait in an ordered queue.
 */
import {
  BackendError, CotangentError,
  type Backend, type BackendCapabilities, type BackendStats, type Plan, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { Compiler, unavailable } from './compile';
import { Executable, viewOf, type Machine, type Source } from './executable';
import { Heap } from './memory';
import { WasmStorage, type StorageState } from './storage';
import { COMPUTE, SUPPORTED } from './support';
import { TableStore } from './tables';

export interface WasmOptions {
  /** Largest size of the linear memory in bytes. Default and upper limit: 4 GB. */
  readonly maximumBytes?: number;
  /**
   * How kernels are compiled: `sync` while `run` waits, `async` in the background (the queue runs plans in order, reads
   * wait), `auto` (default) synchronously unless the engine refuses, as old browsers do on the main thread.
   */
  readonly compile?: 'auto' | 'sync' | 'async';
}

interface Job {
  readonly plan: Plan;
  readonly inputs: readonly Storage[];
  readonly outputs: readonly WasmStorage[];
  /** Holds the stack of the `run` call. */
  readonly called: Error;
}

/**
 * Makes a WebAssembly backend: SIMD kernels emitted at run time, one thread, float32 and integers (float64 lives on the
 * cpu backend only). Works in Node 20+ and current browsers; nothing is downloaded.
 *
 * @throws BackendError where WebAssembly, its SIMD instructions or the permission to compile are missing; the message
 * names the Content-Security-Policy directive to add.
 * @example
 * import { tensor, use } from '@cotangent/tensor';
 * import { wasm } from '@cotangent/backend-wasm';
 * await use(wasm());
 * console.log(await tensor([1, 2, 3]).mul(2).array()); // [2, 4, 6]
 */
export function wasm(options: WasmOptions = {}): Backend {
  const problem = unavailable();
  if (problem !== undefined) throw problem;
  return new WasmBackend(options);
}

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly caps: BackendCapabilities = { dtypes: SUPPORTED, compute: COMPUTE, syncRead: true };
  readonly #machine: Machine;
  #executables = new WeakMap<Plan, Executable>();
  /** Gives back what forgotten plans and storages held. The callbacks refer to the heap, never to the objects. */
  readonly #plans: FinalizationRegistry<() => void>;
  readonly #storages: FinalizationRegistry<number>;
  #arena = { address: 0, bytes: 0 };
  #mode: 'sync' | 'async';
  readonly #refusal: 'throw' | 'async';
  readonly #queue: Job[] = [];
  #pumping: Promise<void> | undefined;
  /** The first error of queued work that no read has reported yet. */
  #failure: { readonly error: unknown } | undefined;
  #disposed = false;
  #plansRun = 0;
  #kernelsRun = 0;

  constructor(options: WasmOptions) {
    const heap = new Heap(options.maximumBytes);
    this.#machine = {
      heap,
      compiler: new Compiler(heap.memory),
      tables: new TableStore(heap),
      arena: (bytes) => this.#arenaFor(bytes),
    };
    this.#mode = options.compile === 'async' ? 'async' : 'sync';
    this.#refusal = options.compile === 'sync' ? 'throw' : 'async';
    this.#plans = new FinalizationRegistry((release) => release());
    this.#storages = new FinalizationRegistry((address) => heap.free(address));
  }

  #arenaFor(bytes: number): number {
    const { heap } = this.#machine;
    if (bytes > this.#arena.bytes || this.#arena.address === 0) {
      if (this.#arena.address !== 0) heap.free(this.#arena.address);
      this.#arena = { address: 0, bytes: 0 };
      this.#arena = { address: heap.allocate(bytes, 'the intermediate results of one computation'), bytes };
    }
    return this.#arena.address;
  }

  #alive(): void {
    if (this.#disposed) throw new BackendError('wasm: this backend was disposed. Make a new one: await use(wasm()).');
  }

  #executable(plan: Plan): Executable {
    let executable = this.#executables.get(plan);
    if (executable === undefined) {
      executable = new Executable(plan, this.#machine);
      this.#executables.set(plan, executable);
      const { heap, tables } = this.#machine;
      const held = executable.held;
      this.#plans.register(plan, () => {
        for (const address of held.tables) tables.release(address);
        for (const address of held.blocks) heap.free(address);
      });
    }
    return executable;
  }

  /** Compiles at once if the engine lets us. False: it must be done asynchronously. */
  #compileSync(executable: Executable): boolean {
    if (executable.compiled) return true;
    if (this.#mode === 'async') return false;
    try {
      this.#machine.compiler.compileSync(executable.launches);
      return true;
    } catch (cause) {
      // Old browsers throw RangeError for modules above 4 kB on the main thread.
      if (!(cause instanceof RangeError) || this.#refusal === 'throw') throw compileError(cause);
      this.#mode = 'async';
      return false;
    }
  }

  async prepare(plan: Plan): Promise<void> {
    this.#alive();
    const executable = this.#executable(plan);
    if (!this.#compileSync(executable)) await this.#compileAsync(executable);
  }

  async #compileAsync(executable: Executable): Promise<void> {
    try {
      await this.#machine.compiler.compileAsync(executable.launches);
    } catch (cause) {
      throw compileError(cause);
    }
  }

  run(plan: Plan, inputs: readonly Storage[]): Storage[] {
    this.#alive();
    const executable = this.#executable(plan);
    plan.inputs.forEach((slot, i) => this.#checkInput(plan, slot, inputs[i]));
    const outputs = plan.outputs.map(({ slot }) => new WasmStorage(this, plan.slots[slot]!.dtype, plan.slots[slot]!.length));
    if (this.#queue.length === 0 && this.#compileSync(executable)) this.#execute(plan, executable, inputs, outputs);
    else {
      this.#queue.push({ plan, inputs, outputs, called: new Error('run was called here') });
      this.#pumping ??= this.#pump();
    }
    return outputs;
  }

  #checkInput(plan: Plan, slot: number, storage: Storage | undefined): void {
    const { dtype, length } = plan.slots[slot]!;
    if (storage === undefined) throw new BackendError(`wasm: no storage was given for input slot ${slot} (${dtype} x ${length}).`);
    if (storage.dtype !== dtype || storage.length !== length) {
      throw new BackendError(
        `wasm: input slot ${slot} takes ${dtype} x ${length}, but the storage given holds ${storage.dtype} x ${storage.length}.`,
      );
    }
    if (storage.host === undefined && storage.backend !== this) {
      throw new BackendError(
        `wasm: an input lives on ${storage.backend === undefined ? 'no backend' : `another backend ('${storage.backend.name}')`}. ` +
          'Read it there first, or move the tensor with .to(backend).',
      );
    }
  }

  #execute(plan: Plan, executable: Executable, inputs: readonly Storage[], outputs: readonly WasmStorage[]): void {
    const results = executable.run(inputs.map((storage) => this.#source(storage)));
    this.#plansRun++;
    this.#kernelsRun += plan.kernels.length;
    results.forEach((result, i) => {
      const storage = outputs[i]!;
      if (typeof result === 'number') {
        storage.state = { kind: 'resident', address: result };
        this.#storages.register(storage, result, storage);
      } else storage.state = { kind: 'host', data: result };
    });
  }

  #source(storage: Storage): Source {
    if (storage.host !== undefined) return storage.host;
    const state = stateOf(storage);
    if (state.kind === 'resident') return state.address;
    if (state.kind === 'failed') throw state.error;
    throw new BackendError(`wasm: an input (${storage.dtype} x ${storage.length}) was freed before it was used.`);
  }

  /** Runs the queue in order until it is empty. Never rejects: failures go to the outputs and to the next read. */
  async #pump(): Promise<void> {
    for (;;) {
      const job = this.#queue[0];
      if (job === undefined) break;
      try {
        const executable = this.#executable(job.plan);
        if (!executable.compiled) await this.#compileAsync(executable);
        this.#alive();
        this.#execute(job.plan, executable, job.inputs, job.outputs);
      } catch (error) {
        this.#fail(job, error);
      }
      this.#queue.shift();
    }
    this.#pumping = undefined;
  }

  #fail(job: Job, error: unknown): void {
    const inherited = job.inputs.some((storage) => storage instanceof WasmStorage && storage.state.kind === 'failed');
    const reported = inherited ? error : withCause(error, job.called);
    for (const storage of job.outputs) storage.state = { kind: 'failed', error: reported };
    if (!inherited) this.#failure ??= { error: reported };
  }

  async read(storage: Storage): Promise<TypedArray> {
    this.#alive();
    if (this.#pumping !== undefined) await this.#pumping;
    return this.#elements(storage);
  }

  readSync(storage: Storage): TypedArray {
    this.#alive();
    if (this.#pumping !== undefined) {
      throw new BackendError(
        'wasm: this value is still being computed: kernels are compiled asynchronously on this page. ' +
          'Use `await tensor.data()` instead of the synchronous form.',
      );
    }
    return this.#elements(storage);
  }

  #elements(storage: Storage): TypedArray {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    if (storage.host !== undefined) return storage.host;
    if (storage.backend !== this) throw new BackendError('wasm: this storage belongs to another backend; read it there.');
    const state = stateOf(storage);
    switch (state.kind) {
      case 'resident':
        return viewOf(this.#machine.heap.memory, storage.dtype, state.address, storage.length).slice();
      case 'failed':
        throw state.error;
      default:
        throw new BackendError(`wasm: this storage (${storage.dtype} x ${storage.length}) was freed.`);
    }
  }

  free(storage: Storage): void {
    if (this.#disposed || !(storage instanceof WasmStorage) || storage.backend !== this) return;
    // Queued plans may still read it; the queue is in order, so giving it back after them is enough.
    if (this.#pumping !== undefined) void this.#pumping.then(() => this.#release(storage));
    else this.#release(storage);
  }

  #release(storage: WasmStorage): void {
    if (storage.state.kind === 'resident') {
      this.#machine.heap.free(storage.state.address);
      this.#storages.unregister(storage);
    }
    storage.state = { kind: 'freed' };
  }

  stats(): BackendStats {
    return {
      plans: this.#plansRun,
      kernels: this.#kernelsRun,
      compiled: this.#machine.compiler.count,
      bytes: this.#disposed ? 0 : this.#machine.heap.bytes,
    };
  }

  dispose(): void {
    this.#disposed = true;
    this.#executables = new WeakMap();
  }
}

/** Where the elements of a storage without `host` are; its backend has been checked before. */
function stateOf(storage: Storage): StorageState {
  return storage instanceof WasmStorage ? storage.state : { kind: 'freed' };
}

function compileError(cause: unknown): CotangentError {
  if (cause instanceof CotangentError) return cause;
  return new BackendError(`wasm: compiling the kernels of a plan failed: ${String(cause)}`, { cause });
}

/** The same error with the place of the `run` call as its cause. */
function withCause(error: unknown, called: Error): Error {
  if (error instanceof CotangentError) {
    if (error.cause !== undefined) called.cause = error.cause;
    error.cause = called;
    return error;
  }
  called.cause = error;
  const message = error instanceof Error ? error.message : String(error);
  return new BackendError(`wasm: a queued computation failed: ${message}`, { cause: called });
}
