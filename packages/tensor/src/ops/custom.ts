/** Ops of your own: a shape rule, a reference in JavaScript, and a gradient rule. */
import type { DType, TypedArray } from '../dtype';
import type { VjpFunction } from '../graph/ops';
import type { RareRow } from '../graph/op-row';
import { record } from '../graph/record';
import { host } from '../plan/lower-ops';
import { checkShape, type Shape } from '../shape';
import { Tensor } from '../tensor';
import { nodeOf } from './operand';

/** Row-major elements with their shape. */
export interface HostArray {
  readonly data: TypedArray;
  readonly shape: Shape;
}

export interface CustomOp<Options = unknown> {
  /** Appears in errors and plans. */
  readonly name: string;
  /** The output shape; throws ShapeError for inputs that do not fit. */
  shape(inputs: readonly Shape[], options: Options): Shape;
  /** The output dtype; default: that of the first input. */
  dtype?(inputs: readonly DType[], options: Options): DType;
  /** Computes the output into `output.data`, which is zero-filled. */
  forward(inputs: readonly HostArray[], output: HostArray, options: Options): void;
  /** The gradient rule, itself recorded, so that it can be differentiated again; absent: no gradient. */
  readonly vjp?: (options: Options) => VjpFunction;
}

/**
 * Makes a function from the definition of an op. The op runs as JavaScript on typed arrays on every backend; on WebGPU
 * that costs a round trip through the host.
 *
 * @example
 * ```ts
 * import { custom, tensor } from '@cotangent/tensor';
 * const half = custom({
 *   name: 'half',
 *   shape: ([x]) => x!,
 *   forward: ([x], out) => out.data.set(x!.data.map((v) => v / 2)),
 *   vjp: () => (grad) => [grad.div(2)],
 * });
 * console.log(await half([tensor([1, 2, 3])]).array()); // [0.5, 1, 1.5]
 * ```
 */
export function custom<Options = undefined>(
  definition: CustomOp<Options>,
): (inputs: readonly Tensor[], ...options: Options extends undefined ? [] : [Options]) => Tensor {
  const erased = definition as unknown as CustomOp;
  return (inputs, ...options) =>
    new Tensor(record('custom', inputs.map((x) => nodeOf(definition.name, x)), { definition: erased, options: options[0] }, CUSTOM_ROW));
}

export const CUSTOM_ROW: RareRow<'custom'> = {
  kind: 'library',
  arity: 'many',
  differentiable: true,
  shape: (inputs, { definition, options }) => {
    const shape = definition.shape(inputs.map((x) => x.shape), options);
    checkShape(definition.name, shape);
    return shape;
  },
  dtype: (inputs, { definition, options }) =>
    definition.dtype ? definition.dtype(inputs.map((x) => x.dtype), options) : inputs[0]!.dtype,
  lower: (plan, node, output) => {
    const { definition, options } = node.attrs;
    const { shape } = node;
    const shapes = node.inputs.map((x) => x.shape);
    host(plan, node, output, `custom:${definition.name}`, (inputs, [out]) => {
      definition.forward(inputs.map((data, i) => ({ data, shape: shapes[i]! })), { data: out!, shape }, options);
    });
  },
  vjp: (grad, { inputs, output, attrs }) => attrs.definition.vjp?.(attrs.options)(grad, inputs, output) ?? [],
};
