/** Runs kernels and plans on a backend and hands back plain arrays. */
import { readsOf, writesOf, type Backend, type Kernel, type Plan, type TypedArray } from '@cotangent/tensor';
import type { Slots } from './random';

/** A plan of the given kernels: slots with an array are inputs, `outputs` are handed back (default: all that is written). */
export function planOf(slots: Slots, kernels: readonly Kernel[], outputs?: readonly number[]): Plan {
  const used = new Set(kernels.flatMap((kernel) => [...readsOf(kernel), ...writesOf(kernel)]));
  return {
    slots: slots.slots,
    inputs: slots.arrays.flatMap((array, slot) => (array && used.has(slot) ? [slot] : [])),
    outputs: (outputs ?? kernels.flatMap(writesOf)).map((slot) => ({ slot, resident: false })),
    kernels,
  };
}

export function execute(backend: Backend, plan: Plan, slots: Slots): TypedArray[] {
  const inputs = plan.inputs.map((slot) => {
    const host = slots.arrays[slot]!;
    return { dtype: slots.slots[slot]!.dtype, length: host.length, host, backend: undefined };
  });
  return backend.run(plan, inputs).map((storage) => storage.host!);
}

/** The outputs of a single kernel. */
export function executeKernel(backend: Backend, kernel: Kernel, slots: Slots): TypedArray[] {
  return execute(backend, planOf(slots, [kernel]), slots);
}
