/** The kernel of each common op; rare ops bring theirs along. Operands come as views; results go to the slot given. */
import type { Node } from '../graph/node';
import type { OpName } from '../graph/ops';
import { BodyBuilder } from './body';
import type { HostKernel, Kernel, Output, ReduceOp } from './kernel';
import type { Lowering } from './lower';
import { permuteView } from './view';

type Lower<K extends OpName> = (plan: Lowering, node: Node<K>, output: Output) => void;

/** Adds the kernels that compute `node` into `output`, whose dtype is the one kernels compute in. */
export function kernelFor(plan: Lowering, node: Node, output: Output): void {
  const rule = (node.row?.lower ?? RULES[node.op]) as Lower<OpName> | undefined;
  if (!rule) throw new Error(`No kernel for op '${node.op}'.`); // unreachable: sources and views are not lowered
  rule(plan, node, output);
}

/** Reshape that strides cannot express: copied in row-major order. */
const copy: Lower<'reshape'> = (plan, node, output) => {
  plan.copyInto(plan.operand(node.inputs[0]!), output.slot, output.dtype);
};

export function reduce(op: ReduceOp): Lower<'sum' | 'prod' | 'amax' | 'amin' | 'argmax' | 'argmin'> {
  return (plan, node, output) => {
    const x = node.inputs[0]!;
    const { axes } = node.attrs;
    const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const order = [...kept, ...axes];
    const body = new BodyBuilder();
    const operand = plan.operand(x);
    const raw = body.cast(body.load({ ...operand, ...permuteView(operand, order) }), plan.computeType(x.dtype));
    const value = op === 'argmax' || op === 'argmin' ? raw : body.cast(raw, output.dtype);
    const { inputs, constants } = body;
    plan.kernels.push({
      kind: 'reduce', op, shape: order.map((i) => x.shape[i]!), kept: kept.length, inputs, constants, body: body.body, value, output,
    });
  };
}

const gather: Lower<'gather'> = (plan, node, output) => {
  const [source, index] = node.inputs as [Node, Node];
  plan.kernels.push({ kind: 'gather', axis: node.attrs.axis, source: plan.operand(source), index: plan.operand(index), output });
};

const scatter: Lower<'scatter'> = (plan, node, output) => {
  const [base, index, updates] = node.inputs as [Node, Node, Node];
  plan.kernels.push({
    kind: 'scatter',
    mode: node.attrs.mode,
    axis: node.attrs.axis,
    base: plan.operandAs(base, output.dtype),
    index: plan.operand(index),
    updates: plan.operandAs(updates, output.dtype),
    output,
  });
};

const pad: Lower<'pad'> = (plan, node, output) => {
  const { low, value } = node.attrs;
  plan.kernels.push({ kind: 'pad', shape: node.shape, low, value, input: plan.operand(node.inputs[0]!), output });
};

const concat: Lower<'concat'> = (plan, node, output) => {
  const inputs = node.inputs.map((x) => plan.operand(x));
  plan.kernels.push({ kind: 'concat', axis: node.attrs.axis, shape: node.shape, inputs, output });
};

/** A function that runs in JavaScript on whole arrays. */
export function host(plan: Lowering, node: Node, output: Output, name: string, run: HostKernel['run']): void {
  const inputs = node.inputs.map((x) => {
    const compute = plan.computeType(x.dtype);
    return compute === x.dtype ? plan.wholeOperand(x) : plan.convert(plan.operand(x), compute);
  });
  plan.kernels.push({ kind: 'host', name, inputs, outputs: [{ ...output, shape: node.shape }], run });
}

const RULES = {
  reshape: copy,
  sum: reduce('sum'),
  amax: reduce('max'),
  amin: reduce('min'),
  argmax: reduce('argmax'),
  argmin: reduce('argmin'),
  gather,
  scatter,
  pad,
  concat,
  repeat: (plan, node) => {
    node.attrs.loop.lower(plan, node);
  },
  repeatResult: () => undefined, // written by the kernel of its loop
} as { readonly [K in OpName]?: Lower<K> };

/** Ops that move elements unchanged and so need no conversion to a type kernels can compute in. */
export const COPIES = new Set<OpName>(['reshape', 'pad', 'concat', 'gather', 'repeatResult']);

/** The kernel kind behind the ops that a backend may lack. */
export const KERNEL_KINDS: { readonly [K in OpName]?: Kernel['kind'] } = {
  pad: 'pad',
  concat: 'concat',
  cumsum: 'scan',
  cumprod: 'scan',
  cummax: 'scan',
  maxPool: 'pool',
  maxPoolIndices: 'pool',
  maxPoolGradient: 'poolGradient',
  argsort: 'sort',
  searchsorted: 'search',
  custom: 'host',
  repeatResult: 'repeat',
};
