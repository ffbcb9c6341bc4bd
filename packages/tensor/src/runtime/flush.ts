/**
 * Flushing: turning recorded nodes into values.
 *
 * A flush computes its targets and, with them, every kept value and every lazily updated variable. The plan is looked up
 * by the structure of the graph; the backend runs it and hands back storages.
 */
import type { Backend, Storage } from '../backend';
import { BackendError, StaleValueError } from '../errors';
import { NO_ATTRS, Node, type VariableCell } from '../graph/node';
import { valueNode } from '../graph/record';
import { planFor, type PlanEntry, type Target } from '../plan/cache';
import { collect, isView, type Graph } from '../plan/walk';
import { show } from '../shape';
import { currentBackend, state } from './state';
import { runPlan } from './watch';

/** Above this many remembered reads, those of collected values are dropped. */
const MAX_READ = 1024;

/** One new value of a variable. */
export interface Assignment {
  readonly variable: VariableCell;
  readonly value: Node;
}

/**
 * Computes the values of `nodes`. With gradients recorded, the intermediates that a later backward pass will want are
 * kept too, so that reading a loss before `backward` costs no second forward pass.
 */
export function realise(nodes: readonly Node[]): void {
  execute(nodes, [], true);
}

/**
 * Gives variables new values, all at once. What was kept and still needs the old values is computed in the same plan;
 * after it the old values are gone, and unread results that depend on them can no longer be computed.
 */
export function assign(assignments: readonly Assignment[]): void {
  if (state.tracing) for (const { variable, value } of assignments) recordUpdate(variable, value);
  else {
    replacing(() => {
      execute([], assignments, false);
    });
  }
}

/** Records a new value of a variable, for the next flush to compute. */
export function recordUpdate(variable: VariableCell, value: Node): void {
  variable.node = valueNode(value, variable, variable.node.requiresGrad);
  state.updated.add(variable);
}

/** Does what replaces the values of variables, then lets go of kept graphs that need the old ones. */
export function replacing(replace: () => void): void {
  const kept = [...state.kept, ...state.read.flatMap((ref) => ref.deref() ?? [])];
  replace();
  state.read = [];
  // Where parameters in their graphs have changed no gradient can be taken any more.
  for (const node of kept) if (!node.variable && dependsOnOldValue(node)) cut(node);
}

/** Computes what is kept and what variables are to become, and nothing else. */
export function settleAll(): void {
  if (state.kept.size > 0 || state.updated.size > 0) execute([], [], false);
}

function dependsOnOldValue(root: Node): boolean {
  const seen = new Set([root]);
  for (const node of seen) {
    if (node.overwritten) return true;
    for (const input of node.inputs) if (input.requiresGrad) seen.add(input);
  }
  return false;
}

/** Computes the values given to `keep` and nothing else, before another backend takes over. */
export function computeKept(): void {
  const roots = [...state.kept].filter((node) => !node.storage);
  state.kept = new Set();
  if (roots.length === 0) return;
  const targets = roots.map((node) => ({ node, resident: false }));
  finish(roots, compute(collect(roots), targets, currentBackend()));
}

/** Computes everything pending that nothing else uses; called when too much was recorded without a read. */
export function flushPending(): void {
  if (!state.backend || state.tracing) return; // recording may go on; the first read will report the missing backend
  const roots = state.pending.filter((node) => node.consumers === 0);
  const isStale = (graph: Graph): boolean => graph.leaves.some((leaf) => leaf.overwritten);
  // Values that cannot be computed are reported when they are read, not by whatever happens to be recorded now.
  try {
    realise(isStale(collect(roots)) ? roots.filter((root) => !isStale(collect([root]))) : roots);
  } catch {
    state.pending = [];
    state.pendingBytes = 0;
  }
}

/** What a flush has to compute. `computed` and then `assigned` give the order of the targets. */
export interface FlushRequest {
  readonly graph: Graph;
  readonly computed: readonly Node[];
  readonly assigned: readonly Assignment[];
  readonly targets: readonly Target[];
}

/** What reading `nodes` and giving variables new values takes. */
export function request(nodes: readonly Node[], assignments: readonly Assignment[], saveForBackward: boolean): FlushRequest {
  const roots = [...new Set([...nodes, ...state.kept])].filter(
    (node) => !node.storage && !(node.variable && state.updated.has(node.variable)),
  );
  const given = new Set(assignments.map((a) => a.variable));
  const assigned = [...assignments];
  for (const variable of state.updated) if (!given.has(variable)) assigned.push({ variable, value: variable.node });
  const wanted = [...roots, ...assigned.map((a) => a.value)];
  let graph = collect(wanted);
  const ofLoops = saveForBackward ? graph.order.filter((node) => node.op === 'repeat').flatMap(insideLoop) : [];
  if (ofLoops.length > 0) graph = collect([...wanted, ...ofLoops]);
  const saved = saveForBackward ? intermediates(graph, roots) : [];
  const computed = [...roots, ...saved];
  const targets: Target[] = [
    ...roots.map((node) => ({ node, resident: false })),
    ...saved.map((node) => ({ node, resident: false, saved: true })),
    ...assigned.map(({ variable, value }) => ({ node: value, resident: true, replaces: variable })),
  ];
  return { graph, computed, assigned, targets };
}

