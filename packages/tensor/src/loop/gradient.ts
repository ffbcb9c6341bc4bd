/**
 * The gradient of a loop is a loop that runs the other way. Its body is the reverse of the forward body, recorded once. What
 * it needs of the forward body is read from stacked values of the forward loop, or computed again where that is cheap.
 *
 * Gradients of values that all trips share are sums over the trips. Sums of products leave the loop: both factors are stacked,
 * and one contraction over trips and rows does what would be a small product in every trip.
 */
import type { Node } from '../graph/node';
import type { ContractAttrs, OpAttrs, OpName } from '../graph/ops';
import { record } from '../graph/record';
import { contract, plain } from '../ops/contract';
import { zeros } from '../ops/create';
import { scatter } from '../ops/gather';
import { add, mul } from '../ops/math';
import { narrow, reshape, select } from '../ops/movement';
import { sum } from '../ops/reduce';
import { sameShape } from '../shape';
import { Tensor } from '../tensor';
import {
  borderOf, carried, dependence, loopResult, placeholder, recordingBody, recordLoop, stackOf, type Carry, type Loop, type Sliced,
} from './loop';

/** Walks back from nodes with the gradients that arrive there to target nodes, where it stops. */
export type Reverse = (
  seeds: readonly (readonly [Node, Tensor])[],
  isTarget: (node: Node) => boolean,
  isUseful: (node: Node) => boolean,
) => ReadonlyMap<Node, Tensor>;

/** Computed again rather than stacked. All other ops cost more than reading their result. */
const CHEAP = new Set<OpName>([
  'neg', 'abs', 'sign', 'sqrt', 'rsqrt', 'recip', 'floor', 'ceil', 'round', 'trunc', 'not', 'add', 'sub', 'mul', 'div', 'min', 'max',
  'lt', 'le', 'eq', 'ne', 'and', 'or', 'xor', 'shl', 'shr', 'where', 'cast', 'bitcast', 'reshape', 'permute', 'expand', 'slice',
  'stopGradient', 'checkpoint', 'repeat',
]);

/** What the gradient may want of a forward loop that is about to run without it. */
export function savedValues(repeat: Node<'repeat'>): Node[] {
  const { carries, order, varies } = repeat.attrs.loop;
  const nexts = new Set(carries.map(({ next }) => next));
  const costly = order.filter((node) => node.requiresGrad && !CHEAP.has(node.op) && varies(node) && !nexts.has(node));
  const states = carries.flatMap(({ seen }, i) => (seen.requiresGrad ? [loopResult(repeat, i)] : []));
  return [...states, ...costly.map((node) => stackOf(repeat, node))].map(({ node }) => node);
}

/**
 * The gradients of the loop's inputs, given those of its results by their index.
 *
 * @param isWanted whether the gradient of an input is asked for.
 */
