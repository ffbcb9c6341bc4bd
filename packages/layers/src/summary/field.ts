/** Receptive fields: how much of the input one place of an output can depend on. */
import { BINARY_OPS, UNARY_OPS, type Node, type WindowAttrs } from '@cotangent/tensor';
import type { Module } from '../module';

/** Per spatial axis. */
export interface Field {
  /** Places of the input that one place of the output sees. */
  readonly size: readonly number[];
  /** Places of the input between neighbours of the output. */
  readonly jump: readonly number[];
}

/** Of an input [batch, channels, ...spatial]; undefined when there are no spatial axes. */
export function inputField(rank: number): Field | undefined {
  if (rank < 3) return undefined;
  const ones = new Array<number>(rank - 2).fill(1);
  return { size: ones, jump: ones };
}

interface Window {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation?: readonly number[];
}

/** The window of a convolution or pooling layer; undefined for other modules, and for those that spread instead of gather. */
export function windowOf(module: Module): Window | undefined {
  const { kernelSize, stride, dilation } = module as Partial<Record<keyof Window, unknown>>;
  if (!isNumbers(kernelSize) || !isNumbers(stride) || 'outputPadding' in module) return undefined;
  return { kernelSize, stride, ...(isNumbers(dilation) && { dilation }) };
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => typeof n === 'number');
}

/** After a window: r + (k - 1) d j for the size r, and j s for the jump j. */
export function throughWindow(field: Field | undefined, { kernelSize, stride, dilation }: Window): Field | undefined {
  if (!field || field.size.length !== kernelSize.length) return undefined;
  return {
    size: field.size.map((r, i) => r + (kernelSize[i]! - 1) * (dilation?.[i] ?? 1) * field.jump[i]!),
    jump: field.jump.map((j, i) => j * stride[i]!),
  };
}

/** Ops of which every element depends on the elements at the same place. */
const LOCAL: ReadonlySet<string> = new Set([
  ...UNARY_OPS, ...BINARY_OPS, 'where', 'cast', 'bitcast', 'stopGradient', 'customGradient', 'checkpoint',
]);

/** The field of a node from those of its inputs that depend on the model's input; undefined where it is not known. */
export function fieldOf(node: Node, inputs: readonly (Field | undefined)[]): Field | undefined {
  const [first] = inputs;
  if (first === undefined || inputs.includes(undefined)) return undefined;
  if (node.op === 'maxPool') {
    const { window, stride, dilation } = node.attrs as WindowAttrs;
    return throughWindow(first, { kernelSize: window, stride, dilation });
  }
  const local = LOCAL.has(node.op) || (node.op === 'concat' && (node.attrs as { axis: number }).axis === 1);
  if (!local || node.shape.length !== first.size.length + 2) return undefined;
  const fields = inputs as readonly Field[];
  if (fields.some((f) => f.jump.join() !== first.jump.join())) return undefined;
  return { size: first.size.map((_, i) => Math.max(...fields.map((f) => f.size[i]!))), jump: first.jump };
}
