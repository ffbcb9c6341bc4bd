/**
 * Lowering: from recorded nodes to a plan. Movement ops become strides of the operands that read them; all other nodes are
 * sorted into clusters (fuse.ts), each cluster becomes a kernel (build.ts), and kernels are put in an order (schedule.ts).
 */
import type { Backend } from '../backend';
import { bytesOf, type DType } from '../dtype';
import { BackendError, DTypeError } from '../errors';
import { Node } from '../graph/node';
import type { OpAttrs, OpName } from '../graph/ops';
import type { Decomposition } from '../ops/decompose';
import { recordAside, state } from '../runtime/state';
import { show, sizeOf } from '../shape';
import { Tensor } from '../tensor';
import { buildCluster } from './build';
import type { PlanEntry, Target } from './cache';
import { donors } from './donate';
import { fuse, groupUpdates } from './fuse';
import type { Kernel, Operand } from './kernel';
import { KERNEL_KINDS } from './lower-ops';
import type { PlannerOptions } from './options';
import type { PlanOutput, Slot } from './plan';
import { inOrder, type Unit } from './schedule';
import { contiguousView, expandView, isWhole, permuteView, reshapeView, sliceView, type View } from './view';
import { collect, isIdentity, type Graph } from './walk';

/** One step on the way from a node's elements to how a reader sees them; undefined where strides cannot express it. */
export type Move = (view: View) => View | undefined;

/** A node seen through strides: `base` owns the elements, `moves` lead from them to `view`. */
export interface Resolved {
  readonly base: Node;
  readonly view: View;
  readonly moves: readonly Move[];
}

/** Plans one graph. Kernel builders use it to name operands and to add slots and kernels. */
export class Lowering {
  /** The kernels of the unit being built. */
  kernels: Kernel[] = [];
  /** Where to note nodes that the unit being built computes again. */
  repeated: Node[] = [];
  /** Nodes that compute something, inputs first. */
  readonly sequence: Node[] = [];
  readonly units: Unit[] = [];
  readonly options: PlannerOptions;
  private readonly slotOf = new Map<Node, number>();
  private readonly resolved = new Map<Node, Resolved>();
  private readonly leafSlots = new Map<Node, number>();
  private readonly bound = new Set<Node>();
  /** The recorded node behind one that the planner made. */
  private readonly standsFor = new Map<Node, Node>();

  constructor(
    readonly backend: Backend,
    readonly slots: Slot[] = [],
  ) {
    const has = (kind: Kernel['kind']): boolean => backend.caps.kernels?.includes(kind) ?? true;
    const { rows, groups } = state.planner;
    this.options = { ...state.planner, rows: rows && has('row'), groups: groups && has('group') };
  }

  addSlot(dtype: DType, length: number): number {
    return this.slots.push({ dtype, length }) - 1;
  }

  /** The type kernels compute in for values of `dtype`. */
  computeType(dtype: DType): DType {
    return this.backend.caps.compute.includes(dtype) ? dtype : 'float32';
  }

  /** The type of operands and sums of a contraction that gives `dtype`. */
  contractType(dtype: DType): DType {
    return this.backend.caps.contract?.includes(dtype) ? dtype : this.computeType(dtype);
  }

  resolve(node: Node): Resolved {
    let resolved = this.resolved.get(node);
    if (!resolved) this.resolved.set(node, (resolved = { base: node, view: contiguousView(node.shape), moves: [] }));
    return resolved;
  }

  /** The operand that reads `node` in its own dtype. */
  operand(node: Node): Operand {
    const { base, view } = this.resolve(node);
    return { slot: this.slot(base), dtype: base.dtype, ...view };
  }

  /** As `operand`, converted to `dtype` by a kernel of its own where needed. */
  operandAs(node: Node, dtype: DType): Operand {
    const operand = this.operand(node);
    return operand.dtype === dtype ? operand : this.convert(operand, dtype);
  }

  /** As `operand`, but the elements lie in row-major order and nothing else is in the slot. */
  wholeOperand(node: Node): Operand {
    const { base, view } = this.resolve(node);
    const operand = this.operand(node);
    return isWhole(view, sizeOf(base.shape)) ? operand : this.convert(operand, operand.dtype);
  }

  /** Copies an operand into a slot of its own, row-major, as `dtype`. */
  convert(operand: Operand, dtype: DType): Operand {
    const slot = this.addSlot(dtype, sizeOf(operand.shape));
    this.copyInto(operand, slot, dtype);
    return { slot, dtype, ...contiguousView(operand.shape) };
  }

  copyInto(operand: Operand, slot: number, dtype: DType): void {
    const load = { op: 'load', input: 0, dtype: operand.dtype } as const;
    this.kernels.push({
      kind: 'map',
      shape: operand.shape,
      inputs: [operand],
      constants: [],
      body: operand.dtype === dtype ? [load] : [load, { op: 'cast', args: [0], dtype }],
      outputs: [{ slot, dtype, value: operand.dtype === dtype ? 0 : 1 }],
    });
  }

  /** Whether this plan computes the node: it is neither a leaf nor a literal. */
  computes(node: Node): boolean {
    return !node.storage && node.op !== 'constant' && !this.bound.has(node);
  }

