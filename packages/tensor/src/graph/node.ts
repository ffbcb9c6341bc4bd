/** Nodes of the recorded graph. A node is what one op call left behind: op, inputs, attributes, shape, dtype. */
import type { Storage } from '../backend';
import type { DType } from '../dtype';
import type { Shape } from '../shape';
import type { RareRow } from './op-row';
import type { NoAttrs, OpAttrs, OpName } from './ops';

/** A mutable cell whose current value is a node: parameters and running statistics. The class is in variable.ts. */
export interface VariableCell {
  node: Node;
  /** The value the last flush left, before recorded updates. */
  settled: Node;
  /** Counts updates. */
  version: number;
}

/** The attributes of ops that have none: one object for all, which is cheap to make and to compare. */
export const NO_ATTRS: NoAttrs = {};

export class Node<K extends OpName = OpName> {
  /** Rises with recording order, so inputs always have smaller ids than the nodes that use them. */
  readonly id: number;
  op: K;
  inputs: readonly Node[];
  attrs: OpAttrs[K];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether a gradient may have to flow through this node; decided while recording. */
  requiresGrad: boolean;
  /** What rare ops bring along. */
  row: RareRow<never> | undefined = undefined;
  /** The computed (or given) elements; undefined while pending. */
  storage: Storage | undefined;
  /** Set on the old value of a parameter after an update: graphs that still need it are stale. */
  overwritten = false;
  /** The variable whose value this is, if any. */
  variable: VariableCell | undefined;
  /** The last walk that met this node, and its place in the graph described last; see plan/walk.ts and plan/key.ts. */
  visited = 0;
  place = 0;
  /** How many recorded nodes use this one; values nobody uses are what an automatic flush must compute. */
  consumers = 0;

  constructor(id: number, op: K, inputs: readonly Node[], attrs: OpAttrs[K], shape: Shape, dtype: DType, requiresGrad: boolean) {
    this.id = id;
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.shape = shape;
    this.dtype = dtype;
    this.requiresGrad = requiresGrad;
    this.storage = undefined;
    this.variable = undefined;
  }
}
