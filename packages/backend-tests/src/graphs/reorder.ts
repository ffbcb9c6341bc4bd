/** A backend that adds up in another order, to see which results depend on the order. */
import type { Access, Backend, Kernel, Operand, Plan, ReduceKernel, Storage } from '@cotangent/tensor';

/** Makes a backend sum backwards, or every second element first. The backend must have no plan yet. */
export function reordered(backend: Backend, order: 'backwards' | 'interleaved'): Backend {
  const changed = new WeakMap<Plan, Plan>();
  const run = backend.run.bind(backend);
  backend.run = (plan: Plan, inputs: readonly Storage[]): Storage[] => {
    let other = changed.get(plan);
    if (!other) {
      const kernels = plan.kernels.map((kernel) => reorderKernel(kernel, order));
      changed.set(plan, (other = { ...plan, kernels }));
    }
    return run(other, inputs);
  };
  return backend;
}

function reorderKernel(kernel: Kernel, order: 'backwards' | 'interleaved'): Kernel {
  if (kernel.kind === 'reduce' && (kernel.op === 'sum' || kernel.op === 'prod') && !kernel.body.some(({ op }) => op === 'index')) {
    return order === 'backwards' ? backwards(kernel) : interleaved(kernel);
  }
  if (kernel.kind !== 'contract') return kernel;
  const turn = (access: readonly Access[]): Access[] =>
    access.map((a) => {
      const [first, second] = [a.label, a.label2].map((label) => label >= 0 && !kernel.out.includes(label));
      return {
        ...a,
        offset: a.offset + (first ? a.scale * (kernel.sizes[a.label]! - 1) : 0) + (second ? a.scale2 * (kernel.sizes[a.label2]! - 1) : 0),
        scale: first ? -a.scale : a.scale,
        scale2: second ? -a.scale2 : a.scale2,
      };
    });
  return { ...kernel, accessA: turn(kernel.accessA), accessB: turn(kernel.accessB) };
}

function backwards(kernel: ReduceKernel): Kernel {
  const flip = (x: Operand): Operand => {
    if (x.shape.includes(0)) return x;
    const offset = x.strides.reduce((sum, stride, axis) => (axis < kernel.kept ? sum : sum + stride * (x.shape[axis]! - 1)), x.offset);
    return { ...x, offset, strides: x.strides.map((stride, axis) => (axis < kernel.kept ? stride : -stride)) };
  };
  return { ...kernel, inputs: kernel.inputs.map(flip) };
}

/** An even reduced axis becomes two: first all even places, then all odd ones. */
function interleaved(kernel: ReduceKernel): Kernel {
  const axis = kernel.shape.findIndex((n, i) => i >= kernel.kept && n > 1 && n % 2 === 0);
  if (axis < 0) return kernel;
  const split = (list: readonly number[], pair: readonly [number, number]): number[] =>
    [...list.slice(0, axis), ...pair, ...list.slice(axis + 1)];
  const shape = split(kernel.shape, [2, kernel.shape[axis]! / 2]);
  return {
    ...kernel,
    shape,
    inputs: kernel.inputs.map((x) => ({ ...x, shape, strides: split(x.strides, [x.strides[axis]!, 2 * x.strides[axis]!]) })),
  };
}
