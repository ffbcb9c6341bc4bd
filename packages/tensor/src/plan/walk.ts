/** Walking the recorded graph without recursion, so that chains of any length work. */
import type { Node } from '../graph/node';
import type { OpName } from '../graph/ops';

/** The pending part of a graph: `order` lists it inputs first, `leaves` are the values it starts from. */
export interface Graph {
  readonly order: readonly Node[];
  readonly leaves: readonly Node[];
}

const MOVES: ReadonlySet<OpName> = new Set<OpName>(['reshape', 'permute', 'expand', 'slice']);

/** Nodes whose value is that of their first input, whatever else they are linked to. */
export function isIdentity(node: Node): boolean {
  const { op } = node;
  return op === 'stopGradient' || op === 'customGradient' || op === 'checkpoint';
}

/** Nodes that only look at their input in another way and normally need no kernel. */
export function isView(node: Node): boolean {
  return MOVES.has(node.op) || isIdentity(node);
}

/** How many of its inputs' values a node needs, counted from the first. */
export function valueInputs(node: Node): number {
  return isIdentity(node) ? 1 : node.inputs.length;
}

/** Walks are numbered, so that a node can note the last one that met it; a set of nodes would cost several times as much. */
let lastWalk = 0;

/**
 * Everything that must be computed for `roots`. A node that has its elements, or has lost them, is a leaf. Sorting by id
 * puts inputs first, because a node is always recorded after its inputs; leaves are listed as they are met, so that equal
 * computations list them alike, whenever each was made.
 */
export function collect(roots: readonly Node[]): Graph {
  const walk = ++lastWalk;
  const found: Node[] = [];
  const meet = (node: Node): void => {
    if (node.visited === walk || isLeaf(node)) return;
    node.visited = walk;
    found.push(node);
  };
  for (const root of roots) meet(root);
  // The list grows while it is walked.
  for (let k = 0; k < found.length; k++) {
    const node = found[k]!;
    for (let i = valueInputs(node) - 1; i >= 0; i--) meet(node.inputs[i]!);
  }
  const order = byId(found);
  const leaves: Node[] = [];
  const list = (node: Node): void => {
    if (node.visited === walk) return; // computed, or listed before
    node.visited = walk;
    leaves.push(node);
  };
  for (const node of order) for (let i = 0, count = valueInputs(node); i < count; i++) list(node.inputs[i]!);
  for (const root of roots) list(root);
  return { order, leaves };
}

function isLeaf(node: Node): boolean {
  return node.storage !== undefined || node.overwritten;
}

/** Sorts nodes. What was recorded lately has ids close together, and then each has its place in a short table. */
function byId(nodes: Node[]): Node[] {
  let [low, high] = [Infinity, 0];
  for (const { id } of nodes) {
    if (id < low) low = id;
    if (id > high) high = id;
  }
  if (high - low > 4 * nodes.length) return nodes.sort((a, b) => a.id - b.id);
  const table = new Array<Node | undefined>(nodes.length > 0 ? high - low + 1 : 0).fill(undefined);
  for (const node of nodes) table[node.id - low] = node;
  return table.filter((node) => node !== undefined);
}
