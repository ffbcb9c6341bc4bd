/** A loop as its trips one after another: for backends that cannot repeat kernels, and to compare with. */
import type { Node } from '../graph/node';
import type { OpAttrs } from '../graph/ops';
import { record } from '../graph/record';
import { Tensor } from '../tensor';
import { select, stack } from '../ops/movement';

/** What result number `index` is when every trip is recorded on its own. */
export function unrolled(repeat: Node<'repeat'>, index: number): Tensor {
  const { attrs } = repeat;
  const { ys } = attrs.loop;
  if (attrs.unrolled?.ys !== ys.length) attrs.unrolled = { ys: ys.length, results: allTrips(repeat) };
  return attrs.unrolled.results[index]!;
}

function allTrips(repeat: Node<'repeat'>): Tensor[] {
  const { carries, xs, captured, order, ys, length, reverse } = repeat.attrs.loop;
  const tensors = repeat.inputs.map((input) => new Tensor(input));
  const slices = tensors.slice(carries.length, carries.length + xs.length);
  const states = carries.map((_, i) => [tensors[i]!]);
  const stacks = ys.map((): Tensor[] => []);
  for (let trip = 0; trip < length; trip++) {
    const now = new Map<Node, Node>(captured.map((node, i) => [node, repeat.inputs[carries.length + xs.length + i]!]));
    carries.forEach(({ seen }, i) => now.set(seen, states[i]![trip]!.node));
    xs.forEach(({ seen }, i) => now.set(seen, select(slices[i]!, 0, reverse ? length - 1 - trip : trip).node));
    for (const node of order) now.set(node, again(node, now));
    carries.forEach(({ next }, i) => states[i]!.push(new Tensor(now.get(next)!)));
    ys.forEach((y, i) => stacks[i]!.push(new Tensor(now.get(y)!)));
  }
  return [...states, ...stacks].map((list) => stack(reverse ? list.reverse() : list));
}

/** The node on other inputs. */
function again(node: Node, now: ReadonlyMap<Node, Node>): Node {
  if (node.inputs.length === 0) return node;
  const inputs = node.inputs.map((input) => now.get(input) ?? input);
  if (node.op !== 'repeat') return record(node.op, inputs, node.attrs as OpAttrs['sum'], node.row);
  return record('repeat', inputs, { loop: (node as Node<'repeat'>).attrs.loop, results: [] });
}
