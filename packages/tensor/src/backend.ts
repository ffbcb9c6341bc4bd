/**
 * What a backend is: something that runs plans.
 *
 * Responsible for: compiling the kernels of a plan, running them in order, keeping and returning arrays.
 * Not responsible for: shapes, dtypes rules, broadcasting, gradients, layers, when to run. The core decides all of that.
 */
import type { DType, TypedArray } from './dtype';
import type { Decompositions } from './ops/decompose';
import type { Kernel } from './plan/kernel';
import type { Plan } from './plan/plan';

/**
 * An array that outlives plans. On cpu and wasm most storages are JavaScript typed arrays (`host`), so that the garbage
 * collector sees their size; a backend may keep resident ones elsewhere and leave `host` undefined.
 */
export interface Storage {
  readonly dtype: DType;
  readonly length: number;
  /** The elements, when they lie in JavaScript memory. Never written to after the storage exists. */
  readonly host: TypedArray | undefined;
  /** The backend that made it; undefined for data that came from JavaScript, which every backend accepts. */
  readonly backend: Backend | undefined;
  /** For the backend that is given the storage: what it wants to remember of it, such as a copy. */
  note?: unknown;
}

export interface BackendCapabilities {
  /** Types that slots may have. */
  readonly dtypes: readonly DType[];
  /** Types that kernels can compute in; float16 missing here is converted to float32 around each kernel. */
  readonly compute: readonly DType[];
  /**
   * Types that contractions read and write although kernels do not compute in them: terms are added in float32, and each sum is
   * rounded once, before its epilogue sees it. Default: none.
   */
  readonly contract?: readonly DType[];
  /**
   * Kinds of kernels it can run; default: all. `map`, `reduce`, `gather`, `scatter` and `contract` are required; ops that
   * need another kind are built from simpler ones by `decompositions`.
   */
  readonly kernels?: readonly Kernel['kind'][];
  /** What replaces the missing kernels: `DECOMPOSITIONS`, which only backends that need it should import. */
  readonly decompositions?: Decompositions;
  /** Whether `readSync` exists. */
  readonly syncRead: boolean;
}

export interface BackendStats {
  /** Plans run so far. */
  readonly plans: number;
  /** Kernels run so far. */
  readonly kernels: number;
  /** Distinct kernels compiled so far. */
  readonly compiled: number;
  /** Bytes held by the backend's own memory (heaps, pools), not by JavaScript arrays. */
  readonly bytes: number;
  /** Threads that compute now, the calling one counted; absent where there is never more than one. */
  readonly threads?: number;
}

/** Called after each kernel of `plan.kernels`, with the time it took; `read` gives the elements of a slot as they are now. */
export type Observer = (kernel: number, milliseconds: number, read: (slot: number) => TypedArray) => void;

export interface Backend {
  readonly name: string;
  readonly caps: BackendCapabilities;
  /** Resolves when what starts in the background (worker threads) is there; `use` waits for it. */
  whenReady?(): Promise<void>;
  /**
   * Compiles a plan ahead of `run`. Optional for the caller: `run` prepares what was not prepared. Resolves when the
   * plan can run without further compilation.
   */
  prepare(plan: Plan): Promise<void>;
  /**
   * Queues the plan and returns its outputs at once; the work may still be going on. There is one ordered queue per
   * backend, and everything read later waits for it. An error in queued work is kept and rejects the next read;
   * a backend that works synchronously may throw it here instead. `inputs[i]` fills slot `plan.inputs[i]`.
   */
  run(plan: Plan, inputs: readonly Storage[]): Storage[];
  /**
   * As `run`, at once and kernel by kernel, for measuring and for looking at intermediate values; absent where the platform
   * cannot wait. Outputs never take over the memory of inputs in such a run.
   */
  runObserved?(plan: Plan, inputs: readonly Storage[], observe: Observer): Storage[];
  /**
   * Undefined while there is room for another plan; else resolves when there is. For programs that read nothing, which would
   * otherwise run ahead of the backend without limit. Absent where `run` computes at once.
   */
  whenRoom?(): Promise<void> | undefined;
  /** Lets go of what was prepared for a plan that is not likely to run again. It may still run: it is prepared anew then. */
  forget?(plan: Plan): void;
  /** The elements of a storage, once all queued work is done. The array must not be written to by the caller. */
  read(storage: Storage): Promise<TypedArray>;
  /** As `read`, at once; absent where the platform has no synchronous read. Throws while queued work is still going on. */
  readSync?(storage: Storage): TypedArray;
  /** Gives back a resident storage that nothing will read again. */
  free(storage: Storage): void;
  stats(): BackendStats;
  /** Releases everything; later calls throw. */
  dispose(): void;
}
