/**
 * Fusion: sorts nodes into clusters, one for each kernel. Nodes are taken in recorded order; each joins the cluster of one of
 * its inputs where that is of the same index space and no other input depends on that cluster, and brings together the
 * clusters of its inputs where it can.
 */
import type { Node } from '../graph/node';
import type { OpName } from '../graph/ops';
import { sameShape, sizeOf } from '../shape';
import { Cluster, squeezed, squeezedStrides, type ClusterKind } from './cluster';
import { Inliner } from './inline';
import { isElementwise } from './instructions';
import type { MapKernel } from './kernel';
import { readsOf, writesOf } from './kernel-slots';
import type { Lowering, Resolved } from './lower';
import type { Unit } from './schedule';
import { expandView, isWhole } from './view';
import { valueInputs } from './walk';

const FOLDS = new Set<OpName>(['sum', 'prod', 'amax', 'amin']);

/** Order of preference for the cluster to join. */
const RANK: Readonly<Record<ClusterKind, number>> = { contract: 2, row: 1, map: 0, other: -1 };

/** The clusters that compute `wanted`, in no particular order, and what decides which values they compute again. */
export function fuse(plan: Lowering, wanted: ReadonlySet<Node>, updates: ReadonlySet<Node>): { clusters: Cluster[]; inliner: Inliner } {
  const fusion = new Fusion(plan, wanted, updates);
  return { clusters: fusion.run(), inliner: fusion.inliner };
}

class Fusion {
  private readonly clusterOf = new Map<Node, Cluster>();
  private readonly clusters: Cluster[] = [];
  readonly inliner: Inliner;
  private readonly placeOf = new Map<Node, number>();
  private readonly updating: ReadonlySet<Node>;

  constructor(
    private readonly plan: Lowering,
    private readonly wanted: ReadonlySet<Node>,
    updates: ReadonlySet<Node>,
  ) {
    const { sequence } = plan;
    const pinned = new Set(wanted);
    for (const node of sequence) if (!this.mayInline(node)) for (const x of node.inputs) pinned.add(plan.resolve(x).base);
    this.inliner = new Inliner(plan, pinned);
    this.updating = onlyForUpdates(plan, wanted, updates);
  }

  run(): Cluster[] {
    this.plan.sequence.forEach((node, place) => {
      if (isElementwise(node.op)) this.place(node, place);
      else if (this.folds(node)) this.placeFold(node as Node<'sum'>, place);
      else this.start(node, place, node.op === 'contract' ? 'contract' : 'other');
    });
    const clusters = this.clusters.filter((cluster) => cluster.root === cluster);
    for (const cluster of clusters) if (cluster.kind !== 'other') cluster.members.sort((a, b) => this.placeOf.get(a)! - this.placeOf.get(b)!);
    this.markLive();
    return clusters.filter((cluster) => cluster.live.size > 0);
  }

  /** Reductions that can be part of a row: those with something to fold. */
  private folds(node: Node): boolean {
    if (!FOLDS.has(node.op) || !this.plan.options.rows) return false;
    const { shape } = node.inputs[0]!;
    return sizeOf(shape) > 0 && (node as Node<'sum'>).attrs.axes.some((axis) => shape[axis] !== 1);
  }

  /** Whether the node's kernel has a body in which values can be computed again. */
  private mayInline(node: Node): boolean {
    return (isElementwise(node.op) && node.op !== 'randomBits') || this.folds(node);
  }

  private inlines(node: Node, use: Resolved): boolean {
    return this.mayInline(node) && this.inliner.inlines(use, false);
  }

  /** What an inlined value loads. */
  private loads(use: Resolved, within: boolean): Resolved[] {
    const single = this.inliner.single(use, within);
    return use.base.inputs.flatMap((x) => {
      const inner = this.plan.resolve(x);
      return this.inliner.inlines(inner, single) ? this.loads(inner, single) : [inner];
    });
  }

  private cluster(node: Node): Cluster | undefined {
    return this.clusterOf.get(node)?.root;
  }

  private start(node: Node, place: number, kind: ClusterKind): Cluster {
    const cluster = new Cluster(kind, squeezed(node.shape), this.updating.has(node));
    this.clusters.push(cluster);
    this.join(cluster, node, place);
    return cluster;
  }

