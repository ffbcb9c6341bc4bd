/**
 * The plan cache: graphs of the same structure share a plan.
 *
 * The key spells out every node (op, attributes, shape, dtype, which earlier nodes it uses) and every target, so equal
 * keys mean equal graphs; only the data in the leaves differs.
 */
import type { Backend } from '../backend';
import type { Node } from '../graph/node';
import { lower } from './lower';
import type { Plan } from './plan';
import { isIdentity, valueInputs, type Graph } from './walk';

/** A value wanted from a plan. Resident ones get an array of their own that the backend may keep on its side. */
export interface Target {
  readonly node: Node;
  readonly resident: boolean;
}

export interface PlanEntry {
  readonly plan: Plan;
  /** The leaf that fills each plan input. */
  readonly inputs: readonly number[];
  /** Where each target's storage comes from. */
  readonly results: readonly { readonly from: 'leaf' | 'output'; readonly index: number }[];
}

const MAX_PLANS = 64;
const plansOf = new WeakMap<Backend, Map<string, PlanEntry>>();

/** The plan that computes `targets`, from the cache when a graph of the same structure was planned before. */
export function planFor(graph: Graph, targets: readonly Target[], backend: Backend): PlanEntry {
  let plans = plansOf.get(backend);
  if (!plans) plansOf.set(backend, (plans = new Map<string, PlanEntry>()));
  const key = describe(graph, targets);
  let entry = plans.get(key);
  if (entry) {
    plans.delete(key); // re-inserted below as the youngest
  } else {
    entry = lower(graph, targets, backend);
    if (plans.size >= MAX_PLANS) plans.delete(plans.keys().next().value!);
  }
  plans.set(key, entry);
  return entry;
}

function describe(graph: Graph, targets: readonly Target[]): string {
  const numbers = new Map<Node, number>();
  const parts: string[] = [];
  for (const leaf of graph.leaves) {
    numbers.set(leaf, numbers.size);
    parts.push(`${leaf.variable ? 'v' : 'l'}${leaf.dtype}[${leaf.shape.join()}]`);
  }
  for (const node of graph.order) {
    numbers.set(node, numbers.size);
    const inputs = valueInputs(node).map((input) => numbers.get(input)!);
    parts.push(`${node.op}${isIdentity(node) ? '' : attrsKey(node.attrs)}${node.dtype}[${node.shape.join()}](${inputs.join()})`);
  }
  parts.push(targets.map((t) => `${numbers.get(t.node)!}${t.resident ? 'r' : ''}`).join());
  return parts.join(';');
}

const objectIds = new WeakMap<object, number>();
let lastObjectId = 0;

/** Attributes as text. Functions, typed arrays and other objects with a class count by identity. */
function attrsKey(attrs: unknown): string {
  if (typeof attrs === 'number') return Object.is(attrs, -0) ? '-0' : String(attrs);
  if (typeof attrs === 'function') return `#${objectId(attrs)}`;
  if (typeof attrs === 'string') return JSON.stringify(attrs);
  if (typeof attrs !== 'object' || attrs === null) return String(attrs);
  if (Array.isArray(attrs)) {
    let text = '[';
    for (const item of attrs as readonly unknown[]) text += `${attrsKey(item)},`;
    return `${text}]`;
  }
  if (!isPlain(attrs)) return `#${objectId(attrs)}`;
  let text = '{';
  for (const key in attrs) text += `${key}:${attrsKey((attrs as Record<string, unknown>)[key])},`;
  return `${text}}`;
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

function objectId(value: object): number {
  let id = objectIds.get(value);
  if (id === undefined) objectIds.set(value, (id = ++lastObjectId));
  return id;
}
