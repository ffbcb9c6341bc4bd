/**
 * Loops as nodes. A node `repeat` stands for all trips of a loop, nodes `repeatResult` name what it leaves behind: the states
 * of each carry, [trips + 1, ...], and values of the body stacked over the trips.
 *
 * The body is recorded once, between placeholders. A loop does not copy it but says where it ends: `seen` nodes are what
 * changes from trip to trip, `captured` nodes belong to the graph outside. So the backward loop can use the same nodes as
 * the forward one and only draw the border elsewhere.
 *
 * What a loop needs for planning and differentiation hangs on the loop itself (`lower`, `gradient`, `unroll`), so programs
 * without loops do not carry it.
 */
import { isFloat, type DType } from '../dtype';
import { NO_ATTRS, Node } from '../graph/node';
import { record } from '../graph/record';
import { appendNode, type Values } from '../plan/key';
import { isIdentity, isView } from '../plan/walk';
import { lowerLoop } from '../plan/lower-repeat';
import { state } from '../runtime/state';
import { sameShape, type Shape } from '../shape';
import { Tensor } from '../tensor';
import { expand, narrow, permute, reshape, select } from '../ops/movement';
import { loopGradient, savedValues } from './gradient';
import { unrolled } from './unroll';

/** A value carried from trip to trip: what the body sees, what the first trip starts from, what the body makes of it. */
export interface Carry {
  readonly seen: Node;
  readonly init: Node;
  readonly next: Node;
}

/** A value of which every trip sees one slice along axis 0. */
export interface Sliced {
  readonly seen: Node;
  readonly all: Node;
}

export interface LoopSpec {
  readonly length: number;
  readonly reverse: boolean;
  readonly carries: readonly Carry[];
  readonly xs: readonly Sliced[];
  /** More nodes of the body that may be wanted stacked. */
  readonly within: readonly Node[];
  /** Nodes recorded from this one on are part of the body, where they depend on the trip. */
  readonly since: number;
  /** More nodes that change from trip to trip, and for those that are not computed again what they are slices of. */
  readonly varying?: readonly Node[];
  stacked?(node: Node): Node | undefined;
}

export class Loop {
  readonly length: number;
  readonly reverse: boolean;
  readonly carries: readonly Carry[];
  readonly xs: readonly Sliced[];
  readonly captured: readonly Node[];
  /** Nodes whose values are wanted stacked; a backward pass appends more. */
  readonly ys: Node[] = [];
  readonly since: number;
  /** Whether a node changes from trip to trip. */
  readonly varies: (node: Node) => boolean;
  readonly lower = lowerLoop;
  readonly gradient = loopGradient;
  readonly saved = savedValues;
  readonly unroll = unrolled;
  /** The nodes of the body with their places in it. */
  readonly places: ReadonlyMap<Node, number>;
  readonly order: readonly Node[];
  private readonly structure: readonly unknown[];

  constructor(spec: LoopSpec) {
    ({ length: this.length, reverse: this.reverse, carries: this.carries, since: this.since } = spec);
    const own = [...spec.carries, ...spec.xs].map(({ seen }) => seen);
    this.varies = dependence([...own, ...(spec.varying ?? [])]);
    const inside = new Set<Node>();
    const met = new Set(own);
    const xs = [...spec.xs];
    const captured: Node[] = [];
    const stack = [...spec.carries.map(({ next }) => next), ...spec.within];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (met.has(node)) continue;
      met.add(node);
      const all = this.varies(node) ? spec.stacked?.(node) : undefined;
      if (all) xs.push({ seen: node, all });
      else if (this.varies(node) || this.staysInside(node)) {
        inside.add(node);
        stack.push(...node.inputs);
      } else captured.push(node);
    }
    this.xs = xs;
    this.captured = captured; // as the body reaches them: ids of variables depend on the order of assignments
    this.order = [...inside].sort(byId);
    this.settleFlags();
    this.structure = this.describe();
    const all = [...own, ...xs.map(({ seen }) => seen), ...this.captured, ...this.order];
    this.places = new Map(all.map((node) => [node, node.place]));
  }

  /** Everything about the loop that its plan depends on, as plain values. */
  appendKey(values: Values): void {
    for (const value of this.structure) values.push(value);
    values.push(this.ys.length);
    for (const node of this.ys) values.push(this.places.get(node));
  }

  /** Whether gradients flow through result number `index`. */
  differentiable(index: number): boolean {
    const n = this.carries.length;
    return index < n ? this.carries[index]!.seen.requiresGrad : this.ys[index - n]!.requiresGrad;
  }

  /** Literals, and views of outer values that were recorded in the body: better than a copy of them made outside. */
  private staysInside(node: Node): boolean {
    if (node.op === 'constant') return !node.storage;
    // An expansion to the same shape is a mark for gradients.
    const mark = node.op === 'expand' && sameShape(node.shape, node.inputs[0]!.shape);
    return node.id >= this.since && !node.storage && !node.variable && !mark && isView(node) && !isIdentity(node);
  }

  /** Placeholders of carries were recorded as if gradients flowed through them; which do shows only now. */
  private settleFlags(): void {
    if (!state.gradients) return;
    const flagged = this.order.filter((node) => node.requiresGrad && node.id >= this.since && !node.variable);
    for (const { seen, init } of this.carries) seen.requiresGrad = init.requiresGrad;
    for (let settled = false; !settled; ) {
      settled = true;
      for (const node of flagged) node.requiresGrad = node.inputs.some((input) => input.requiresGrad);
      for (const { seen, next } of this.carries) {
        if (seen.requiresGrad || !next.requiresGrad) continue;
        seen.requiresGrad = true;
        settled = false;
      }
    }
  }

  private describe(): unknown[] {
    let place = 0;
    const values: unknown[] = [this.length, this.reverse, this.carries.length, this.xs.length, this.captured.length];
    for (const node of [...this.carries.map(({ seen }) => seen), ...this.xs.map(({ seen }) => seen), ...this.captured]) {
      node.place = place++;
      values.push(node.dtype, node.shape.length, ...node.shape);
    }
    for (const node of this.order) {
      node.place = place++;
      appendNode(values, node);
    }
    for (const { next } of this.carries) values.push(next.place);
    return values;
  }
}

