/** The kernel of each op. Operands come as views; results go to the slot given. */
import { commonDType } from '../dtype';
import type { Node } from '../graph/node';
import type { OpAttrs, OpName } from '../graph/ops';
import type { Shape } from '../shape';
import { hostArgsort, hostSearchsorted } from '../reference/order';
import { BodyBuilder } from './body';
import type { HostKernel, Kernel, Operand, Output, ReduceOp, ScanOp } from './kernel';
import type { Lowering } from './lower';
import { BINARY_OPS, UNARY_OPS, type BinaryOp, type UnaryOp } from './scalar';
import { threefryBody } from './threefry';
import { expandView, permuteView } from './view';

type Lower<K extends OpName> = (plan: Lowering, node: Node<K>, output: Output) => void;

/** Adds the kernels that compute `node` into `output`, whose dtype is the one kernels compute in. */
export function kernelFor(plan: Lowering, node: Node, output: Output): void {
  const rule = RULES[node.op] as Lower<OpName> | undefined;
  if (!rule) throw new Error(`No kernel for op '${node.op}'.`); // unreachable: sources and views are not lowered
  rule(plan, node, output);
}

/** Reads an input inside a body: literals become instructions, everything else a load of a broadcast view. */
function read(plan: Lowering, body: BodyBuilder, node: Node, shape: readonly number[]): number {
  const { base, view } = plan.resolve(node);
  const compute = plan.computeType(node.dtype);
  if (base.op === 'constant' && !base.storage) return body.constant((base.attrs as OpAttrs['constant']).value, compute);
  return body.cast(body.load({ ...plan.operand(node), ...expandView(view, shape) }), compute);
}

function emitMap(plan: Lowering, body: BodyBuilder, shape: readonly number[], value: number, output: Output): void {
  const stored = body.cast(value, output.dtype);
  plan.kernels.push({
    kind: 'map',
    shape,
    inputs: body.inputs,
    constants: body.constants,
    body: body.body,
    outputs: [{ ...output, value: stored }],
  });
}

function unary(plan: Lowering, node: Node<UnaryOp>, output: Output): void {
  const body = new BodyBuilder();
  const x = read(plan, body, node.inputs[0]!, node.shape);
  const order = node.op === 'polygamma' ? (node.attrs as OpAttrs['polygamma']).order : undefined;
  const args = [x] as const;
  emitMap(plan, body, node.shape, body.push({ op: node.op, args, dtype: body.dtypeOf(x), ...(order !== undefined && { order }) }), output);
}

function binary(plan: Lowering, node: Node<BinaryOp>, output: Output): void {
  const [a, b] = node.inputs as [Node, Node];
  const dtype = plan.computeType(commonDType(node.op, a.dtype, b.dtype));
  const body = new BodyBuilder();
  const x = body.cast(read(plan, body, a, node.shape), dtype);
  const y = body.cast(read(plan, body, b, node.shape), dtype);
  const result = node.dtype === 'bool' ? 'bool' : dtype;
  emitMap(plan, body, node.shape, body.binary(node.op, x, y, result), output);
}

const where: Lower<'where'> = (plan, node, output) => {
  const [condition, a, b] = node.inputs as [Node, Node, Node];
  const dtype = plan.computeType(node.dtype);
  const body = new BodyBuilder();
  const c = read(plan, body, condition, node.shape);
  const x = body.cast(read(plan, body, a, node.shape), dtype);
  const y = body.cast(read(plan, body, b, node.shape), dtype);
  emitMap(plan, body, node.shape, body.push({ op: 'where', args: [c, x, y], dtype }), output);
};

const cast: Lower<'cast'> = (plan, node, output) => {
  const body = new BodyBuilder();
  emitMap(plan, body, node.shape, read(plan, body, node.inputs[0]!, node.shape), output);
};

const bitcast: Lower<'bitcast'> = (plan, node, output) => {
  const body = new BodyBuilder();
  const x = read(plan, body, node.inputs[0]!, node.shape);
  emitMap(plan, body, node.shape, body.push({ op: 'bitcast', args: [x], dtype: node.dtype }), output);
};

const iota: Lower<'iota'> = (plan, node, output) => {
  const body = new BodyBuilder();
  emitMap(plan, body, node.shape, body.push({ op: 'index', axis: 0, dtype: 'int32' }), output);
};

const randomBits: Lower<'randomBits'> = (plan, node, output) => {
  const body = new BodyBuilder();
  const key = plan.operand(node.inputs[0]!);
  const word = (k: number): number =>
    body.load({
      ...key,
      shape: node.shape,
      strides: node.shape.map(() => 0),
      offset: key.offset + k * key.strides[0]!,
    });
  const key0 = word(0);
  const key1 = word(1);
  const stream = word(2);
  const value = threefryBody(body.body, body.constants, key0, key1, body.flatIndex(node.shape), stream);
  emitMap(plan, body, node.shape, value, output);
};

/** Reshape that strides cannot express: copied in row-major order. */
const copy: Lower<'reshape'> = (plan, node, output) => {
  plan.copyInto(plan.operand(node.inputs[0]!), output.slot, output.dtype);
};

