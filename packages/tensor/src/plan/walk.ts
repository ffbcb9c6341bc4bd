/** Walking the recorded graph without recursion, so that chains of any length work. */
import type { Node } from '../graph/node';
import type { OpName } from '../graph/ops';

/** The pending part of a graph: `order` lists it inputs first, `leaves` are the values it starts from. */
export interface Graph {
  readonly order: readonly Node[];
  readonly leaves: readonly Node[];
}

const IDENTITIES: ReadonlySet<OpName> = new Set<OpName>(['stopGradient', 'customGradient', 'checkpoint']);
const VIEWS: ReadonlySet<OpName> = new Set<OpName>(['reshape', 'permute', 'expand', 'slice', ...IDENTITIES]);

/** Nodes whose value is that of their first input, whatever else they are linked to. */
export function isIdentity(node: Node): boolean {
  return IDENTITIES.has(node.op);
}

/** Nodes that only look at their input in another way and normally need no kernel. */
export function isView(node: Node): boolean {
  return VIEWS.has(node.op);
}

/** The inputs whose values a node needs. */
export function valueInputs(node: Node): readonly Node[] {
  return isIdentity(node) ? node.inputs.slice(0, 1) : node.inputs;
}

/**
 * Everything that must be computed for `roots`. A node that has its elements, or has lost them, is a leaf. Sorting by id
 * puts inputs first, because a node is always recorded after its inputs.
 */
export function collect(roots: readonly Node[]): Graph {
  const order: Node[] = [];
  const leaves: Node[] = [];
  const seen = new Set<Node>(roots);
  const stack = [...seen];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node.storage || node.overwritten) {
      leaves.push(node);
      continue;
    }
    order.push(node);
    for (const input of valueInputs(node)) {
      if (!seen.has(input)) {
        seen.add(input);
        stack.push(input);
      }
    }
  }
  return { order: order.sort(byId), leaves: leaves.sort(byId) };
}

function byId(a: Node, b: Node): number {
  return a.id - b.id;
}