function byId(a: Node, b: Node): number {
  return a.id - b.id;
}

/** Tells whether a node depends on any of the `roots`; remembers what it found. */
export function dependence(roots: readonly Node[]): (node: Node) => boolean {
  const known = new Map<Node, boolean>();
  let oldest = Infinity;
  for (const root of roots) {
    known.set(root, true);
    oldest = Math.min(oldest, root.id);
  }
  return (asked) => {
    const stack = [asked];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      if (known.has(node)) stack.pop();
      else if (node.id < oldest || node.storage || node.overwritten) known.set(node, false);
      else {
        const open = node.inputs.filter((input) => !known.has(input));
        if (open.length > 0) stack.push(...open);
        else known.set(node, node.inputs.some((input) => known.get(input)));
      }
    }
    return known.get(asked)!;
  };
}

/** What a body sees in place of a value that it is given anew in every trip. */
export function placeholder(shape: Shape, dtype: DType, requiresGrad: boolean): Node {
  const node = new Node(state.nextId++, 'buffer', [], NO_ATTRS, shape, dtype, requiresGrad && state.gradients && isFloat(dtype));
  node.overwritten = true; // it has no value that could be read or computed
  return node;
}

/** Records a body: what `fn` records is not pending, and what it wants kept is not. */
export function recordingBody<T>(fn: () => T): T {
  const { pending, kept } = state;
  state.pending = [];
  state.kept = new Set();
  try {
    return fn();
  } finally {
    state.pending = pending;
    state.kept = kept;
  }
}

/** Records a loop. */
export function recordLoop(spec: LoopSpec): Node<'repeat'> {
  const loop = new Loop(spec);
  const inputs = [...loop.carries.map(({ init }) => init), ...loop.xs.map(({ all }) => all), ...loop.captured];
  return record('repeat', inputs, { loop, results: [] }) as Node<'repeat'>;
}

/** A result of a loop: the states of carry `index`, or of what comes after the carries. */
export function loopResult(repeat: Node<'repeat'>, index: number): Tensor {
  const { loop, results } = repeat.attrs;
  const n = loop.carries.length;
  const { shape, dtype } = index < n ? loop.carries[index]!.seen : loop.ys[index - n]!;
  const whole = [loop.length + (index < n ? 1 : 0), ...shape];
  const node = (results[index] ??= record('repeatResult', [repeat], { index, shape: whole, dtype }));
  // The node may have been recorded for somebody who needs no gradients.
  node.requiresGrad = (node.requiresGrad || state.gradients) && repeat.requiresGrad && isFloat(dtype) && loop.differentiable(index);
  return new Tensor(node);
}

/** The values of a carry before every trip, after every trip, or after the last one. Trips are numbered as the slices of xs. */
export function carried(repeat: Node<'repeat'>, index: number, when: 'before' | 'after' | 'last'): Tensor {
  const { length, reverse } = repeat.attrs.loop;
  const all = loopResult(repeat, index);
  if (when === 'last') return select(all, 0, reverse ? 0 : length);
  return narrow(all, 0, (when === 'after') === reverse ? 0 : 1, length);
}

/** The values that a node of the body has in all trips, stacked along a new axis 0; without a copy where there is a way. */
export function stackOf(repeat: Node<'repeat'>, node: Node): Tensor {
  const { loop } = repeat.attrs;
  const known = borderOf(repeat, node);
  if (known) return known;
  if (!loop.ys.includes(node)) {
    const [source] = node.inputs;
    if (node.op === 'reshape') return reshape(stackOf(repeat, source!), [loop.length, ...node.shape]);
    if (node.op === 'permute') {
      const { axes } = (node as Node<'permute'>).attrs;
      return permute(stackOf(repeat, source!), [0, ...axes.map((axis) => axis + 1)]);
    }
    loop.ys.push(node);
  }
  return loopResult(repeat, loop.carries.length + loop.ys.indexOf(node));
}

/** The same for nodes that are stacked anyway: carries, slices, values that do not change, and those asked for before. */
export function borderOf(repeat: Node<'repeat'>, node: Node): Tensor | undefined {
  const { loop } = repeat.attrs;
  const { carries, xs, length } = loop;
  const seen = carries.findIndex((carry) => carry.seen === node);
  if (seen >= 0) return carried(repeat, seen, 'before');
  const slice = xs.findIndex((x) => x.seen === node);
  if (slice >= 0) return new Tensor(repeat.inputs[carries.length + slice]!);
  if (!loop.varies(node)) {
    return expand(reshape(new Tensor(node), [1, ...node.shape]), [length, ...node.shape]);
  }
  const next = carries.findIndex((carry) => carry.next === node);
  return next >= 0 ? carried(repeat, next, 'after') : undefined;
}