  /** The slot that holds a node's elements, added when it is asked for first. */
  slot(base: Node): number {
    let slot = this.slotOf.get(base);
    if (slot === undefined) {
      slot = this.addSlot(base.dtype, sizeOf(base.shape));
      this.slotOf.set(base, slot);
      if (base.storage) {
        this.checkDType(base);
        this.leafSlots.set(base, slot);
      } else if (base.op === 'constant') {
        const filled = slot;
        this.unit([], () => this.fill(base as unknown as Node<'constant'>, filled));
      }
    }
    return slot;
  }

  /** Says where a node's elements lie, before anything asks; `given` ones are there already. */
  bind(node: Node, slot: number, given: boolean): void {
    this.slotOf.set(node, slot);
    if (given) this.bound.add(node);
  }

  /** Runs `build` and collects the kernels it adds into a unit of their own. */
  unit(nodes: readonly Node[], build: () => void): void {
    const outer = this.kernels;
    const unit: Unit = { kernels: [], nodes: [...nodes] };
    this.kernels = unit.kernels;
    this.repeated = unit.nodes;
    build();
    this.kernels = outer;
    if (unit.kernels.length > 0) this.units.push(unit);
  }

  /** Plans all nodes and gives every target its place. */
  plan(graph: Graph, targets: readonly Target[]): PlanEntry {
    const { order, leaves } = graph;
    this.build(order, targets.map(({ node }) => node), targets.filter((t) => t.resident).map((t) => t.node));
    const outputs: PlanOutput[] = [];
    const outputOf = new Map<number, number>();
    const leafAt = new Map(leaves.map((leaf, i) => [leaf, i]));
    const results = targets.map(({ node, resident }): PlanEntry['results'][number] => {
      const { base, view } = this.resolve(node);
      const isLeaf = base.storage !== undefined;
      if (isWhole(view, sizeOf(base.shape))) {
        if (isLeaf && !resident && !base.variable) return { from: 'leaf', index: leafAt.get(base)! };
        if (!isLeaf) {
          const slot = this.slot(base);
          const known = outputOf.get(slot);
          if (known === undefined) {
            outputOf.set(slot, outputs.length);
            return { from: 'output', index: outputs.push({ slot, resident }) - 1 };
          }
          if (!resident && !outputs[known]!.resident) return { from: 'output', index: known };
        }
      }
      let slot = 0;
      this.unit([], () => (slot = this.convert(this.operand(node), node.dtype).slot));
      return { from: 'output', index: outputs.push({ slot, resident }) - 1 };
    });
    const inputs = [...this.leafSlots.keys()];
    const inputSlots = [...this.leafSlots.values()];
    const units = inOrder(this.units, this.slots, outputs.map((o) => o.slot), this.options.schedule);
    const place = new Map(order.map((node, i) => [node, i]));
    const kernels = units.flatMap((unit) => unit.kernels);
    const origins = units.flatMap(({ kernels, nodes }) => {
      const places = nodes.flatMap((node) => place.get(this.standsFor.get(node) ?? node) ?? []);
      return kernels.map(() => places);
    });
    const plan = { slots: this.slots, inputs: inputSlots, outputs, kernels };
    const old: (number | undefined)[] = [];
    targets.forEach(({ replaces }, k) => {
      const input = replaces?.settled ? inputs.indexOf(replaces.settled) : -1;
      if (input >= 0) old[results[k]!.index] = input;
    });
    const donating = this.options.donate ? { ...plan, outputs: donors(plan, old) } : plan;
    return { plan: donating, inputs: inputs.map((leaf) => leafAt.get(leaf)!), results, origins };
  }

  /** Adds the units that compute `wanted`; those among them in `updates` become values of variables. */
  build(order: readonly Node[], wanted: readonly Node[], updates: readonly Node[]): void {
    this.visit(order, transposed(order, wanted));
    const bases = (nodes: readonly Node[]): Set<Node> => new Set(nodes.map((node) => this.resolve(node).base));
    const { clusters, inliner } = fuse(this, bases(wanted), bases(updates));
    const first = this.units.length;
    for (const cluster of clusters) {
      const live = cluster.members.filter((node) => cluster.live.has(node));
      this.unit(live, () => buildCluster(this, cluster, inliner));
    }
    if (this.options.groups) groupUpdates(this.units, first, clusters);
  }

  /** Sorts nodes into views and those that compute something; `permuted` contractions write in the order that is asked for. */
  visit(order: readonly Node[], permuted: ReadonlyMap<Node, Node>): void {
    for (const node of order) {
      if (this.resolved.has(node) || this.slotOf.has(node)) continue;
      this.checkDType(node);
      const reader = permuted.get(node) as Node<'permute'> | undefined;
      if (reader) {
        const { attrs, inputs } = node as Node<'contract'>;
        const out = reader.attrs.axes.map((axis) => attrs.out[axis]!);
        const direct = new Node(node.id, 'contract', inputs, { ...attrs, out }, reader.shape, node.dtype, false);
        this.standsFor.set(direct, node);
        this.sequence.push(direct);
        this.resolved.set(reader, this.resolve(direct));
        continue;
      }
      const view = this.viewOf(node) ?? this.decomposed(node);
      if (view) this.resolved.set(node, view);
      else if (node.op !== 'constant') {
        this.resolve(node); // marks it as met: what replaces other nodes may share it
        this.sequence.push(node);
      }
    }
  }