function reduce(op: ReduceOp): Lower<'sum' | 'prod' | 'amax' | 'amin' | 'argmax' | 'argmin'> {
  return (plan, node, output) => {
    const x = node.inputs[0]!;
    const { axes } = node.attrs;
    const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const order = [...kept, ...axes];
    const shape = order.map((i) => x.shape[i]!);
    const body = new BodyBuilder();
    const { base, view } = plan.resolve(x);
    const compute = plan.computeType(x.dtype);
    const raw =
      base.op === 'constant' && !base.storage
        ? body.constant((base.attrs as OpAttrs['constant']).value, compute)
        : body.cast(body.load({ ...plan.operand(x), ...permuteView(view, order) }), compute);
    const value = op === 'argmax' || op === 'argmin' ? raw : body.cast(raw, output.dtype);
    plan.kernels.push({
      kind: 'reduce',
      op,
      shape,
      kept: kept.length,
      inputs: body.inputs,
      constants: body.constants,
      body: body.body,
      value,
      output,
    });
  };
}

function scan(op: ScanOp): Lower<ScanOp> {
  return (plan, node, output) => {
    plan.kernels.push({ kind: 'scan', op, axis: node.attrs.axis, input: plan.operandAs(node.inputs[0]!, output.dtype), output });
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

const contract: Lower<'contract'> = (plan, node, output) => {
  const { sizes, accessA, accessB, out } = node.attrs;
  const [a, b] = node.inputs.map((x) => plan.operandAs(x, output.dtype)) as [Operand, Operand];
  plan.kernels.push({ kind: 'contract', sizes, a, accessA, b, accessB, out, output });
};

function pool(op: 'max' | 'argmax'): Lower<'maxPool' | 'maxPoolIndices'> {
  return (plan, node, output) => {
    const x = node.inputs[0]!;
    const input = plan.operandAs(x, plan.computeType(x.dtype));
    plan.kernels.push({ kind: 'pool', op, ...node.attrs, shape: node.shape, input, output });
  };
}

function host(plan: Lowering, node: Node, output: Output, name: string, run: HostKernel['run']): void {
  const inputs = node.inputs.map((x) => {
    const compute = plan.computeType(x.dtype);
    return compute === x.dtype ? plan.wholeOperand(x) : plan.convert(plan.operand(x), compute);
  });
  plan.kernels.push({ kind: 'host', name, inputs, outputs: [{ ...output, shape: node.shape }], run });
}

const argsort: Lower<'argsort'> = (plan, node, output) => {
  const { axis, descending } = node.attrs;
  const { shape } = node;
  host(plan, node, output, `argsort${axis}${descending ? 'down' : 'up'}`, ([x], [out]) => {
    hostArgsort(x!, out!, shape, axis, descending);
  });
};

const searchsorted: Lower<'searchsorted'> = (plan, node, output) => {
  const { right } = node.attrs;
  const [sortedShape, valuesShape] = node.inputs.map((x) => x.shape) as [Shape, Shape];
  host(plan, node, output, `searchsorted${right ? 'right' : 'left'}`, ([sorted, values], [out]) => {
    hostSearchsorted(sorted!, values!, out!, sortedShape, valuesShape, right);
  });
};

const custom: Lower<'custom'> = (plan, node, output) => {
  const { definition, options } = node.attrs;
  const { shape } = node;
  const shapes = node.inputs.map((x) => x.shape);
  host(plan, node, output, `custom:${definition.name}`, (inputs, [out]) => {
    definition.forward(inputs.map((data, i) => ({ data, shape: shapes[i]! })), { data: out!, shape }, options);
  });
};

function each<K extends OpName>(names: readonly K[], rule: Lower<K>): { [P in K]: Lower<P> } {
  return Object.fromEntries(names.map((name) => [name, rule])) as unknown as { [P in K]: Lower<P> };
}

const RULES = {
  ...each(UNARY_OPS, unary as Lower<UnaryOp>),
  ...each(BINARY_OPS, binary as Lower<BinaryOp>),
  where,
  cast,
  bitcast,
  iota,
  randomBits,
  reshape: copy,
  sum: reduce('sum'),
  prod: reduce('prod'),
  amax: reduce('max'),
  amin: reduce('min'),
  argmax: reduce('argmax'),
  argmin: reduce('argmin'),
  cumsum: scan('cumsum'),
  cumprod: scan('cumprod'),
  cummax: scan('cummax'),
  gather,
  scatter,
  pad,
  concat,
  contract,
  maxPool: pool('max'),
  maxPoolIndices: pool('argmax'),
  argsort,
  searchsorted,
  custom,
} as { readonly [K in OpName]?: Lower<K> };

/** The kernel kind behind the ops that a backend may lack. */
export const KERNEL_KINDS: { readonly [K in OpName]?: Kernel['kind'] } = {
  pad: 'pad',
  concat: 'concat',
  cumsum: 'scan',
  cumprod: 'scan',
  cummax: 'scan',
  maxPool: 'pool',
  maxPoolIndices: 'pool',
  argsort: 'host',
  searchsorted: 'host',
  custom: 'host',
};
