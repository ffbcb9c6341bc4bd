/**
 * Recording a function without running anything.
 *
 * Responsible for: a state of its own while the function runs, so that nothing of it reaches the surrounding program, and
 * noting what the recording depends on. Not responsible for: planning and running; compile.ts does that.
 */
import type { Backend, Storage } from '../backend';
import type { DType } from '../dtype';
import { ArgumentError } from '../errors';
import { NO_ATTRS, Node, type VariableCell } from '../graph/node';
import type { Generator } from '../random/generator';
import { checkLeaf, realise } from '../runtime/flush';
import { currentBackend, PendingUpdates, state, type Tracing } from '../runtime/state';
import { collect, valueInputs, type Graph } from '../plan/walk';
import type { Target } from '../plan/cache';
import { show, sizeOf, type Shape } from '../shape';
import { isTensor, Tensor } from '../tensor';
import { isInput, mapTensors } from './structure';

/** Where a value that a recording starts from comes from at every call. */
export type Source =
  | { readonly from: 'argument'; readonly index: number }
  | { readonly from: 'draw'; readonly index: number }
  | { readonly from: 'variable'; readonly variable: VariableCell }
  | { readonly from: 'constant'; readonly storage: Storage };

/** How a call's result is put together from what a plan computed. */
export type ResultLeaf =
  | { readonly kind: 'target'; readonly index: number }
  | { readonly kind: 'argument'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: unknown };

/** What a function did when it was called once. */
export interface Recording {
  readonly graph: Graph;
  /** The results that must be computed, then the new values of `changed`. */
  readonly targets: readonly Target[];
  /** For every leaf of the graph. */
  readonly sources: readonly Source[];
  readonly changed: readonly VariableCell[];
  readonly generators: readonly Generator[];
  /** What the function returned, with a `Leaf` in the place of everything that is neither array nor plain object. */
  readonly result: unknown;
  readonly guards: readonly Guard[];
  /** The requires-grad flags of all variables involved, as they were before. */
  readonly flags: readonly (readonly [VariableCell, boolean])[];
  readonly standIns: readonly Node[];
}

export interface Guard {
  readonly read: () => unknown;
  readonly value: unknown;
  readonly name: string;
}

/** A place in the structure that a compiled function returns. */
export class Leaf {
  constructor(readonly leaf: ResultLeaf) {}
}

/** Calls `fn` with stand-ins for the tensors in `args` and returns what it recorded. All state is then as before. */
export function recordFunction(fn: (...args: never[]) => unknown, args: readonly unknown[]): Recording {
  const tracer = new Tracer();
  const draft = tracer.run(fn, args);
  if (tracer.made > 0) {
    // Made on the first call only, as an optimiser does for a parameter that it did not know? Then they are there now.
    const again = new Tracer();
    const second = again.run(fn, args);
    if (again.made > 0) {
      throw new ArgumentError('compile: the function makes new variables or parameters at every call. Make them once, outside of it, and use them inside.');
    }
    return second;
  }
  return draft;
}

/** Ends a recording that has been planned: whatever of it the function left elsewhere is an error to use. */
export function close({ standIns }: Recording): void {
  for (const node of standIns) {
    node.storage = undefined;
    node.overwritten = true;
  }
}

class Tracer implements Tracing {
  /** Variables made while recording. */
  made = 0;
  private readonly first = state.nextId;
  private readonly standIns = new Map<Node, Source>();
  private readonly draws = new Map<Uint32Array, Node>();
  private arguments = 0;
  private readonly generators: Generator[] = [];
  private readonly guards = new Map<() => unknown, Guard>();
  private readonly flags = new Map<VariableCell, boolean>();
  /** The first error that the function may have swallowed. */
  private failure: Error | undefined;
  private readonly refusing: Backend;

  constructor() {
    const refuse = (): never => {
      throw (this.failure ??= new ArgumentError(
        'compile: the function reads a value (data, array, item, dataSync ...) while it is being recorded, when there are no values yet. ' +
          'Return the tensor and read it outside: const loss = step(x); await loss.item(). ' +
          'nonzero, unique, maskedSelect and maskedRows read too, because the shape of their result depends on the data: ' +
          'call them outside, or use where() instead.',
      ));
    };
    const read = (): Promise<never> => {
      try {
        return refuse();
      } catch {
        // The recording reports it. A rejected promise that nobody awaits would end the program.
        return new Promise<never>(() => undefined);
      }
    };
    this.refusing = { name: 'compile', read, readSync: refuse } as unknown as Backend;
  }

  guard(read: () => unknown, name: string): void {
    if (!this.guards.has(read)) this.guards.set(read, { read, value: read(), name });
  }

  read({ storage, variable, shape, dtype }: Node): Storage {
    return storage && !variable ? storage : this.unknown(shape, dtype);
  }

  draw(generator: Generator): Uint32Array {
    const words = new Uint32Array(3);
    this.draws.set(words, this.standIn([3], 'uint32', false, { from: 'draw', index: this.generators.push(generator) - 1 }));
    return words;
  }

  drawn(words: Uint32Array): Node | undefined {
    return this.draws.get(words);
  }

