/** Clusters: the nodes that one kernel will compute. */
import type { Node } from '../graph/node';
import type { Shape } from '../shape';
import type { View } from './view';

/**
 * - `map`: element-wise nodes over one index space.
 * - `row`: reductions over the same axes, and element-wise nodes before, between and after them.
 * - `contract`: a contraction and the element-wise nodes that follow it.
 * - `other`: one node of any other kind.
 */
export type ClusterKind = 'map' | 'row' | 'contract' | 'other';

/** Longest body of a kernel in ops, and the most arrays it may read: beyond them registers and code caches run out. */
const MAX_OPS = 128;
const MAX_READS = 24;

/** Marks the searches through clusters. */
let lastSearch = 0;

export class Cluster {
  /** In recorded order. */
  members: Node[] = [];
  /** Members that something needs; found after all clusters are complete. */
  readonly live = new Set<Node>();
  /** Live members whose elements are stored. */
  readonly stored = new Set<Node>();
  /** Values of the row, in a row cluster. */
  readonly perRow = new Set<Node>();
  /** Place of the last member in the sequence of all nodes. */
  last = -1;
  /** What it reads from outside. */
  readonly reads = new Set<Node>();
  ops = 0;
  private readonly inputs = new Set<Cluster>();
  private mergedInto: Cluster | undefined;
  private search = 0;

  constructor(
    public kind: ClusterKind,
    /** The index space of its elements, without axes of size 1. */
    readonly shape: Shape,
    /** Computes nothing but new values of variables. */
    readonly update: boolean,
    /** Axes of `shape` that its reductions fold. */
    public reduced: readonly number[] = [],
  ) {}

  /** The cluster that this one has become part of. */
  get root(): Cluster {
    let at = this.mergedInto;
    while (at?.mergedInto) at = at.mergedInto;
    return at ?? this;
  }

  add(node: Node, place: number, ops: number): void {
    this.members.push(node);
    this.last = Math.max(this.last, place);
    this.ops += ops;
    this.reads.delete(node);
  }

  needs(cluster: Cluster): void {
    if (cluster !== this) this.inputs.add(cluster);
  }

  /** Whether this cluster needs values of `other`, possibly through others. */
  dependsOn(other: Cluster): boolean {
    return this.reaches(other, undefined);
  }

  /** As `dependsOn`, but what `without` needs directly does not count. */
  private reaches(other: Cluster, without: Cluster | undefined): boolean {
    const search = ++lastSearch;
    const stack: Cluster[] = [this];
    for (let at = stack.pop(); at; at = stack.pop()) {
      for (const input of at.inputs) {
        const next = input.root;
        if (next === other) {
          if (at !== without) return true;
        } else if (next !== at && next.search !== search) {
          next.search = search;
          stack.push(next);
        }
      }
    }
    return false;
  }

  /** Whether `other` can become part of this cluster: neither needs the other through a third. */
  canAbsorb(other: Cluster): boolean {
    if (this.ops + other.ops > MAX_OPS || this.reads.size + other.reads.size > MAX_READS) return false;
    return !other.dependsOn(this) && !this.reaches(other, this);
  }

  get full(): boolean {
    return this.ops >= MAX_OPS || this.reads.size >= MAX_READS;
  }

  absorb(other: Cluster): void {
    const members = [...this.members, ...other.members];
    this.members = members;
    this.last = Math.max(this.last, other.last);
    this.ops += other.ops;
    for (const input of other.inputs) this.inputs.add(input);
    for (const node of other.reads) this.reads.add(node);
    for (const node of members) this.reads.delete(node);
    for (const node of other.perRow) this.perRow.add(node);
    other.mergedInto = this;
  }
}

/** The sizes other than 1: two shapes that agree in them number their elements alike. */
export function squeezed(shape: Shape): Shape {
  return shape.includes(1) ? shape.filter((n) => n !== 1) : shape;
}

/** Strides of the axes whose size is not 1. */
export function squeezedStrides({ shape, strides }: View): readonly number[] {
  return shape.includes(1) ? strides.filter((_, i) => shape[i] !== 1) : strides;
}
