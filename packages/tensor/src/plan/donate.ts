/** Donation: which new values of variables may be written over the old ones. */
import type { Kernel, MapKernel, Operand } from './kernel';
import { readsOf } from './kernel-slots';
import type { Plan, PlanOutput, Slot } from './plan';
import { stridesOf } from '../shape';

/** The outputs of a plan, with the inputs they may take over. `replaced` tells which inputs are old values that end with it. */
export function donors(plan: Plan, replaced: readonly boolean[]): PlanOutput[] {
  const { kernels, inputs, slots } = plan;
  let lastFallible = -1;
  const lastRead = new Map<number, number>();
  kernels.forEach((kernel, k) => {
    if (mayFail(kernel)) lastFallible = k;
    for (const slot of readsOf(kernel)) lastRead.set(slot, k);
  });
  const outputSlots = new Set(plan.outputs.map((output) => output.slot));
  const taken = new Set<number>();
  return plan.outputs.map((output) => {
    if (!output.resident) return output;
    const k = kernels.findIndex((kernel) => mapsOf(kernel).some((map) => map.outputs.some((o) => o.slot === output.slot)));
    if (k < 0 || k < lastFallible) return output;
    const maps = mapsOf(kernels[k]!);
    const writer = maps.find((map) => map.outputs.some((o) => o.slot === output.slot))!;
    const free = (x: number): boolean => replaced[inputs.indexOf(x)] === true && !taken.has(x) && !outputSlots.has(x);
    const slot = writer.inputs.find((x) => free(x.slot) && fits(x.slot, output.slot, writer, slots))?.slot;
    if (slot === undefined || lastRead.get(slot) !== k || maps.some((map) => map !== writer && readsOf(map).includes(slot))) return output;
    taken.add(slot);
    return { ...output, donor: inputs.indexOf(slot) };
  });
}

/** The maps of a kernel that write at the index they compute. */
function mapsOf(kernel: Kernel): readonly MapKernel[] {
  return kernel.kind === 'map' ? [kernel] : kernel.kind === 'group' ? kernel.maps : [];
}

/** Kernels that can throw: after one did, the old values must still be there. */
function mayFail(kernel: Kernel): boolean {
  if (kernel.kind === 'repeat') return kernel.kernels.some(mayFail);
  return kernel.kind === 'gather' || kernel.kind === 'scatter' || kernel.kind === 'host';
}

/** Whether the map reads the slot only at the index it writes, and nothing is lost by writing there. */
function fits(from: number, to: number, map: MapKernel, slots: readonly Slot[]): boolean {
  const [a, b] = [slots[from]!, slots[to]!];
  if (a.dtype !== b.dtype || a.length !== b.length) return false;
  const strides = stridesOf(map.shape);
  const inPlace = (x: Operand): boolean => x.offset === 0 && x.strides.every((s, i) => map.shape[i] === 1 || s === strides[i]);
  return map.inputs.every((x) => x.slot !== from || inPlace(x));
}
