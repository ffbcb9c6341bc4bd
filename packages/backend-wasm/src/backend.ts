/**
 * The wasm backend: keeps the heap, the compiled kernels and the queue of plans.
 *
 * Where the engine compiles synchronously (Node, workers, current browsers) `run` does the work before it returns. Old
 * browsers refuse that on the main thread; there plans are compiled asynchronously and wait in an ordered queue.
 */
import {
  BackendError, bytesOf,
  type Backend, type BackendCapabilities, type BackendStats, type Observer, type Plan, type Storage, type TypedArray,
} from '@cotangent/tensor';
import { Compiler, unavailable } from './compile';
import { Executable, release, type Machine, type Place } from './executable';
import { compileError, withCause } from './failure';
import { Kept, type Hold } from './kept';
import { Heap } from './memory';
import { threadsFor, type WasmOptions } from './options';
import { PrivateMemory } from './private';
import { Residents } from './residents';
import { count, donorOf, FREED, stateOf, WasmStorage } from './storage';
import { COMPUTE, SUPPORTED } from './support';
import { TableStore } from './tables';
import { maySleep } from './threads/environment';
import { alone, Pool } from './threads/pool';

interface Job {
  readonly plan: Plan;
  readonly inputs: readonly Storage[];
  readonly outputs: readonly WasmStorage[];
  /** Holds the stack of the `run` call. */
  readonly called: Error;
}

/**
 * Makes a WebAssembly backend: SIMD kernels emitted at run time, float32 and integers (float64 lives on the cpu backend only).
 * Works in Node 20+ and current browsers; nothing is downloaded.
 *
 * @throws BackendError where WebAssembly, its SIMD instructions or the permission to compile are missing; the message
 * names the Content-Security-Policy directive to add.
 * @example
 * ```ts
 * import { wasm } from '@cotangent/backend-wasm';
 * import { tensor, use } from '@cotangent/tensor';
 * await use(wasm());
 * console.log(await tensor([1, 2, 3]).mul(2).array()); // [2, 4, 6]
 * ```
 */
export function wasm(options: WasmOptions = {}): Backend {
  return makeBackend(options);
}

/** As `wasm`; `perform` decides how calls are done. */
export function makeBackend(options: WasmOptions = {}, perform?: Machine['perform']): Backend {
  const problem = unavailable();
  if (problem !== undefined) throw problem;
  return new WasmBackend(options, threadsFor(options), perform);
}

/** Ends the workers of backends that were forgotten. */
const abandoned = new FinalizationRegistry((pool: Pool) => pool.stop());

