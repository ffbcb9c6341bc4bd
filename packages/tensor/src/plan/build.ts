/** From a cluster to its kernel. */
import type { Node } from '../graph/node';
import type { OpAttrs } from '../graph/ops';
import { sizeOf, stridesOf, type Shape } from '../shape';
import { BodyBuilder } from './body';
import { squeezedStrides, type Cluster } from './cluster';
import { seen, type Inliner } from './inline';
import { instruct, isElementwise } from './instructions';
import type { ContractKernel, MapKernel, Output, ReduceKernel, RowKernel } from './kernel';
import type { Lowering, Move, Resolved } from './lower';
import { COPIES, kernelFor } from './lower-ops';
import type { FoldOp } from './scalar';
import { threefryBody } from './threefry';
import { contiguousView, expandView, type View } from './view';

const FOLD_OF: Readonly<Record<'sum' | 'prod' | 'amax' | 'amin', FoldOp>> = { sum: 'sum', prod: 'prod', amax: 'max', amin: 'min' };

/** Adds the kernels that compute the live members of a cluster. */
export function buildCluster(plan: Lowering, cluster: Cluster, inliner: Inliner): void {
  const root = cluster.members.find((node) => node.op === 'contract') as Node<'contract'> | undefined;
  if (cluster.kind === 'other') buildOther(plan, cluster.members[0]!);
  else if (root && cluster.live.has(root)) buildContract(plan, cluster, root, inliner);
  else plan.kernels.push(new ClusterBody(plan, cluster, inliner).finish());
}

function buildOther(plan: Lowering, node: Node): void {
  const target = plan.slot(node);
  const compute = plan.computeType(node.dtype);
  if (compute === node.dtype || COPIES.has(node.op)) {
    kernelFor(plan, node, { slot: target, dtype: node.dtype });
    return;
  }
  const length = sizeOf(node.shape);
  const wide = plan.addSlot(compute, length);
  kernelFor(plan, node, { slot: wide, dtype: compute });
  plan.copyInto({ slot: wide, dtype: compute, ...contiguousView([length]) }, target, node.dtype);
}

function buildContract(plan: Lowering, cluster: Cluster, root: Node<'contract'>, inliner: Inliner): void {
  const { sizes, accessA, accessB, out } = root.attrs;
  const dtype = plan.contractType(root.dtype);
  const [a, b] = root.inputs.map((x) => plan.operandAs(x, dtype));
  const kernel = { kind: 'contract', sizes, a: a!, accessA, b: b!, accessB, out } as const;
  const after = [...cluster.live].filter((node) => node !== root);
  if (after.length === 0 && dtype === root.dtype) {
    plan.kernels.push({ ...kernel, output: { slot: plan.slot(root), dtype } });
    return;
  }
  // The sums go where one of the results will lie: the epilogue works in place.
  const length = sizeOf(root.shape);
  const home = [root, ...after].find((node) => cluster.stored.has(node) && node.dtype === dtype);
  const output: Output = { slot: home ? plan.slot(home) : plan.addSlot(dtype, length), dtype };
  const epilogue = new ClusterBody(plan, cluster, inliner, { node: root, output }).map();
  plan.kernels.push({ ...kernel, output, epilogue } satisfies ContractKernel);
}

/** The body of a map or row kernel, or of an epilogue: the one node of which is computed already, into a slot. */
class ClusterBody {
  private readonly body = new BodyBuilder();
  private readonly values = new Map<Node, number>();
  /** What is stored of values that are rounded for storage. */
  private readonly rounded = new Map<Node, number>();
  /** Axes of the kernel's index space, as axes of the cluster's. */
  private readonly order: readonly number[];
  private readonly shape: Shape;
  /** Axes of the cluster that are folded; none when no fold is alive. */
  private readonly reduced: readonly number[];

  constructor(
    private readonly plan: Lowering,
    private readonly cluster: Cluster,
    private readonly inliner: Inliner,
    private readonly given?: { readonly node: Node; readonly output: Output },
  ) {
    const { shape, live } = cluster;
    this.reduced = [...live].some((node) => !isElementwise(node.op) && node !== given?.node) ? cluster.reduced : [];
    const axes = shape.map((_, axis) => axis);
    this.order = [...axes.filter((axis) => !this.reduced.includes(axis)), ...this.reduced];
    this.shape = this.order.map((axis) => shape[axis]!);
  }

  finish(): MapKernel | RowKernel | ReduceKernel {
    return this.reduced.length > 0 ? this.row() : this.map();
  }

  map(): MapKernel {
    this.write();
    const outputs = [...this.cluster.stored].flatMap((node) => {
      const output = this.output(node);
      return node === this.given?.node && output.slot === this.given.output.slot ? [] : [output];
    });
    const { inputs, constants, body } = this.body;
    return { kind: 'map', shape: this.shape, inputs, constants, body, outputs };
  }