  private join(cluster: Cluster, node: Node, place: number): void {
    this.clusterOf.set(node, cluster);
    this.placeOf.set(node, place);
    cluster.add(node, place, node.op === 'randomBits' ? 64 : 1);
    const read = ({ base }: Resolved): void => {
      const owner = this.cluster(base);
      if (base.op !== 'constant' || base.storage) cluster.reads.add(base);
      if (owner) cluster.needs(owner);
    };
    for (let i = valueInputs(node) - 1; i >= 0; i--) {
      const use = this.plan.resolve(node.inputs[i]!);
      if (this.cluster(use.base) === cluster) continue;
      if (this.inlines(node, use)) this.loads(use, false).forEach(read);
      else read(use);
    }
  }

  private place(node: Node, place: number): void {
    const hosts = sizeOf(node.shape) > 0 ? this.hosts(node) : [];
    const host = hosts.find((candidate) => !candidate.full && this.mayJoin(node, candidate));
    if (!host) {
      this.start(node, place, 'map');
      return;
    }
    if (this.isPerRow(node, host)) host.perRow.add(node);
    this.join(host, node, place);
    for (const other of hosts) {
      if (other.root !== other || other === host) continue;
      const fits = other.kind === 'map' ? sameShape(other.shape, host.shape) : other.kind === 'row' && this.sameRows(other, host);
      if (fits && this.fitsBeside(host, other, host) && this.fitsBeside(other, host, host) && host.canAbsorb(other)) host.absorb(other);
    }
  }

  /** The clusters of the inputs that a node could become part of, the best first. */
  private hosts(node: Node): Cluster[] {
    const found = new Set<Cluster>();
    const { epilogues, maps } = this.plan.options;
    for (const x of node.inputs) {
      const cluster = this.cluster(this.plan.resolve(x).base);
      if (!cluster || cluster.kind === 'other' || cluster.update !== this.updating.has(node)) continue;
      if ((cluster.kind === 'contract' && !epilogues) || (cluster.kind === 'map' && !maps)) continue;
      found.add(cluster);
    }
    return [...found].filter((c) => this.fits(node, c)).sort((a, b) => RANK[b.kind] - RANK[a.kind] || b.last - a.last);
  }

  private isPerRow(node: Node, { kind, shape, reduced }: Cluster): boolean {
    return kind === 'row' && sameShape(squeezed(node.shape), shape.filter((_, i) => !reduced.includes(i)));
  }

  /** Whether the node is of the cluster's index space and reads its members at its own index, or their rows. */
  private fits(node: Node, cluster: Cluster): boolean {
    const perRow = this.isPerRow(node, cluster);
    if (!perRow && !sameShape(squeezed(node.shape), cluster.shape)) return false;
    if (perRow && node.op === 'randomBits') return false;
    return node.inputs.every((x) => {
      const use = this.plan.resolve(x);
      if (this.cluster(use.base) !== cluster) return true;
      return this.mayInline(node) && this.aligned(use, node, perRow, cluster, cluster.perRow.has(use.base));
    });
  }

