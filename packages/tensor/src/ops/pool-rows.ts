/** The ops behind maximum pooling: the maxima, where they lie, and the gradient. */
import type { Node } from '../graph/node';
import { sameDType, sameShapeAs, type RareRow } from '../graph/op-row';
import type { WindowAttrs } from '../graph/ops';
import { record } from '../graph/record';
import type { Vjp } from '../graph/vjp';
import { sizeOf, windowedSize } from '../shape';
import { Tensor } from '../tensor';
import { zeros } from './create';
import { gather, scatter } from './gather';
import { reshape } from './movement';
import { nodeOf } from './operand';

/** The row-major position (int32), within the pooled axes, of the first maximum of each window. */
export function maxPoolIndices(x: Tensor, attrs: WindowAttrs): Tensor {
  return new Tensor(record('maxPoolIndices', [nodeOf('maxPool', x)], attrs, MAX_POOL_INDICES_ROW));
}

/** `grad`, one element for each window, sent to the first maximum of its window: the gradient of maximum pooling. */
function maxPoolGradient(x: Tensor, grad: Tensor, attrs: WindowAttrs): Tensor {
  return new Tensor(record('maxPoolGradient', [x.node, grad.node], attrs, MAX_POOL_GRADIENT_ROW));
}

/** Leading axes, places and windows of a pooling as a matrix each, and where among the places each maximum lies. */
function flattened(x: Tensor, attrs: WindowAttrs): { shape: (count: number) => [number, number]; places: number; positions: Tensor } {
  const lead = x.ndim - attrs.window.length;
  const planes = sizeOf(x.shape.slice(0, lead));
  const shape = (count: number): [number, number] => [planes, count];
  const indices = maxPoolIndices(x, attrs);
  return { shape, places: sizeOf(x.shape.slice(lead)), positions: reshape(indices, shape(sizeOf(indices.shape.slice(lead)))) };
}

/** The same by index. */
export function maxPoolGradientByIndex(x: Tensor, grad: Tensor, attrs: WindowAttrs): Tensor {
  const { shape, places, positions } = flattened(x, attrs);
  return reshape(scatter(zeros(shape(places), { dtype: grad.dtype }), 1, positions, reshape(grad, positions.shape), 'add'), x.shape);
}

/** What lies at the first maximum of each window. */
const maxPoolGradientRule: Vjp<'maxPoolGradient'> = (grad, { inputs, attrs }) => {
  const { shape, places, positions } = flattened(inputs[0]!, attrs);
  return [undefined, reshape(gather(reshape(grad, shape(places)), 1, positions), inputs[1]!.shape)];
};

type MaxPool = 'maxPool' | 'maxPoolIndices';

function row(op: 'max' | 'argmax', vjp?: Vjp<MaxPool>): RareRow<MaxPool> {
  return {
    kind: 'library',
    arity: 1,
    differentiable: vjp !== undefined,
    shape: ([x], { window, stride, padding, dilation }) => {
      const lead = x!.shape.length - window.length;
      return x!.shape.map((n, i) => {
        const k = i - lead;
        return k < 0 ? n : windowedSize(n, window[k]!, stride[k]!, padding[k]!, dilation[k]!);
      });
    },
    dtype: op === 'max' ? sameDType : () => 'int32',
    lower: (plan, node, output) => {
      const x = node.inputs[0]!;
      const input = plan.operandAs(x, plan.computeType(x.dtype));
      plan.kernels.push({ kind: 'pool', op, ...node.attrs, shape: node.shape, input, output });
    },
    vjp,
  };
}

export const MAX_POOL_ROW = /* @__PURE__ */ row('max', (grad, { inputs, attrs }) => [maxPoolGradient(inputs[0]!, grad, attrs)]);
export const MAX_POOL_INDICES_ROW = /* @__PURE__ */ row('argmax');

export const MAX_POOL_GRADIENT_ROW: RareRow<'maxPoolGradient'> = {
  kind: 'library',
  arity: 2,
  differentiable: true,
  shape: sameShapeAs,
  dtype: ([, grad]) => grad!.dtype,
  lower: (plan, node, output) => {
    const [x, grad] = node.inputs as [Node, Node];
    const input = plan.operandAs(x, plan.computeType(x.dtype));
    plan.kernels.push({ kind: 'poolGradient', ...node.attrs, shape: grad.shape, input, gradient: plan.operandAs(grad, output.dtype), output });
  },
  vjp: maxPoolGradientRule,
};