  /** What a backend without the node's kernel computes instead. */
  private decomposed(node: Node): Resolved | undefined {
    const { kernels, decompositions } = this.backend.caps;
    const kind = KERNEL_KINDS[node.op];
    if (!kernels || kind === undefined || kernels.includes(kind)) return undefined;
    const rule = decompositions?.[node.op] as Decomposition<OpName> | undefined;
    if (!rule) throw new BackendError(`${node.op}: backend '${this.backend.name}' has no '${kind}' kernels; use another backend for this op.`);
    const simpler = recordAside(() => rule(node.inputs.map((input) => new Tensor(input)), node.attrs).node);
    this.visit(collect([simpler]).order, NONE);
    return this.resolve(simpler);
  }

  private fill(node: Node<'constant'>, slot: number): void {
    const { dtype } = node;
    const constant = { op: 'const', constant: 0, dtype } as const;
    const outputs = [{ slot, dtype, value: 0 }];
    this.kernels.push({ kind: 'map', shape: [], inputs: [], constants: [node.attrs.value], body: [constant], outputs });
  }

  /** Movement and identity ops as a view of what they look at, unless strides cannot express it. */
  private viewOf(node: Node): Resolved | undefined {
    if (isIdentity(node)) return this.resolve(node.inputs[0]!);
    const rule = MOVES[node.op];
    if (!rule) return undefined;
    const source = this.resolve(node.inputs[0]!);
    const move: Move = (view) => rule(view, node.attrs as never);
    const view = move(source.view);
    return view && { base: source.base, view, moves: [...source.moves, move] };
  }

  private checkDType(node: Node): void {
    if (this.backend.caps.dtypes.includes(node.dtype)) return;
    throw new DTypeError(
      `${node.op}: backend '${this.backend.name}' cannot hold ${node.dtype} (a tensor of shape ${show(node.shape)}, ` +
        `${bytesOf(node.dtype)} bytes an element). Use the cpu backend for ${node.dtype}, or .cast('float32') first.`,
    );
  }
}

const NONE: ReadonlyMap<Node, Node> = new Map();

/** Contractions that nothing but a permutation reads, with that permutation. */
function transposed(order: readonly Node[], wanted: readonly Node[]): Map<Node, Node> {
  const readers = new Map<Node, Node | undefined>(wanted.map((node) => [node, undefined]));
  for (const node of order) for (const x of node.inputs) if (x.op === 'contract') readers.set(x, readers.has(x) ? undefined : node);
  const found = new Map<Node, Node>();
  for (const [node, reader] of readers) if (reader?.op === 'permute' && !node.storage) found.set(node, reader);
  return found;
}

const MOVES: { readonly [K in OpName]?: (view: View, attrs: never) => View | undefined } = {
  reshape: (view, { shape }: OpAttrs['reshape']) => reshapeView(view, shape),
  permute: (view, { axes }: OpAttrs['permute']) => permuteView(view, axes),
  expand: (view, { shape }: OpAttrs['expand']) => expandView(view, shape),
  slice: (view, { start, size, step }: OpAttrs['slice']) => sliceView(view, start, size, step),
};

/** Plans a graph for a backend. */
export function lower(graph: Graph, targets: readonly Target[], backend: Backend): PlanEntry {
  return new Lowering(backend).plan(graph, targets);
}

/**
 * The kernels that compute every root into its slot, for a part of a plan that runs on its own, such as the body of a
 * repetition. Leaves are read from the given slots, where they lie contiguous.
 */
export function lowerNested(
  plan: Lowering,
  roots: readonly { readonly node: Node; readonly slot: number }[],
  leaves: ReadonlyMap<Node, number>,
): Kernel[] {
  const inner = new Lowering(plan.backend, plan.slots);
  for (const [node, slot] of leaves) inner.bind(node, slot, true);
  const nodes = roots.map(({ node }) => node);
  const order = collect(nodes).order.filter((node) => !leaves.has(node));
  const copies: { readonly node: Node; readonly slot: number }[] = [];
  const bound = new Set<Node>();
  inner.visit(order, transposed(order, nodes));
  for (const root of roots) {
    const { base, view } = inner.resolve(root.node);
    const own = !leaves.has(base) && base.op !== 'constant' && !bound.has(base) && isWhole(view, sizeOf(base.shape));
    if (!own) copies.push(root);
    else {
      bound.add(base);
      inner.bind(base, root.slot, false);
    }
  }
  inner.build([], nodes, []);
  for (const { node, slot } of copies) inner.unit([], () => inner.copyInto(inner.operand(node), slot, node.dtype));
  const kept = roots.map(({ slot }) => slot);
  return inOrder(inner.units, plan.slots, kept, inner.options.schedule).flatMap((unit) => unit.kernels);
}