/** Milliseconds between pauses for the collector. */
const PAUSE = 50;

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly caps: BackendCapabilities = { dtypes: SUPPORTED, compute: COMPUTE, syncRead: true };
  readonly #pool: Pool | undefined;
  /** Whether `use` waits for the workers. */
  readonly #waits: boolean;
  /** Undefined after `dispose`. */
  #machine: Machine | undefined;
  #executables = new WeakMap<Plan, Executable>();
  /** Gives back what forgotten plans held. The callbacks refer to the heap, never to the plans. */
  readonly #plans: FinalizationRegistry<() => void>;
  readonly #residents: Residents;
  readonly #kept: Kept;
  /** One region for intermediates for each plan that is running. */
  readonly #arenas: { address: number; bytes: number }[] = [];
  #mode: 'sync' | 'async';
  readonly #refusal: 'throw' | 'async';
  readonly #queue: Job[] = [];
  #pumping: Promise<void> | undefined;
  /** The first error of queued work that no read has reported yet. */
  #failure: { readonly error: unknown } | undefined;
  /**
   * The inputs of the plans running now: more than one when a host kernel computes with tensors itself. Held here so that none
   * is collected, and its block given to an output, while the plan still reads it.
   */
  readonly #running: (readonly Storage[])[] = [];
  #paused = 0;
  #plansRun = 0;
  #kernelsRun = 0;

  constructor(options: WasmOptions, threads: number, perform?: Machine['perform']) {
    const heap = new Heap(options.maximumBytes, threads > 1);
    const kept = new Kept(heap, options.keptBytes ?? (maySleep() ? 512 : 128) * 2 ** 20);
    const pool = threads > 1 ? new Pool(heap, threads, options.grain) : undefined;
    this.#pool = pool;
    this.#waits = options.threads !== undefined;
    if (pool !== undefined) abandoned.register(this, pool);
    this.#machine = {
      heap,
      compiler: new Compiler(heap.memory, threads > 1, pool && ((bytes, kernels) => pool.addModule(bytes, kernels))),
      tables: new TableStore(heap),
      privates: new PrivateMemory(heap, threads),
      lowering: options,
      keeps: (bytes) => kept.fits(bytes),
      chunking: (units, nanoseconds) => pool?.chunksFor(units, nanoseconds) ?? 1,
      ...(pool && { expect: (nanoseconds) => pool.expect(nanoseconds) }),
      perform: perform ?? (pool ? (call) => pool.run(call) : alone),
      arena: (bytes) => this.#arenaFor(heap, bytes),
    };
    this.#mode = options.compile === 'async' ? 'async' : 'sync';
    this.#refusal = options.compile === 'sync' ? 'throw' : 'async';
    this.#plans = new FinalizationRegistry((release) => release());
    this.#residents = new Residents(heap);
    this.#kept = kept;
  }

  #arenaFor(heap: Heap, bytes: number): number {
    const index = this.#running.length - 1;
    const arena = this.#arenas[index];
    if (arena !== undefined && bytes <= arena.bytes) return arena.address;
    for (const { address } of this.#arenas.splice(index)) heap.free(address);
    const address = heap.allocate(bytes, 'the intermediate results of one computation');
    this.#arenas[index] = { address, bytes };
    return address;
  }

  #alive(): Machine {
    if (this.#machine === undefined) throw new BackendError('wasm: this backend was disposed. Make a new one: await use(wasm()).');
    return this.#machine;
  }

  #executable(plan: Plan, machine: Machine): Executable {
    let executable = this.#executables.get(plan);
    // A plan that is run again by one of its own host kernels needs parameter blocks of its own.
    if (executable === undefined || executable.running) {
      executable = new Executable(plan, machine);
      this.#executables.set(plan, executable);
      const { held } = executable;
      this.#plans.register(plan, () => {
        release(held, machine);
      });
    }
    return executable;
  }

  forget(plan: Plan): void {
    const executable = this.#executables.get(plan);
    if (executable === undefined || executable.running) return;
    this.#executables.delete(plan);
    executable.release();
  }

  /** Compiles at once if the engine lets us. False: it must be done asynchronously. */
  #compileSync(executable: Executable, { compiler }: Machine): boolean {
    if (executable.compiled) return true;
    // A host kernel that computes with tensors itself cannot wait.
    if (this.#mode === 'async' && this.#running.length === 0) return false;
    try {
      compiler.compileSync(executable.launches);
      return true;
    } catch (cause) {
      // Old browsers throw RangeError for modules above 4 kB on the main thread.
      if (!(cause instanceof RangeError) || this.#refusal === 'throw') throw compileError(cause);
      this.#mode = 'async';
      return false;
    }
  }

  async whenReady(): Promise<void> {
    if (this.#waits) await this.#pool?.ready();
  }

  async prepare(plan: Plan): Promise<void> {
    const machine = this.#alive();
    const executable = this.#executable(plan, machine);
    if (!this.#compileSync(executable, machine)) await this.#compileAsync(executable, machine);
  }

  async #compileAsync(executable: Executable, { compiler }: Machine): Promise<void> {
    try {
      await compiler.compileAsync(executable.launches);
    } catch (cause) {
      throw compileError(cause);
    }
  }

  run(plan: Plan, inputs: readonly Storage[]): Storage[] {
    const machine = this.#alive();
    const executable = this.#executable(plan, machine);
    const outputs = this.#outputs(plan, inputs);
    if (this.#idle && this.#compileSync(executable, machine)) this.#execute(plan, executable, inputs, outputs);
    else {
      this.#queue.push({ plan, inputs, outputs, called: new Error('run was called here') });
      this.#pumping ??= this.#pump();
    }
    return outputs;
  }

  runObserved(plan: Plan, inputs: readonly Storage[], observe: Observer): Storage[] {
    const machine = this.#alive();
    const executable = this.#executable(plan, machine);
    const outputs = this.#outputs(plan, inputs);
    if (!this.#idle || !this.#compileSync(executable, machine)) {
      throw new BackendError(
        'wasm: a plan can be observed only where kernels compile synchronously and nothing is queued. ' +
          'Await what was started before, and prepare the plan first: await backend.prepare(plan).',
      );
    }
    this.#execute(plan, executable, inputs, outputs, observe);
    return outputs;
  }

  /** True when a plan can run now: nothing is waiting, or the plan is run by a host kernel of the one at work. */
  get #idle(): boolean {
    return this.#queue.length === 0 || this.#running.length > 0;
  }

  /** Storages for the results of a plan, after a look at what it is given. */
  #outputs(plan: Plan, inputs: readonly Storage[]): WasmStorage[] {
    plan.inputs.forEach((slot, i) => {
      this.#checkInput(plan, slot, inputs[i]);
    });
    return plan.outputs.map(({ slot }) => new WasmStorage(this, plan.slots[slot]!.dtype, plan.slots[slot]!.length));
  }

  #checkInput(plan: Plan, slot: number, storage: Storage | undefined): void {
    const { dtype, length } = plan.slots[slot]!;
    if (storage === undefined) throw new BackendError(`wasm: no storage was given for input slot ${slot} (${dtype} x ${length}).`);
    if (storage.dtype !== dtype || storage.length !== length) {
      throw new BackendError(
        `wasm: input slot ${slot} takes ${dtype} x ${length}, but the storage given holds ${storage.dtype} x ${storage.length}.`,
      );
    }
    if (storage.backend !== this && storage.host === undefined) {
      throw new BackendError(
        `wasm: an input lives on ${storage.backend === undefined ? 'no backend' : `another backend ('${storage.backend.name}')`}. ` +
          'Read it there first, or move the tensor with .to(backend).',
      );
    }
  }

  #execute(plan: Plan, executable: Executable, inputs: readonly Storage[], outputs: readonly WasmStorage[], observe?: Observer): void {
    // Whoever makes room must not take the place of what this plan is about to read.
    const holds: (Hold | undefined)[] = [];
    let donors: (WasmStorage | undefined)[];
    let results: Place[];
    this.#running.push(inputs);
    count(inputs, 1);
    try {
      for (const storage of inputs) {
        const hold = this.#holdOf(storage);
        if (hold !== undefined) hold.block.users++;
        holds.push(hold);
      }
      this.#kept.reserve(executable.keptBytes);
      const places = inputs.map((storage, i) => holds[i]?.block.address ?? this.#place(storage));
      donors = plan.outputs.map(({ donor }) => (observe === undefined ? donorOf(inputs, donor) : undefined));
      const targets = donors.map((donor, i) => donor && (places[plan.outputs[i]!.donor!] as number));
      results = executable.run(places, targets, observe);
    } finally {
      count(inputs, -1);
      for (const hold of holds) if (hold) hold.block.users--;
      this.#running.pop();
    }
    this.#plansRun++;
    this.#kernelsRun += plan.kernels.length;
    results.forEach((result, i) => {
      const storage = outputs[i]!;
      const donor = donors[i];
      if (donor !== undefined) {
        storage.state = donor.state;
        donor.state = FREED;
      } else if (typeof result === 'number') {
        if (plan.outputs[i]!.resident) this.#residents.hold(storage, result);
        else storage.state = { kind: 'kept', hold: this.#kept.add(storage.dtype, storage.length, result, false), kept: this.#kept };
      }
      else storage.state = { kind: 'host', data: result };
    });
  }

  /** What is kept of an input. Large arrays of JavaScript are copied here when they are given for the second time. */
  #holdOf(storage: Storage): Hold | undefined {
    if (storage instanceof WasmStorage && storage.state.kind === 'kept') {
      const { hold, kept } = storage.state;
      return kept === this.#kept && hold.block.address !== undefined ? hold : undefined;
    }
    const { note, dtype, length } = storage;
    if (note instanceof Note && note.kept === this.#kept && note.hold?.block.address !== undefined) return note.hold;
    const data = storage.host;
    if (data === undefined || !this.#kept.fits(length * bytesOf(dtype))) return undefined;
    if (!(note instanceof Note) || note.kept !== this.#kept) {
      storage.note = new Note(this.#kept);
      return undefined;
    }
    const { heap } = this.#alive();
    this.#kept.reserve(data.byteLength);
    const address = heap.allocate(data.byteLength, 'a copy of an input');
    heap.write(dtype, address, data);
    return (note.hold = this.#kept.add(dtype, length, address, true));
  }

  #place(storage: Storage): Place {
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
        const machine = this.#alive();
        let executable = this.#executable(job.plan, machine);
        while (!executable.compiled) {
          await this.#compileAsync(executable, machine);
          this.#alive();
          // Another one if the plan was forgotten in the meantime.
          executable = this.#executable(job.plan, machine);
        }
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
    // The collector reports what it found only between tasks.
    if (this.#kept.crowded) await this.#pause();
    return this.#elements(storage, this.#alive());
  }

  /** Lets other tasks run, if that has not been long ago. */
  async #pause(): Promise<void> {
    const now = performance.now();
    if (now - this.#paused < PAUSE) return;
    this.#paused = now;
    await new Promise((resolve) => setTimeout(resolve));
  }

  readSync(storage: Storage): TypedArray {
    const machine = this.#alive();
    if (this.#pumping !== undefined && stateOf(storage).kind === 'pending') {
      throw new BackendError(
        'wasm: this value is still being computed: kernels are compiled asynchronously on this page. ' +
          'Use `await tensor.data()` instead of the synchronous form.',
      );
    }
    return this.#elements(storage, machine);
  }

  #elements(storage: Storage, { heap }: Machine): TypedArray {
    this.#pool?.check();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    if (storage.host !== undefined) return storage.host;
    if (storage.backend !== this) throw new BackendError('wasm: this storage belongs to another backend; read it there.');
    const state = stateOf(storage);
    switch (state.kind) {
      case 'resident':
        return heap.read(storage.dtype, state.address, storage.length);
      case 'failed':
        throw state.error;
      default:
        throw new BackendError(`wasm: this storage (${storage.dtype} x ${storage.length}) was freed.`);
    }
  }

  free(storage: Storage): void {
    if (!(storage instanceof WasmStorage) || storage.backend !== this) return;
    // Queued plans may still read it; the queue is in order, so giving it back after them is enough.
    if (this.#pumping !== undefined) void this.#pumping.then(() => this.#release(storage));
    else this.#release(storage);
  }

  #release(storage: WasmStorage): void {
    const { state } = storage;
    if (state.kind === 'resident') this.#residents.release(state.address, state.token);
    else if (state.kind === 'kept') this.#kept.release(state.hold.block);
    storage.state = FREED;
  }

  stats(): BackendStats {
    return {
      plans: this.#plansRun,
      kernels: this.#kernelsRun,
      compiled: this.#machine?.compiler.count ?? 0,
      bytes: this.#machine?.heap.bytes ?? 0,
      threads: this.#pool?.active ?? 1,
    };
  }

  dispose(): void {
    this.#pool?.stop();
    this.#machine = undefined;
    this.#executables = new WeakMap();
  }
}

/** Says that a storage was given to plans before, and where a copy is kept. */
class Note {
  hold: Hold | undefined;
  constructor(readonly kept: Kept) {}
}