function execute(nodes: readonly Node[], assignments: readonly Assignment[], saveForBackward: boolean): void {
  const backend = currentBackend();
  const { graph, computed, assigned, targets } = request(nodes, assignments, saveForBackward);
  const storages = compute(graph, targets, backend);
  if (saveForBackward) noteRead();
  finish(computed, storages);
  assigned.forEach(({ variable }, i) => {
    settle(variable, storages[computed.length + i]!, i >= assignments.length);
  });
  state.pending = [];
  state.pendingBytes = 0;
  state.kept = new Set();
  state.updated.clear();
}

/**
 * Remembers kept values that a read computes, weakly: their graphs stay useful until the next update of the parameters, and
 * must go then even if the value itself is collected in an array.
 */
function noteRead(): void {
  for (const node of state.kept) if (node.requiresGrad) state.read.push(new WeakRef(node));
  if (state.read.length > MAX_READ) state.read = state.read.filter((ref) => ref.deref() !== undefined);
}

/** Gives nodes their computed elements. */
function finish(nodes: readonly Node[], storages: readonly Storage[]): void {
  nodes.forEach((node, i) => {
    node.storage = storages[i]!;
    if (!node.requiresGrad) cut(node);
  });
}

/** Checks, plans and runs. When that fails, what was kept or half updated is let go, so that the failure does not repeat at every read. */
function compute(graph: Graph, targets: readonly Target[], backend: Backend): Storage[] {
  try {
    const entry = planOf(graph, targets, backend);
    const { inputs, results } = entry;
    const given = inputs.map((i) => graph.leaves[i]!.storage!);
    const outputs = runPlan(entry, given, backend, { graph, targets });
    return results.map((r): Storage => (r.from === 'leaf' ? graph.leaves[r.index]!.storage! : outputs[r.index]!));
  } catch (error) {
    state.kept = new Set();
    // A variable that never had a value keeps its expression; it is computed, or fails, when it is used.
    for (const variable of state.updated) variable.node = variable.settled;
    state.updated.clear();
    throw error;
  }
}

/** The plan of a graph whose leaves all have their elements. */
export function planOf(graph: Graph, targets: readonly Target[], backend: Backend): PlanEntry {
  for (const leaf of graph.leaves) checkLeaf(leaf, backend);
  return planFor(graph, targets, backend);
}

export function checkLeaf(leaf: Node, backend: Backend): void {
  if (leaf.overwritten && !leaf.variable) {
    throw new StaleValueError(
      `A tensor of shape ${show(leaf.shape)} belongs to the recording of a compiled function or of the body of scan, where it has no value. ` +
        'Only what the function returns can be read, and outside of it: return this value too.',
    );
  }
  if (leaf.overwritten) {
    throw new StaleValueError(
      `This value was recorded with a parameter of shape ${show(leaf.shape)} that has been updated since, and it was never read. ` +
        'Read it before the update, or call keep(value) before optimizer.step so that the step computes it too.',
    );
  }
  const home = leaf.storage!.backend;
  if (home && home !== backend) {
    throw new BackendError(
      `A tensor of shape ${show(leaf.shape)} was computed on backend '${home.name}', but '${backend.name}' is in use now. ` +
        'Move it first: t = await t.to(backend).',
    );
  }
}

/** What the backward pass of the roots may want: every computed value on the way from a parameter to a root. */
function intermediates(graph: Graph, roots: readonly Node[]): Node[] {
  const isRoot = new Set(roots);
  return graph.order.filter((node) => node.requiresGrad && node.op !== 'repeat' && !isView(node) && !isRoot.has(node));
}

/** The same for what lies within a loop. */
function insideLoop(node: Node): Node[] {
  return node.op === 'repeat' && node.requiresGrad ? (node as Node<'repeat'>).attrs.loop.saved(node as Node<'repeat'>) : [];
}

/** Forgets how a value was made, so that its graph can be collected. */
function cut(node: Node): void {
  node.op = 'buffer';
  node.inputs = [];
  node.attrs = NO_ATTRS;
  node.requiresGrad = false;
}

/** Gives a variable its computed value. A recorded update keeps its node, so that graphs recorded on it stay valid. */
export function settle(variable: VariableCell, storage: Storage, recorded: boolean): void {
  const { shape, dtype, requiresGrad } = variable.node;
  const stale = [variable.settled];
  if (!recorded) {
    if (variable.node !== variable.settled) stale.push(variable.node);
    variable.node = new Node(state.nextId++, 'buffer', [], NO_ATTRS, shape, dtype, requiresGrad);
    variable.node.variable = variable;
  } else {
    cut(variable.node);
    variable.node.requiresGrad = requiresGrad;
  }
  for (const node of stale) {
    if (node === variable.node) continue;
    node.overwritten = true;
    if (node.storage && !node.storage.host) node.storage.backend?.free(node.storage);
    node.storage = undefined;
  }
  variable.node.storage = storage;
  variable.settled = variable.node;
  variable.version++;
}