  /** Whether a member sees another member's value at its own place. */
  private aligned(use: Resolved, node: Node, perRow: boolean, { shape, reduced }: Cluster, fromRow: boolean): boolean {
    const size = sizeOf(use.base.shape);
    if (perRow || !fromRow) return perRow === fromRow && size === sizeOf(node.shape) && isWhole(use.view, size);
    const strides = squeezedStrides(expandView(use.view, node.shape));
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (strides[axis] !== (reduced.includes(axis) ? 0 : step)) return false;
      if (!reduced.includes(axis)) step *= shape[axis]!;
    }
    return use.view.offset === 0;
  }

  /** Whether no other input of the node depends on the cluster. */
  private mayJoin(node: Node, cluster: Cluster): boolean {
    const free = ({ base }: Resolved): boolean => {
      const owner = this.cluster(base);
      return !owner || (owner !== cluster && !owner.dependsOn(cluster));
    };
    return node.inputs.every((x) => {
      const use = this.plan.resolve(x);
      if (this.cluster(use.base) === cluster) return true;
      return this.inlines(node, use) ? this.loads(use, false).every(free) : free(use);
    });
  }

  private sameRows(a: Cluster, b: Cluster): boolean {
    return b.kind === 'row' && sameShape(a.shape, b.shape) && sameShape(a.reduced, b.reduced);
  }

  /** Whether the members of one cluster would see the values of another at their own place if both became `whole`. */
  private fitsBeside(readers: Cluster, other: Cluster, whole: Cluster): boolean {
    return readers.members.every((node) =>
      node.inputs.every((x) => {
        const use = this.plan.resolve(x);
        const owner = this.cluster(use.base);
        if (owner === other) {
          if (!this.mayInline(node)) return false; // it reads an array, which would not be complete
          // A fold reads the elements, at every index.
          const folds = this.folds(node);
          return this.aligned(use, folds ? x : node, !folds && readers.perRow.has(node), whole, other.perRow.has(use.base));
        }
        if (owner === readers || !this.inlines(node, use)) return true;
        return this.loads(use, false).every(({ base }) => this.cluster(base) !== other);
      }),
    );
  }

  private placeFold(node: Node<'sum'>, place: number): void {
    const x = node.inputs[0]!;
    const use = this.plan.resolve(x);
    const shape = squeezed(x.shape);
    const reduced: number[] = [];
    let at = 0;
    x.shape.forEach((n, axis) => {
      if (n === 1) return;
      if (node.attrs.axes.includes(axis)) reduced.push(at);
      at++;
    });
    const host = this.cluster(use.base);
    const size = sizeOf(use.base.shape);
    const whole = size === sizeOf(x.shape) && isWhole(use.view, size);
    const open = host !== undefined && !host.full && !host.update && this.plan.options.maps && whole && sameShape(host.shape, shape);
    let cluster: Cluster;
    if (open && host.kind === 'map') {
      host.kind = 'row';
      host.reduced = reduced;
      cluster = host;
    } else if (open && host.kind === 'row' && sameShape(host.reduced, reduced) && !host.perRow.has(use.base)) {
      cluster = host;
    } else {
      cluster = new Cluster('row', shape, false, reduced);
      this.clusters.push(cluster);
    }
    cluster.perRow.add(node);
    this.join(cluster, node, place);
  }

  /** Finds the members that something needs, and which of them are read from outside. */
  private markLive(): void {
    const stack: { readonly node: Node; readonly stored: boolean }[] = [...this.wanted].map((node) => ({ node, stored: true }));
    const store = ({ base }: Resolved): void => {
      stack.push({ node: base, stored: true });
    };
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { node, stored } = next;
      const cluster = this.cluster(node);
      if (!cluster) continue; // a leaf or a literal
      if (stored) cluster.stored.add(node);
      if (cluster.live.has(node)) continue;
      cluster.live.add(node);
      for (let i = valueInputs(node) - 1; i >= 0; i--) {
        const use = this.plan.resolve(node.inputs[i]!);
        if (this.cluster(use.base) === cluster) stack.push({ node: use.base, stored: false });
        else if (this.inlines(node, use)) this.loads(use, false).forEach(store);
        else store(use);
      }
    }
  }
}

/** Element-wise nodes that lead to new values of variables and to nothing else. */
function onlyForUpdates(plan: Lowering, wanted: ReadonlySet<Node>, updates: ReadonlySet<Node>): Set<Node> {
  const found = new Set<Node>();
  const used = new Set<Node>();
  const elsewhere = new Set<Node>();
  for (const node of [...plan.sequence].reverse()) {
    const only = isElementwise(node.op) && !elsewhere.has(node) && (updates.has(node) || (used.has(node) && !wanted.has(node)));
    if (only) found.add(node);
    for (const x of node.inputs) {
      const { base } = plan.resolve(x);
      used.add(base);
      if (!only) elsewhere.add(base);
    }
  }
  return found;
}

/** Makes one kernel of the independent map kernels that update variables. */
export function groupUpdates(units: Unit[], first: number, clusters: readonly Cluster[]): void {
  const updating = new Set(clusters.flatMap((cluster) => (cluster.update ? cluster.members : [])));
  const isUpdate = ({ kernels, nodes }: Unit): boolean => kernels.length === 1 && kernels[0]!.kind === 'map' && updating.has(nodes[0]!);
  const candidates = units.slice(first).filter(isUpdate);
  // What an update computes is used by updates alone, so these reach everything that depends on them.
  const writer = new Map(candidates.flatMap((unit) => writesOf(unit.kernels[0]!).map((slot) => [slot, unit] as const)));
  const before = (unit: Unit): Set<Unit> => {
    const found = new Set<Unit>([unit]);
    for (const at of found) for (const slot of readsOf(at.kernels[0]!)) if (writer.has(slot)) found.add(writer.get(slot)!);
    found.delete(unit);
    return found;
  };
  const grouped = new Set<Unit>();
  for (const unit of candidates) {
    const needed = before(unit);
    if (![...grouped].some((other) => needed.has(other) || before(other).has(unit))) grouped.add(unit);
  }
  if (grouped.size < 2) return;
  const maps = [...grouped].map((unit) => unit.kernels[0] as MapKernel);
  const nodes = [...grouped].flatMap((unit) => unit.nodes);
  const kept = units.filter((unit) => !grouped.has(unit));
  units.splice(0, units.length, ...kept, { kernels: [{ kind: 'group', maps }], nodes });
}
