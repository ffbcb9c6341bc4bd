/**
 * Lowering: from recorded nodes to a plan. Every node that computes something becomes one kernel; movement ops become
 * strides of the operands that read them.
 */
import type { Backend } from '../backend';
import { bytesOf, type DType } from '../dtype';
import { BackendError, DTypeError } from '../errors';
import type { Node } from '../graph/node';
import type { OpAttrs, OpName } from '../graph/ops';
import type { Decomposition } from '../ops/decompose';
import { recordAside } from '../runtime/state';
import { show, sizeOf, stridesOf } from '../shape';
import { Tensor } from '../tensor';
import type { PlanEntry, Target } from './cache';
import type { Kernel, Operand } from './kernel';
import { KERNEL_KINDS, kernelFor } from './lower-ops';
import type { PlanOutput, Slot } from './plan';
import { contiguousView, expandView, isWhole, permuteView, reshapeView, sliceView, type View } from './view';
import { collect, isIdentity, type Graph } from './walk';

/** A node seen through strides: `base` owns the elements. */
export interface Resolved {
  readonly base: Node;
  readonly view: View;
}

/** Plans one graph. Kernel builders (lower-ops.ts) use it to name operands and to add slots and kernels. */
export class Lowering {
  readonly kernels: Kernel[] = [];
  readonly slots: Slot[] = [];
  /** The nodes each kernel computes. */
  private readonly origins: Node[][] = [];
  private readonly slotOf = new Map<Node, number>();
  private readonly resolved = new Map<Node, Resolved>();
  private readonly leafSlots = new Map<Node, number>();

  constructor(
    private readonly graph: Graph,
    private readonly backend: Backend,
  ) {}

  addSlot(dtype: DType, length: number): number {
    return this.slots.push({ dtype, length }) - 1;
  }

  /** The type kernels compute in for values of `dtype`. */
  computeType(dtype: DType): DType {
    return this.backend.caps.compute.includes(dtype) ? dtype : 'float32';
  }

  resolve(node: Node): Resolved {
    return this.resolved.get(node) ?? { base: node, view: contiguousView(node.shape) };
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

  /** Plans all nodes and gives every target its place. */
  plan(targets: readonly Target[]): PlanEntry {
    this.visit(this.graph.order);
    const outputs: PlanOutput[] = [];
    const outputOf = new Map<number, number>();
    const results = targets.map(({ node, resident }): PlanEntry['results'][number] => {
      const { base, view } = this.resolve(node);
      const isLeaf = base.storage !== undefined;
      if (isWhole(view, sizeOf(base.shape))) {
        if (isLeaf && !resident && !base.variable) return { from: 'leaf', index: this.graph.leaves.indexOf(base) };
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
      const slot = this.convert(this.operand(node), node.dtype).slot;
      return { from: 'output', index: outputs.push({ slot, resident }) - 1 };
    });
    const inputs = [...this.leafSlots.keys()];
    const plan = { slots: this.slots, inputs: [...this.leafSlots.values()], outputs, kernels: this.kernels };
    const place = new Map(this.graph.order.map((node, i) => [node, i]));
    const origins = this.kernels.map((_, k) => (this.origins[k] ?? []).flatMap((node) => place.get(node) ?? []));
    return { plan, inputs: inputs.map((leaf) => this.graph.leaves.indexOf(leaf)), results, origins };
  }

  private visit(order: readonly Node[]): void {
    for (const node of order) {
      if (this.resolved.has(node) || this.slotOf.has(node)) continue;
      this.checkDType(node);
      const view = this.viewOf(node) ?? this.decomposed(node);
      if (view) this.resolved.set(node, view);
      else if (node.op !== 'constant') {
        const before = this.kernels.length;
        this.compute(node);
        for (let k = before; k < this.kernels.length; k++) this.origins[k] = [node];
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
    this.visit(collect([simpler]).order);
    return this.resolve(simpler);
  }

  private slot(base: Node): number {
    let slot = this.slotOf.get(base);
    if (slot === undefined) {
      slot = this.addSlot(base.dtype, sizeOf(base.shape));
      this.slotOf.set(base, slot);
      if (base.storage) {
        this.checkDType(base);
        this.leafSlots.set(base, slot);
      } else if (base.op === 'constant') {
        this.fill(base as unknown as Node<'constant'>, slot);
      }
    }
    return slot;
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
    const view = MOVES[node.op];
    if (!view) return undefined;
    const source = this.resolve(node.inputs[0]!);
    const moved = view(source.view, node.attrs as never);
    return moved && { base: source.base, view: moved };
  }

  private compute(node: Node): void {
    const target = this.slot(node);
    const compute = this.computeType(node.dtype);
    if (compute === node.dtype || COPIES.has(node.op)) {
      kernelFor(this, node, { slot: target, dtype: node.dtype });
      return;
    }
    const length = sizeOf(node.shape);
    const wide = this.addSlot(compute, length);
    kernelFor(this, node, { slot: wide, dtype: compute });
    this.copyInto({ slot: wide, dtype: compute, shape: [length], strides: stridesOf([length]), offset: 0 }, target, node.dtype);
  }

  private checkDType(node: Node): void {
    if (this.backend.caps.dtypes.includes(node.dtype)) return;
    throw new DTypeError(
      `${node.op}: backend '${this.backend.name}' cannot hold ${node.dtype} (a tensor of shape ${show(node.shape)}, ` +
        `${bytesOf(node.dtype)} bytes an element). Use the cpu backend for ${node.dtype}, or .cast('float32') first.`,
    );
  }
}

const MOVES: { readonly [K in OpName]?: (view: View, attrs: never) => View | undefined } = {
  reshape: (view, { shape }: OpAttrs['reshape']) => reshapeView(view, shape),
  permute: (view, { axes }: OpAttrs['permute']) => permuteView(view, axes),
  expand: (view, { shape }: OpAttrs['expand']) => expandView(view, shape),
  slice: (view, { start, size, step }: OpAttrs['slice']) => sliceView(view, start, size, step),
};

/** Ops that move elements unchanged and so need no conversion to a type kernels can compute in. */
const COPIES = new Set<OpName>(['reshape', 'pad', 'concat', 'gather', 'cast']);

/** Plans a graph for a backend. */
export function lower(graph: Graph, targets: readonly Target[], backend: Backend): PlanEntry {
  return new Lowering(graph, backend).plan(targets);
}