  private row(): RowKernel | ReduceKernel {
    this.write();
    const { inputs, constants, body } = this.body;
    const { cluster, shape, order, reduced } = this;
    const kept = shape.length - reduced.length;
    const [strides, rowStrides] = [stridesOf(cluster.shape), stridesOf(shape.slice(0, kept))];
    const outputs = [...cluster.stored].map((node) => {
      const perRow = cluster.perRow.has(node);
      const over = order.map((axis, k) => (perRow ? (rowStrides[k] ?? 0) : strides[axis]!));
      return { ...this.output(node), per: perRow ? ('row' as const) : ('element' as const), strides: over };
    });
    const fold = body.at(-1)!;
    const [{ slot, dtype, value }] = outputs as [(typeof outputs)[0]];
    const alone = fold.op === 'fold' && outputs.length === 1 && value === body.length - 1 && !body.some((x) => x.op === 'fold' && x !== fold);
    if (!alone) return { kind: 'row', shape, kept, inputs, constants, body, outputs };
    return { kind: 'reduce', op: fold.fold, shape, kept, inputs, constants, body: body.slice(0, -1), value: fold.args[0], output: { slot, dtype } };
  }

  private output(node: Node): Output & { readonly value: number } {
    const value = this.rounded.get(node) ?? this.values.get(node)!;
    return { slot: this.plan.slot(node), dtype: node.dtype, value };
  }

  private write(): void {
    const { cluster, given } = this;
    if (given) {
      const { slot, dtype } = given.output;
      const strides = stridesOf(this.shape);
      this.keep(given.node, this.body.load({ slot, dtype, shape: this.shape, strides, offset: 0 }));
    }
    for (const node of cluster.members) {
      if (!cluster.live.has(node) || node === given?.node) continue;
      const perRow = cluster.perRow.has(node);
      const own = contiguousView(node.shape);
      this.keep(node, isElementwise(node.op) ? this.element(node, own, [], perRow, false) : this.fold(node as Node<'sum'>));
    }
  }

  private keep(node: Node, value: number): void {
    const { body, plan } = this;
    const compute = plan.computeType(node.dtype);
    let result = body.cast(value, compute);
    if (compute !== node.dtype) {
      const stored = body.cast(result, node.dtype);
      this.rounded.set(node, stored);
      result = body.cast(stored, compute);
    }
    this.values.set(node, result);
  }

  private fold(node: Node<'sum' | 'prod' | 'amax' | 'amin'>): number {
    const x = node.inputs[0]!;
    const dtype = this.plan.computeType(node.dtype);
    const value = this.body.cast(this.use(this.plan.resolve(x), x.shape, [], false, false), dtype);
    return this.body.push({ op: 'fold', fold: FOLD_OF[node.op], args: [value], dtype });
  }

  /** The value of a node, seen through `moves` from its own shape, whose own position is `view`. */
  private element(node: Node, view: View, moves: readonly Move[], perRow: boolean, within: boolean): number {
    if (node.op === 'iota') {
      const { strides, offset } = this.operandView(view, perRow);
      return this.body.position(strides, offset, 'int32');
    }
    if (node.op === 'randomBits') return this.randomBits(node, view, perRow);
    return instruct(this.plan, this.body, node, (i) => this.use(this.plan.resolve(node.inputs[i]!), node.shape, moves, perRow, within));
  }

  /** Reads a value broadcast to `shape` and seen through `moves`. */
  private use(use: Resolved, shape: Shape, moves: readonly Move[], perRow: boolean, within: boolean): number {
    const { body, plan, inliner } = this;
    const { base } = use;
    const compute = plan.computeType(base.dtype);
    if (base.op === 'constant' && !base.storage) return body.constant((base.attrs as OpAttrs['constant']).value, compute);
    if (moves.length === 0 && this.values.has(base)) return this.values.get(base)!;
    const through: Move[] = [...use.moves, (view) => expandView(view, shape), ...moves];
    const view = seen(base, through)!;
    if (inliner.inlines(use, within)) {
      if (!plan.repeated.includes(base)) plan.repeated.push(base);
      return this.converted(base, this.element(base, view, through, perRow, inliner.single(use, within)));
    }
    return body.cast(body.load({ slot: plan.slot(base), dtype: base.dtype, ...this.operandView(view, perRow) }), compute);
  }

  /** A value computed again, rounded as it would be if it were stored. */
  private converted(node: Node, value: number): number {
    const compute = this.plan.computeType(node.dtype);
    return this.body.cast(this.body.cast(this.body.cast(value, compute), node.dtype), compute);
  }

  /** A view of the cluster's elements (or rows) over the kernel's index space. */
  private operandView(view: View, perRow: boolean): View {
    const { order, reduced, shape } = this;
    const strides = squeezedStrides(view);
    const kept = shape.length - reduced.length;
    const over = perRow ? shape.map((_, k) => (k < kept ? strides[k]! : 0)) : order.map((axis) => strides[axis]!);
    return { shape, strides: over, offset: view.offset };
  }

  private randomBits(node: Node, view: View, perRow: boolean): number {
    const key = this.plan.operand(node.inputs[0]!);
    const word = (k: number): number =>
      this.body.load({ ...key, shape: this.shape, strides: this.shape.map(() => 0), offset: key.offset + k * key.strides[0]! });
    const { strides, offset } = this.operandView(view, perRow);
    return threefryBody(this.body, word(0), word(1), this.body.position(strides, offset, 'uint32'), word(2));
  }
}
