/** The instructions of element-wise ops. */
import { commonDType } from '../dtype';
import type { Node } from '../graph/node';
import type { OpAttrs, OpName } from '../graph/ops';
import type { BodyBuilder } from './body';
import type { Lowering } from './lower';
import { BINARY_OPS, UNARY_OPS, type BinaryOp, type UnaryOp } from './scalar';

const ELEMENTWISE: ReadonlySet<OpName> = new Set<OpName>([...UNARY_OPS, ...BINARY_OPS, 'where', 'cast', 'bitcast', 'iota', 'randomBits']);
const BINARY: ReadonlySet<OpName> = new Set<OpName>(BINARY_OPS);

/** Whether each element of the result depends on one element of each input at most. */
export function isElementwise(op: OpName): boolean {
  return ELEMENTWISE.has(op);
}

/** Adds the instruction of a node other than iota and randomBits; `read` gives the value of an input in the type kernels compute in. */
export function instruct(plan: Lowering, body: BodyBuilder, node: Node, read: (input: number) => number): number {
  const compute = plan.computeType(node.dtype);
  const as = (input: number): number => body.cast(read(input), compute);
  switch (node.op) {
    case 'where':
      return body.push({ op: 'where', args: [read(0), as(1), as(2)], dtype: compute });
    case 'cast':
      return as(0);
    case 'bitcast':
      return body.push({ op: 'bitcast', args: [read(0)], dtype: node.dtype });
  }
  if (BINARY.has(node.op)) {
    const op = node.op as BinaryOp;
    const dtype = plan.computeType(commonDType(op, node.inputs[0]!.dtype, node.inputs[1]!.dtype));
    const x = body.cast(read(0), dtype);
    const y = body.cast(read(1), dtype);
    return body.binary(op, x, y, node.dtype === 'bool' ? 'bool' : dtype);
  }
  const x = read(0);
  const op = node.op as UnaryOp;
  const order = op === 'polygamma' ? { order: (node.attrs as OpAttrs['polygamma']).order } : {};
  return body.push({ op, args: [x], dtype: body.dtypeOf(x), ...order }, node.row?.call?.(node.attrs as never));
}