  seeding(): void {
    throw new ArgumentError('compile: the function seeds or restores a generator, which would happen only once, while it is recorded. Do it outside.');
  }

  created(variable: VariableCell): void {
    const { storage, shape } = variable.node;
    if (!storage?.host) {
      throw new ArgumentError(
        `compile: the function makes a variable of shape ${show(shape)} from a computed value. Make variables outside and use them inside.`,
      );
    }
    this.made++;
  }

  flagging(variable: VariableCell): void {
    if (!this.flags.has(variable)) this.flags.set(variable, variable.node.requiresGrad);
  }

  run(fn: (...args: never[]) => unknown, args: readonly unknown[]): Recording {
    const before = { ...state };
    const fresh = { pending: [], pendingBytes: 0, kept: new Set<Node>(), read: [], updated: new PendingUpdates() };
    Object.assign(state, fresh, { tracing: this, drawn: undefined, toRepeat: undefined });
    let draft: Draft;
    let completed = false;
    try {
      const value: unknown = fn(...(mapTensors(args, (x) => (isInput(x) ? this.argument(x) : x)) as never[]));
      if (value instanceof Promise) {
        value.catch(() => undefined); // reported here
        this.failure = new ArgumentError(
          'compile: the function is asynchronous. Make it a plain function that returns tensors, and put every await outside: await step(x).item().',
        );
      }
      if (this.failure) throw this.failure;
      draft = this.draft(value);
      completed = true;
    } finally {
      for (const variable of state.updated) {
        const { requiresGrad } = variable.node;
        this.flagging(variable);
        variable.node = variable.settled;
        variable.node.requiresGrad = requiresGrad;
      }
      if (!completed) for (const [variable, flag] of this.flags) variable.node.requiresGrad = flag;
      Object.assign(state, before, { nextId: state.nextId });
    }
    return this.finish(draft);
  }

  private argument({ node: { shape, dtype, requiresGrad } }: Tensor): Tensor {
    return new Tensor(this.standIn(shape, dtype, requiresGrad, { from: 'argument', index: this.arguments++ }));
  }

  /** A node in the place of one that every call makes anew. */
  private standIn(shape: Shape, dtype: DType, requiresGrad: boolean, source: Source): Node {
    const node = new Node(state.nextId++, 'buffer', [], NO_ATTRS, shape, dtype, requiresGrad);
    node.storage = this.unknown(shape, dtype);
    this.standIns.set(node, source);
    return node;
  }

  private unknown(shape: Shape, dtype: DType): Storage {
    return { dtype, length: sizeOf(shape), host: undefined, backend: this.refusing };
  }

  /** What must be computed, while variables still have the values that the function gave them. */
  private draft(value: unknown): Draft {
    const targets: Target[] = [];
    const result = mapTensors(value, (x): Leaf => {
      if (!isTensor(x)) return new Leaf({ kind: 'constant', value: x });
      const source = this.standIns.get(x.node);
      if (source?.from === 'argument') return new Leaf({ kind: 'argument', index: source.index });
      if (!x.node.variable && (x.node.storage || x.node.id < this.first)) return new Leaf({ kind: 'constant', value: x });
      return new Leaf({ kind: 'target', index: targets.push({ node: x.node, resident: false }) - 1 });
    });
    const changed = [...state.updated].filter((variable) => variable.node !== variable.settled);
    for (const variable of changed) targets.push({ node: variable.node, resident: true, replaces: variable });
    return { targets, result, changed };
  }

  private finish({ targets, result, changed }: Draft): Recording {
    const roots = targets.map(({ node }) => node);
    let graph = collect(roots);
    const outer = this.outer(graph, roots);
    if (outer.length > 0) {
      realise(outer);
      graph = collect(roots);
    }
    const sources = graph.leaves.map((leaf): Source => this.source(leaf));
    for (const variable of [...changed, ...graph.leaves.flatMap((leaf) => leaf.variable ?? [])]) this.flagging(variable);
    const { generators, guards, flags, standIns } = this;
    return {
      graph, targets, sources, changed, generators, result,
      guards: [...guards.values()], flags: [...flags], standIns: [...standIns.keys()],
    };
  }

  /** Values recorded before that have not been computed, where the recording touches them. */
  private outer({ order }: Graph, roots: readonly Node[]): Node[] {
    const found = new Set<Node>();
    if (order.length === 0 || order[0]!.id >= this.first) return []; // they would come first
    for (const node of [...roots, ...order.flatMap((n) => (n.id < this.first ? [] : n.inputs.slice(0, valueInputs(n))))]) {
      if (node.id < this.first && !node.storage && !node.overwritten) found.add(node);
    }
    return [...found];
  }

  private source(leaf: Node): Source {
    const given = this.standIns.get(leaf);
    if (given) return given;
    checkLeaf(leaf, currentBackend());
    return leaf.variable ? { from: 'variable', variable: leaf.variable } : { from: 'constant', storage: leaf.storage! };
  }
}

interface Draft {
  readonly targets: readonly Target[];
  readonly result: unknown;
  readonly changed: readonly VariableCell[];
}
