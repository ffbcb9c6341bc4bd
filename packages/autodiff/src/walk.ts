/**
 * The reverse walk: from outputs to what they depend on, appending the gradient graph as it goes.
 *
 * Nodes are visited by falling id, which is a reverse topological order because a node is recorded after its inputs.
 * Nodes that a checkpoint records while the walk is under way have larger ids and are visited next, as they must.
 */
import { differentiate, GradientError, sameShape, show, Tensor, withGradients, type Node, type OpName } from '@cotangent/tensor';
import { addGradients, dense, RowsGradient, type Gradient } from './rows';
import type { Recorded, SparseRows, Vjp } from './vjp/rule';
import { VJP_TABLE } from './vjp/table';

/** A node with the gradient that arrived at it. */
export type Seed = readonly [Node, Tensor];

/** Where the walk ends and gradients are collected. */
export type IsTarget = (node: Node) => boolean;

/**
 * The gradients of the seeds' outputs at every target that was reached, in the order in which the outputs first used the targets. Ids of
 * targets do not count: those of variables depend on who assigned to them last. With `stops` the walk ends at targets.
 */
export function reverse(seeds: readonly Seed[], isTarget: IsTarget, isUseful: (node: Node) => boolean, stops = false): Map<Node, Gradient> {
  const found = new Map<Node, Gradient>();
  const arrived = new Map<Node, Gradient>();
  const loops = new Map<Node, Map<number, Tensor>>();
  /** Targets in the order of the walk, once for each use. */
  const uses: Node[] = [];
  const queue = new Heap();
  const arrive = (node: Node, gradient: Gradient): void => {
    const before = arrived.get(node);
    if (before === undefined) queue.push(node);
    arrived.set(node, before === undefined ? gradient : addGradients(before, gradient));
  };
  /** Gives gradients to the inputs of a node; the walk goes backwards, so the last input's use is noted first. */
  const arriveAll = (gradients: readonly (readonly [Node, Gradient])[]): void => {
    for (const [input, gradient] of gradients) arrive(input, gradient);
    for (let i = gradients.length - 1; i >= 0; i--) if (isTarget(gradients[i]![0])) uses.push(gradients[i]![0]);
  };
  arriveAll(seeds.filter(([node]) => node.requiresGrad));
  for (let node = queue.pop(); node; node = queue.pop()) {
    const gradient = arrived.get(node)!;
    arrived.delete(node);
    if (isTarget(node)) {
      found.set(node, gradient);
      if (stops) continue;
    }
    if (node.variable) continue; // a variable's value came from elsewhere; its history is not part of the graph
    if (node.op === 'checkpoint') {
      const again = withGradients(true, (node as Node<'checkpoint'>).attrs.recompute);
      if (again.requiresGrad) arriveAll([[again.node, gradient]]);
      continue;
    }
    if (node.op === 'repeatResult') {
      const repeat = node.inputs[0]!;
      let results = loops.get(repeat);
      if (!results) {
        if (!repeat.requiresGrad || !isUseful(repeat)) continue;
        loops.set(repeat, (results = new Map<number, Tensor>()));
        queue.push(repeat);
      }
      results.set((node as Node<'repeatResult'>).attrs.index, dense(gradient));
      continue;
    }
    if (node.op === 'repeat') {
      const repeat = node as Node<'repeat'>;
      const results = differentiate(node, () => repeat.attrs.loop.gradient(repeat, loops.get(repeat)!, isUseful, reverseBody));
      arriveAll(results);
      continue;
    }
    const needs = node.inputs.map((input) => input.requiresGrad && isUseful(input));
    if (!needs.includes(true)) continue;
    const rule = (node.row?.vjp ?? (VJP_TABLE as { [K in OpName]?: Vjp<K> })[node.op]) as Vjp<OpName>;
    const recorded: Recorded<OpName> = {
      inputs: node.inputs.map((input) => new Tensor(input)),
      output: new Tensor(node),
      attrs: node.attrs,
      needs,
    };
    const results = differentiate(node, rule, dense(gradient), recorded);
    arriveAll(node.inputs.flatMap((input, i) => {
      const result = results[i];
      if (!needs[i] || result === undefined) return [];
      checkResult(node, i, result);
      return [[input, result instanceof Tensor ? result : new RowsGradient(result.indices, result.rows, input.shape)]];
    }));
  }
  return new Map([...new Set(uses.reverse())].map((node) => [node, found.get(node)!]));
}

/** The gradients within the body of a loop, at the nodes where the body begins. */
function reverseBody(seeds: readonly Seed[], isTarget: IsTarget, isUseful: (node: Node) => boolean): Map<Node, Tensor> {
  return new Map([...reverse(seeds, isTarget, isUseful, true)].map(([node, gradient]) => [node, dense(gradient)]));
}

/** Rules of users' own may be wrong; a gradient that does not fit would otherwise fail somewhere else. */
function checkResult(node: Node, i: number, result: Tensor | SparseRows): void {
  if (!(result instanceof Tensor)) return;
  const input = node.inputs[i]!;
  if (sameShape(result.shape, input.shape) && result.dtype === input.dtype) return;
  const name = node.op === 'custom' ? (node as Node<'custom'>).attrs.definition.name : node.op;
  const place = node.op === 'customGradient' ? i - 1 : i; // its first input is the value itself
  throw new GradientError(
    `${name}: the gradient rule returned ${result.dtype} ${show(result.shape)} for input ${place}, which is ${input.dtype} ${show(input.shape)}; ` +
      'a gradient has the shape and dtype of its input.',
  );
}

/** Nodes by falling id. */
class Heap {
  private readonly nodes: Node[] = [];

  push(node: Node): void {
    const { nodes } = this;
    let at = nodes.push(node) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (nodes[parent]!.id >= node.id) break;
      nodes[at] = nodes[parent]!;
      at = parent;
    }
    nodes[at] = node;
  }

  pop(): Node | undefined {
    const { nodes } = this;
    const top = nodes[0];
    const last = nodes.pop();
    if (last === undefined || nodes.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= nodes.length) break;
      if (child + 1 < nodes.length && nodes[child + 1]!.id > nodes[child]!.id) child++;
      if (nodes[child]!.id <= last.id) break;
      nodes[at] = nodes[child]!;
      at = child;
    }
    nodes[at] = last;
    return top;
  }
}