export function loopGradient(
  repeat: Node<'repeat'>,
  arrived: ReadonlyMap<number, Tensor>,
  isWanted: (input: Node) => boolean,
  reverse: Reverse,
): (readonly [Node, Tensor])[] {
  const { loop } = repeat.attrs;
  const { length } = loop;
  const n = loop.carries.length;
  const own = new Set([...loop.carries, ...loop.xs].map(({ seen }) => seen));
  const inputOf = new Map(loop.xs.map(({ seen }, j) => [seen, repeat.inputs[n + j]!]));
  loop.captured.forEach((node, k) => inputOf.set(node, repeat.inputs[n + loop.xs.length + k]!));
  const isUseful = (node: Node): boolean => {
    const input = inputOf.get(node);
    return input === undefined || (input.requiresGrad && isWanted(input));
  };

  const xs: Sliced[] = [];
  const slice = (all: Tensor): Tensor => {
    const seen = placeholder(all.shape.slice(1), all.dtype, all.requiresGrad);
    xs.push({ seen, all: all.node });
    return new Tensor(seen);
  };
  const seeds: (readonly [Node, Tensor])[] = [];
  const flows = loop.carries.flatMap(({ seen, next }, index) => {
    if (!seen.requiresGrad) return [];
    const { shape, dtype } = seen;
    const parts = statesGradient(loop, arrived.get(index));
    const grad = placeholder(shape, dtype, true);
    seeds.push([next, new Tensor(grad)]);
    if (parts.after) seeds.push([next, slice(parts.after)]);
    return [{ index, seen, grad, first: parts.first, last: parts.last ?? zeros(shape, { dtype }) }];
  });
  for (const [index, gradient] of arrived) if (index >= n) seeds.push([loop.ys[index - n]!, slice(gradient)]);

  const outer: [Node, () => Tensor][] = [];
  const carries: Carry[] = [];
  const within: Node[] = [];
  recordingBody(() => {
    const inside = new Set(loop.order);
    // What a checkpoint records anew belongs to the body, even where it does not depend on the trip.
    const isOuter = (node: Node): boolean => node.id < repeat.id && !inside.has(node) && !loop.varies(node);
    const found = reverse(seeds, (node) => own.has(node) || isOuter(node), isUseful);
    for (const { seen, grad, last } of flows) {
      carries.push({ seen: grad, init: last.node, next: (found.get(seen) ?? zeros(seen.shape, { dtype: seen.dtype })).node });
    }
    const varies = dependence([...own, ...carries.map(({ seen }) => seen), ...xs.map(({ seen }) => seen)]);
    for (const [node, { node: gradient }] of found) {
      if (!own.has(node)) outer.push([inputOf.get(node) ?? node, total(gradient)]);
      else if (inputOf.has(node)) {
        within.push(gradient);
        outer.push([inputOf.get(node)!, () => stackOf(backward, gradient)]);
      }
    }

    /** The sum of a value of the body over all trips, to be called once the backward loop exists. */
    function total(node: Node): () => Tensor {
      const { op, inputs, attrs } = node;
      if (!varies(node)) return () => mul(new Tensor(node), length);
      const stacked = (x: Node): Tensor => stackOf(backward, x);
      switch (op) {
        case 'contract':
          within.push(...inputs);
          return () => {
            const { sizes, accessA, accessB, out } = attrs as ContractAttrs;
            const [a, b] = inputs as readonly [Node, Node];
            const trip = plain(sizes.length);
            return contract(varies(a) ? stacked(a) : new Tensor(a), varies(b) ? stacked(b) : new Tensor(b), {
              sizes: [...sizes, length],
              accessA: varies(a) ? [trip, ...accessA] : accessA,
              accessB: varies(b) ? [trip, ...accessB] : accessB,
              out,
            });
          };
        case 'sum':
          within.push(inputs[0]!);
          return () => sum(stacked(inputs[0]!), { dim: [0, ...(attrs as OpAttrs['sum']).axes.map((axis) => axis + 1)] });
        case 'scatter': {
          const { axis, mode } = attrs as OpAttrs['scatter'];
          const [base, index, updates] = inputs as readonly [Node, Node, Node];
          if (axis !== 0 || mode !== 'add' || varies(base)) break;
          within.push(index, updates);
          const rows = (x: Node): Tensor => reshape(stacked(x), [length * x.shape[0]!, ...x.shape.slice(1)]);
          return () => scatter(mul(new Tensor(base), length), 0, rows(index), rows(updates), 'add');
        }
        case 'reshape':
        case 'permute':
        case 'expand':
        case 'slice':
        case 'pad':
        case 'neg': {
          const of = total(inputs[0]!);
          return () => new Tensor(record(op, [of().node], attrs as OpAttrs['slice']));
        }
        case 'add': {
          const terms = inputs.map(total);
          return () => add(terms[0]!(), terms[1]!());
        }
      }
      const seen = placeholder(node.shape, node.dtype, true);
      const place = carries.length;
      carries.push({ seen, init: zeros(node.shape, { dtype: node.dtype }).node, next: add(new Tensor(seen), new Tensor(node)).node });
      return () => carried(backward, place, 'last');
    }
  });

  const backward = recordLoop({
    length,
    reverse: !loop.reverse,
    carries,
    xs,
    within,
    since: loop.since,
    varying: [...own],
    stacked: (node) => {
      if (!loop.places.has(node)) return undefined;
      const isStacked = loop.ys.includes(node) || !CHEAP.has(node.op);
      return (borderOf(repeat, node) ?? (isStacked ? stackOf(repeat, node) : undefined))?.node;
    },
  });
  const results = outer.map(([node, gradient]) => [node, gradient()] as const);
  flows.forEach(({ index, first }, i) => {
    const input = repeat.inputs[index]!;
    if (!input.requiresGrad || !isWanted(input)) return;
    results.push([input, plus(first, carried(backward, i, 'last'))]);
  });
  return results;
}

function plus(a: Tensor | undefined, b: Tensor): Tensor {
  return a ? add(a, b) : b;
}

interface StatesGradient {
  /** Of the states after every trip. */
  after?: Tensor;
  /** Of the state after the last trip alone. */
  last?: Tensor;
  /** Of the initial state. */
  first?: Tensor;
}

/** Takes the gradient of all states apart, where it was put together from gradients of the usual slices. */
function statesGradient({ length, reverse }: Loop, gradient: Tensor | undefined): StatesGradient {
  const found: StatesGradient = {};
  const [afterAll, afterLast] = reverse ? [0, 0] : [1, length];
  const stack = gradient ? [gradient.node] : [];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { shape } = node;
    const part = zerosAround(node);
    if (node.op === 'add' && !node.storage && node.inputs.every((x) => sameShape(x.shape, shape))) {
      stack.push(...node.inputs);
    } else if (part?.size === length && part.start === afterAll) {
      found.after = plus(found.after, part.values);
    } else if (part?.size === 1 && part.start === afterLast) {
      found.last = plus(found.last, select(part.values, 0, 0));
    } else {
      const all = new Tensor(node);
      found.after = plus(found.after, narrow(all, 0, afterAll, length));
      found.first = plus(found.first, select(all, 0, reverse ? length : 0));
    }
  }
  return found;
}

/** The values that stand between zeros along axis 0, if that is how a tensor was made. */
function zerosAround(node: Node): { values: Tensor; start: number; size: number } | undefined {
  if (node.op !== 'pad' || node.storage) return undefined;
  const { low, high, value } = node.attrs as OpAttrs['pad'];
  const [input] = node.inputs as readonly [Node];
  const along = value === 0 && low.every((p, i) => i === 0 || (p === 0 && high[i] === 0));
  return along ? { values: new Tensor(input), start: low[0]!, size: input.shape[0]! } : undefined;
}
