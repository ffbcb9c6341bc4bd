/**
 * `compile`: a function is recorded once for every structure of its arguments, and its plan replayed from then on.
 *
 * Responsible for: finding the recording that fits a call, filling the plan's inputs, giving variables their new values,
 * putting results together. How a function is recorded is in tracing.ts, what development mode checks in check.ts.
 */
import type { Backend, Storage } from '../backend';
import type { DType } from '../dtype';
import { ArgumentError } from '../errors';
import { NO_ATTRS, Node, type VariableCell } from '../graph/node';
import { planFor, type PlanEntry } from '../plan/cache';
import { checkLeaf, realise, replacing, settle, settleAll } from '../runtime/flush';
import { state } from '../runtime/state';
import { runPlan } from '../runtime/watch';
import type { Shape } from '../shape';
import { Tensor } from '../tensor';
import { stopGradient } from '../ops/identity';
import { difference, lineOf, Warnings } from './check';
import { flatten, mapTensors } from './structure';
import { close, recordFunction, type Leaf, type Recording, type Source } from './tracing';

/** At most this many recordings of one function are kept, those used last. */
const MAX_TRACES = 64;

export interface CompileOptions {
  /**
   * How often the function is recorded again to see whether it still does the same: on the second call and every so many calls.
   * Default 100, or false (never) where `process.env.NODE_ENV` is 'production'.
   */
  readonly check?: number | false;
}

/** A function that replays what `compile` recorded. */
export type Compiled<A extends unknown[], R> = (...args: A) => R;

/** A recording with its plan. */
interface Trace {
  readonly key: readonly unknown[];
  readonly guards: Recording['guards'];
  readonly flags: Recording['flags'];
  readonly generators: Recording['generators'];
  readonly changed: readonly VariableCell[];
  readonly result: unknown;
  readonly entry: PlanEntry;
  readonly inputs: readonly Source[];
  /** Where the storage of every target comes from: an output of the plan, or an input as it is. */
  readonly outputs: readonly (number | Source)[];
  readonly shapes: readonly { readonly shape: Shape; readonly dtype: DType }[];
  /** Captured variables: they must have a value before the plan runs. */
  readonly captured: readonly VariableCell[];
  /** For development mode and debugging tools. */
  readonly recording: Recording | undefined;
  calls: number;
  used: number;
}

/**
 * A function that does what `fn` does, but runs it only once for each kind of call: what it records is planned as a whole
 * and replayed from then on, which saves recording and planning. A training step usually belongs inside as a whole, with
 * backward pass and optimiser.
 *
 * - Arguments and results are tensors, or arrays and plain objects of them. Any other argument (number, string, boolean,
 *   object of a class) is a constant of the recording: another value makes another recording, so pass numbers that change
 *   often as tensors. Results that are no tensors are what `fn` returned when it was recorded.
 * - Another shape or dtype, gradient mode, backend, training mode of a module or requires-grad flag makes another recording;
 *   the 64 used last are kept.
 * - Parameters, running statistics, optimiser state, learning rates and random numbers work as they do without `compile`:
 *   every call sees the values of now, and draws the numbers that `fn` would have drawn.
 * - All else that `fn` does happens while it is recorded only: counters, `Math.random()`, `if (epoch > 5)`, pushing to an array.
 *   In development `fn` is recorded again now and then (see `check`), and a warning names what has changed.
 * - `fn` reads no values and is not asynchronous. No gradient flows through the results: call `backward` inside.
 *
 * A compiled function inside another one becomes part of it.
 *
 * @param options check: how often development mode records again.
 * @throws ArgumentError at the call, when `fn` reads a value, is asynchronous, or makes variables at every call.
 * @example
 * ```ts
 * import { backward } from '@cotangent/autodiff';
 * import { Linear, mseLoss } from '@cotangent/layers';
 * import { Adam } from '@cotangent/optimizers';
 * import { compile, tensor, type Tensor } from '@cotangent/tensor';
 * const model = new Linear(1, 1);
 * const optimizer = new Adam(model.parameters(), { lr: 0.1 });
 * const step = compile((x: Tensor, y: Tensor) => {
 *   const loss = mseLoss(model.forward(x), y);
 *   optimizer.step(backward(loss));
 *   return loss;
 * });
 * for (let i = 0; i < 200; i++) await step(tensor([[1], [2]]), tensor([[3], [5]])).item();
 * console.log(await model.forward(tensor([[4]])).array()); // close to [[9]]
 * ```
 */
export function compile<A extends unknown[], R>(fn: (...args: A) => R, options: CompileOptions = {}): Compiled<A, R> {
  if (typeof fn !== 'function') throw new ArgumentError(`compile: expected a function but got ${typeof fn}.`);
  const { check = isProduction() ? false : 100 } = options;
  if (check !== false && !(Number.isInteger(check) && check > 0)) {
    throw new ArgumentError(`compile: check is ${check}; expected a whole number of calls above 0, or false.`);
  }
  const compiled = new CompiledFunction(fn, check);
  return (...args) => (state.tracing || !state.backend ? fn(...args) : (compiled.call(args, state.backend) as R));
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };

function isProduction(): boolean {
  try {
    return process.env.NODE_ENV === 'production';
  } catch {
    return false; // no such thing here
  }
}

class CompiledFunction {
  private readonly traces: Trace[] = [];
  private readonly warnings: Warnings;
  private uses = 0;

  constructor(
    private readonly fn: (...args: never[]) => unknown,
    private readonly check: number | false,
  ) {
    this.warnings = new Warnings(fn.name);
  }

