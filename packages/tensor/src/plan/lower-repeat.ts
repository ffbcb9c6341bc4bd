/** From a loop to its kernel: the body's kernels once, windows that move over the stacked arrays, and a trip count. */
import type { Node } from '../graph/node';
import { sizeOf } from '../shape';
import type { Kernel, RepeatKernel, Window } from './kernel';
import { lowerNested, type Lowering } from './lower';
import { isWhole, type View } from './view';

/** Adds the kernels of a loop. Its results are those nodes `repeatResult` that the graph has. */
export function lowerLoop(plan: Lowering, repeat: Node<'repeat'>): void {
  const { loop, results } = repeat.attrs;
  const { carries, xs, captured, ys, length, reverse } = loop;
  const windows: Window[] = [];
  const leaves = new Map<Node, number>();
  const roots: { node: Node; slot: number }[] = [];
  const wanted = new Set<Node>(plan.sequence);
  /** A slot for what lies `first`, `first + step`, ... of an array, in the order of the trips. */
  const window = (node: Node, of: number, first: number, step: number): number => {
    const slot = plan.addSlot(node.dtype, sizeOf(node.shape));
    windows.push({ slot, of, offset: first + (reverse ? (length - 1) * step : 0), step: reverse ? -step : step });
    return slot;
  };
  const whole = (index: number): number | undefined => {
    const node = results[index];
    return node && wanted.has(node) ? plan.slot(node) : undefined;
  };

  const initial: Kernel[] = [];
  const initialWindows: Window[] = [];
  carries.forEach(({ seen, next }, i) => {
    const size = sizeOf(seen.shape);
    const states = whole(i) ?? plan.addSlot(seen.dtype, (length + 1) * size);
    const place = plan.addSlot(seen.dtype, size);
    initialWindows.push({ slot: place, of: states, offset: reverse ? length * size : 0, step: 0 });
    initial.push(copyOf(plan, repeat.inputs[i]!, place));
    // Trip t of a reversed loop reads place t + 1 and writes place t.
    leaves.set(seen, window(seen, states, reverse ? size : 0, size));
    roots.push({ node: next, slot: window(next, states, reverse ? 0 : size, size) });
  });
  xs.forEach(({ seen }, j) => {
    const all = repeat.inputs[carries.length + j]!;
    const operand = plan.operand(all);
    const inner = slices(operand) ?? slices(plan.convert(operand, all.dtype))!;
    leaves.set(seen, window(seen, inner.slot, inner.offset, inner.step));
  });
  captured.forEach((node, k) => leaves.set(node, plan.wholeOperand(repeat.inputs[carries.length + xs.length + k]!).slot));
  ys.forEach((y, j) => {
    const of = whole(carries.length + j);
    if (of !== undefined) roots.push({ node: y, slot: window(y, of, 0, sizeOf(y.shape)) });
  });
  if (initial.length > 0) plan.kernels.push({ kind: 'repeat', trips: 1, kernels: initial, windows: initialWindows });
  plan.kernels.push({ kind: 'repeat', trips: length, kernels: lowerNested(plan, roots, leaves), windows } satisfies RepeatKernel);
}

function copyOf(plan: Lowering, node: Node, slot: number): Kernel {
  const before = plan.kernels;
  plan.kernels = [];
  plan.copyInto(plan.operand(node), slot, node.dtype);
  const [kernel] = plan.kernels;
  plan.kernels = before;
  return kernel!;
}

/** Where the slices along axis 0 of an operand lie, if each lies contiguous. */
function slices(operand: View & { readonly slot: number }): { slot: number; offset: number; step: number } | undefined {
  const { slot, shape, strides, offset } = operand;
  const slice = { shape: shape.slice(1), strides: strides.slice(1), offset: 0 };
  return isWhole(slice, sizeOf(slice.shape)) ? { slot, offset, step: strides[0]! } : undefined;
}

