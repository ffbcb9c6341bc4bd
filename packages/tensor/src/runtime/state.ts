/**
 * What "now" means: the current backend, the nodes recorded since the last flush, whether gradients are recorded.
 * One JavaScript realm has one such state; everything here is plain data, the rules are in record.ts and flush.ts.
 */
import type { Backend, Storage } from '../backend';
import { ArgumentError, BackendError } from '../errors';
import type { Node, VariableCell } from '../graph/node';
import type { PlannerOptions } from '../plan/options';
import type { Generator } from '../random/generator';
import type { Watch } from './watch';

const ALL_ON: PlannerOptions = { maps: true, rows: true, epilogues: true, recompute: true, groups: true, schedule: true, donate: true };

/**
 * Variables with a recorded new value that no flush has computed yet. They are held weakly: a model that nobody refers to
 * any more need not be initialised.
 */
export class PendingUpdates implements Iterable<VariableCell> {
  private refs = new Set<WeakRef<VariableCell>>();

  /** How many there are, those included that have been collected since. */
  get size(): number {
    return this.refs.size;
  }

  add(variable: VariableCell): void {
    this.refs.add(weakly(variable));
  }

  has(variable: VariableCell): boolean {
    return this.refs.has(weakly(variable));
  }

  clear(): void {
    if (this.refs.size > 0) this.refs = new Set();
  }

  *[Symbol.iterator](): Iterator<VariableCell> {
    for (const ref of this.refs) {
      const variable = ref.deref();
      if (variable) yield variable;
    }
  }
}

/** One weak reference per variable for all time: new ones at every step would pile up until the next full collection. */
const weakRefs = new WeakMap<VariableCell, WeakRef<VariableCell>>();

function weakly(variable: VariableCell): WeakRef<VariableCell> {
  let ref = weakRefs.get(variable);
  if (!ref) weakRefs.set(variable, (ref = new WeakRef(variable)));
  return ref;
}

/** What `compile` is told while it records a function, and answers instead of the runtime; see compile/tracing.ts. */
export interface Tracing {
  /** Notes a flag that the recording depends on. */
  guard(read: () => unknown, name: string): void;
  /** The storage of a value that is read: an error for one that is only being recorded. */
  read(node: Node): Storage;
  /** Words that stand for a draw which every replay makes anew, and the node for them. */
  draw(generator: Generator): Uint32Array;
  drawn(words: Uint32Array): Node | undefined;
  /** A generator is about to be set to another state. */
  seeding(): void;
  /** A variable was made. */
  created(variable: VariableCell): void;
  /** The requires-grad flag of a variable is about to change. */
  flagging(variable: VariableCell): void;
}

interface State {
  backend: Backend | undefined;
  nextId: number;
  gradients: boolean;
  /** Whether products round their float32 operands to float16. */
  autocast: boolean;
  /** Nodes recorded since the last flush, and the bytes of data handed in since then. */
  pending: Node[];
  pendingBytes: number;
  /**
   * Values that the next flush must compute: losses given to `backward`, tensors given to `keep`. Replaced, never cleared: a
   * cleared set keeps its old table alive until V8 collects everything.
   */
  kept: Set<Node>;
  /** Kept values that were read since the last update of variables; see flush.ts. */
  read: WeakRef<Node>[];
  updated: PendingUpdates;
  /** Random draws noted for a later repetition, and draws to repeat instead of making new ones. */
  drawn: Uint32Array[] | undefined;
  toRepeat: Uint32Array[] | undefined;
  planner: PlannerOptions;
  /** Set while debugging tools are in use; see watch.ts. */
  watch: Watch | undefined;
  /** Set while `compile` records a function. */
  tracing: Tracing | undefined;
}

export const state: State = {
  backend: undefined,
  nextId: 1,
  gradients: true,
  autocast: false,
  pending: [],
  pendingBytes: 0,
  kept: new Set(),
  read: [],
  updated: new PendingUpdates(),
  drawn: undefined,
  toRepeat: undefined,
  planner: ALL_ON,
  watch: undefined,
  tracing: undefined,
};

/** The backend in use; throws BackendError when none has been chosen. */
export function currentBackend(): Backend {
  if (!state.backend) {
    throw new BackendError(
      'No backend is in use, so nothing can be computed. Choose one first, for example: ' +
        "import { wasm } from '@cotangent/backend-wasm'; await use(wasm());",
    );
  }
  return state.backend;
}

/**
 * Runs `fn` without recording for gradients: its results are constants to every later `backward`. For evaluation and
 * prediction. `fn` must be synchronous.
 *
 * @example
 * ```ts
 * import { noGrad, parameter, tensor } from '@cotangent/tensor';
 * const w = parameter(tensor([2]));
 * const y = noGrad(() => w.mul(3));
 * console.log(y.requiresGrad); // false
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  return withGradients(false, fn);
}

/** Runs `fn` with gradient recording on or off, then restores the setting. */
export function withGradients<T>(on: boolean, fn: () => T): T {
  const before = state.gradients;
  state.gradients = on;
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new ArgumentError('noGrad: the function is asynchronous, so it would run on after gradients are switched back. Put the awaits outside.');
    }
    return result;
  } finally {
    state.gradients = before;
  }
}

/** Records for the planner's own use: without gradients, and without counting as pending. */
export function recordAside<T>(fn: () => T): T {
  const { pending } = state;
  state.pending = [];
  try {
    return withGradients(false, fn);
  } finally {
    state.pending = pending;
  }
}

/**
 * Calls `fn` for what it records alone, such as the shapes of a model's layers: afterwards nothing of it is pending, no
 * variable has changed, and nothing was computed, not even without a backend.
 *
 * @example
 * ```ts
 * import { dryRun, zeros } from '@cotangent/tensor';
 * console.log(dryRun(() => zeros([2, 3]).sum({ dim: 0 }).shape)); // [3]
 * ```
 */
export function dryRun<T>(fn: () => T): T {
  const before = { ...state };
  const values = [...state.updated].map((variable) => [variable, variable.node] as const);
  Object.assign(state, { pending: [], pendingBytes: 0, backend: undefined, kept: new Set(), updated: new PendingUpdates() });
  try {
    return withGradients(false, fn);
  } finally {
    for (const variable of state.updated) variable.node = variable.settled;
    for (const [variable, node] of values) variable.node = node;
    const { pending, pendingBytes, backend, kept, updated } = before;
    Object.assign(state, { pending, pendingBytes, backend, kept, updated });
  }
}
