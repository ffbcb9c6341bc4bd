/**
 * The structure of a graph as a list of plain values, for looking up plans: every node (op, attributes, shape, dtype, which
 * earlier nodes it uses) and every target. Equal lists mean equal graphs; only the data in the leaves differs.
 */
import { DTYPES } from '../dtype';
import { OP_TABLE } from '../graph/op-table';
import type { Node } from '../graph/node';
import type { OpName } from '../graph/ops';
import type { Target } from './cache';
import { isIdentity, valueInputs, type Graph } from './walk';

export interface Key {
  /** Numbers and strings count by value; functions, typed arrays and other objects with a class by identity. */
  readonly values: readonly unknown[];
  readonly hash: number;
}

const OP_NUMBERS: ReadonlyMap<OpName, number> = new Map((Object.keys(OP_TABLE) as OpName[]).map((op, i) => [op, i]));

export function keyOf(graph: Graph, targets: readonly Target[]): Key {
  const values: unknown[] = [graph.leaves.length, graph.order.length];
  let place = 0;
  for (const leaf of graph.leaves) {
    leaf.place = place++;
    values.push(leaf.variable ? 1 : 0, DTYPES.indexOf(leaf.dtype), leaf.shape.length);
    for (const n of leaf.shape) values.push(n);
  }
  for (const node of graph.order) {
    node.place = place++;
    appendNode(values, node);
  }
  for (const { node, resident } of targets) values.push(resident ? -1 - node.place : node.place);
  return { values, hash: hashOf(values) };
}

/** One node; those it uses have their places already. */
export function appendNode(values: unknown[], node: Node): void {
  values.push(OP_NUMBERS.get(node.op), DTYPES.indexOf(node.dtype), node.shape.length);
  for (const n of node.shape) values.push(n);
  const count = valueInputs(node);
  values.push(count);
  for (let i = 0; i < count; i++) values.push(node.inputs[i]!.place);
  if (node.op === 'repeat') (node as Node<'repeat'>).attrs.loop.appendKey(values);
  else if (!isIdentity(node)) append(values, node.attrs);
}

export function sameKey(a: Key, b: Key): boolean {
  const { length } = a.values;
  if (a.hash !== b.hash || b.values.length !== length) return false;
  for (let i = 0; i < length; i++) if (!Object.is(a.values[i], b.values[i])) return false;
  return true;
}

/** Attributes, with brackets so that no two nestings look alike. */
function append(values: unknown[], value: unknown): void {
  if (Array.isArray(value)) {
    values.push('[', value.length);
    for (const item of value as readonly unknown[]) append(values, item);
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const name in value) {
      values.push(name);
      append(values, (value as Record<string, unknown>)[name]);
    }
    values.push('}');
  } else {
    values.push(value);
  }
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** FNV-1a over the numbers; everything else is left to the comparison. */
function hashOf(values: readonly unknown[]): number {
  let hash = 0x811c9dc5;
  for (const value of values) {
    if (typeof value !== 'number') continue;
    if (Object.is(value, value | 0)) {
      hash = Math.imul(hash ^ value, 0x01000193);
    } else {
      double[0] = value;
      hash = Math.imul(Math.imul(hash ^ words[0]!, 0x01000193) ^ words[1]!, 0x01000193);
    }
  }
  return hash;
}
