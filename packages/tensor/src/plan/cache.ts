/** The plan cache: graphs of the same structure share a plan. */
import type { Backend } from '../backend';
import type { Node, VariableCell } from '../graph/node';
import { lower } from './lower';
import type { Plan } from './plan';
import { describe, type Key } from './key';
import type { Graph } from './walk';

/** A value wanted from a plan. Resident ones get an array of their own that the backend may keep on its side. */
export interface Target {
  readonly node: Node;
  readonly resident: boolean;
  /** The variable that this is the new value of. */
  readonly replaces?: VariableCell;
  /** Kept for a later backward pass; nobody has asked for it yet. */
  readonly saved?: boolean;
}

export interface PlanEntry {
  readonly plan: Plan;
  /** The leaf that fills each plan input. */
  readonly inputs: readonly number[];
  /** Where each target's storage comes from. */
  readonly results: readonly { readonly from: 'leaf' | 'output'; readonly index: number }[];
  /** For each kernel the nodes it computes, as places in `graph.order`; empty for copies that the planner added. */
  readonly origins: readonly (readonly number[])[];
}

const MAX_PLANS = 64;

interface Cached {
  readonly hash: number;
  readonly key: Key;
  readonly entry: PlanEntry;
  /** Rises with every use. */
  used: number;
}

/** Plans by the hash of their key. Two keys with one hash replace each other. */
const plansOf = new WeakMap<Backend, Map<number, Cached>>();
let uses = 0;

/** The plan that computes `targets`, from the cache when a graph of the same structure was planned before. */
export function planFor(graph: Graph, targets: readonly Target[], backend: Backend): PlanEntry {
  let plans = plansOf.get(backend);
  if (!plans) plansOf.set(backend, (plans = new Map<number, Cached>()));
  const description = describe(graph, targets);
  const { hash } = description;
  let cached = plans.get(hash);
  if (!cached || !description.matches(cached.key)) {
    const key = description.copy();
    const entry = lower(graph, targets, backend);
    // The plan is dropped also where the backend does not want to know.
    const dropped = cached ? cached.entry.plan : plans.size >= MAX_PLANS ? dropOldest(plans) : undefined;
    if (dropped) backend.forget?.(dropped);
    cached = { hash, key, entry, used: 0 };
    plans.set(hash, cached);
  }
  // A count, and not the order of the map: taking out and putting in at every step would make the map rebuild its table over
  // and over, and V8 keeps the old tables until a full collection.
  cached.used = ++uses;
  return cached.entry;
}

/** How many plans are kept for a backend. */
export function cachedPlans(backend: Backend): number {
  return plansOf.get(backend)?.size ?? 0;
}

function dropOldest(plans: Map<number, Cached>): Plan {
  let oldest: Cached | undefined;
  for (const cached of plans.values()) if (!oldest || cached.used < oldest.used) oldest = cached;
  plans.delete(oldest!.hash);
  return oldest!.entry.plan;
}