  call(args: readonly unknown[], backend: Backend): unknown {
    const key: unknown[] = [backend, state.gradients, state.autocast, state.planner];
    const tensors: Tensor[] = [];
    for (const arg of args) flatten(arg, key, tensors);
    for (let i = 0; i < tensors.length; i++) {
      // The memory of a variable may be written to while the plan runs.
      if (tensors[i]!.node.variable) tensors[i] = stopGradient(tensors[i]!);
    }
    if (tensors.some(({ node }) => !node.storage)) realise(tensors.map(({ node }) => node).filter((node) => !node.storage));
    for (const { node } of tensors) checkLeaf(node, backend);
    const trace = this.traceFor(key, args, backend);
    trace.calls++;
    trace.used = ++this.uses;
    const result = run(trace, tensors, backend);
    if (state.pending.length === 0) state.pendingBytes = 0; // nothing recorded waits for the data handed in
    return result;
  }

  private traceFor(key: readonly unknown[], args: readonly unknown[], backend: Backend): Trace {
    const at = this.traces.findIndex((trace) => fits(trace, key));
    const known = this.traces[at];
    if (known && (this.check === false || (known.calls !== 1 && (known.calls + 1) % this.check !== 0))) return known;
    settleAll();
    if (!known) {
      if (this.check !== false) this.warnings.recorded(key);
      if (this.traces.length >= MAX_TRACES) this.drop();
      const trace = this.plan(key, recordFunction(this.fn, args), backend);
      this.traces.push(trace);
      return trace;
    }
    const record = (): Recording => recordFunction(this.fn, args);
    const recording = record();
    const changed = difference(known.recording!, recording);
    if (changed === undefined) {
      close(recording);
      return known;
    }
    if (!this.warnings.changed) this.warnings.differs(changed, changed.op === undefined ? undefined : lineOf(changed.op, record));
    const trace = this.plan(key, recording, backend);
    trace.calls = known.calls;
    this.traces[at] = trace;
    return trace;
  }

  private drop(): void {
    const oldest = this.traces.reduce((a, b) => (b.used < a.used ? b : a));
    this.traces.splice(this.traces.indexOf(oldest), 1);
    (oldest.key[0] as Backend).forget?.(oldest.entry.plan);
  }

  private plan(key: readonly unknown[], recording: Recording, backend: Backend): Trace {
    const { graph, targets, sources, guards, flags, generators, changed, result } = recording;
    try {
      const entry = planFor(graph, targets, backend);
      const captured = sources.flatMap((source) => (source.from === 'variable' ? source.variable : []));
      return {
        key, guards, flags, generators, changed, result, entry, captured,
        inputs: entry.inputs.map((i) => sources[i]!),
        outputs: entry.results.map(({ from, index }) => (from === 'leaf' ? sources[index]! : index)),
        shapes: targets.map(({ node: { shape, dtype } }) => ({ shape, dtype })),
        recording: this.check === false && !state.watch ? undefined : recording,
        calls: 0,
        used: 0,
      };
    } finally {
      close(recording);
    }
  }
}

function fits({ key, guards, flags }: Trace, wanted: readonly unknown[]): boolean {
  if (key.length !== wanted.length) return false;
  for (let i = 0; i < key.length; i++) if (!Object.is(key[i], wanted[i])) return false;
  for (const { read, value } of guards) if (!Object.is(read(), value)) return false;
  for (const [variable, flag] of flags) if (variable.node.requiresGrad !== flag) return false;
  return true;
}

function run(trace: Trace, tensors: readonly Tensor[], backend: Backend): unknown {
  let outputs: readonly Storage[] = [];
  if (trace.changed.length === 0) outputs = replay(trace, tensors, backend);
  else {
    replacing(() => {
      settleAll(); // what is kept, or recorded as a variable's next value, needs the values of now
      outputs = replay(trace, tensors, backend);
      const results = outputs.length - trace.changed.length;
      for (let i = 0; i < trace.changed.length; i++) settle(trace.changed[i]!, outputs[results + i]!, false);
    });
  }
  return mapTensors(trace.result, (x) => {
    const { leaf } = x as Leaf;
    if (leaf.kind === 'constant') return leaf.value;
    if (leaf.kind === 'argument') return tensors[leaf.index];
    const { shape, dtype } = trace.shapes[leaf.index]!;
    const node = new Node(state.nextId++, 'buffer', [], NO_ATTRS, shape, dtype, false);
    node.storage = outputs[leaf.index];
    return new Tensor(node);
  });
}

/** Runs the plan; the storages of all targets. */
function replay(trace: Trace, tensors: readonly Tensor[], backend: Backend): Storage[] {
  const { entry, captured, generators, inputs, outputs, recording } = trace;
  for (const variable of captured) {
    if (!variable.node.storage) settleAll();
    if (!variable.node.storage) realise([variable.node]);
  }
  const draws = generators.map((generator) => generator.next());
  const storageOf = (source: Source): Storage => {
    switch (source.from) {
      case 'argument':
        return tensors[source.index]!.node.storage!;
      case 'variable':
        return source.variable.node.storage!;
      case 'draw':
        return { dtype: 'uint32', length: 3, host: draws[source.index], backend: undefined };
      case 'constant':
        return source.storage;
    }
  };
  const found = runPlan(entry, inputs.map(storageOf), backend, recording);
  return outputs.map((output) => (typeof output === 'number' ? found[output]! : storageOf(output)));
}
