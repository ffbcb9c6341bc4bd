/** Donation: which new values of variables may be written over the old ones. */
import type { Kernel, MapKernel, Operand } from './kernel';
import { readsOf } from './kernel-slots';
import type { Plan, PlanOutput, Slot } from './plan';
import { stridesOf } from '../shape';

/**
 * The outputs of a plan, with the inputs they may take over. `old[k]` is the input, if any, whose value ends with output k: a
 * variable's new value best takes the place of its old one, so that variables stay where they are from step to step.
 */
export function donors(plan: Plan, old: readonly (number | undefined)[]): PlanOutput[] {
  const { kernels, inputs, outputs, slots } = plan;
  let lastFallible = -1;
  const lastRead = new Map<number, number>();
  kernels.forEach((kernel, k) => {
    if (mayFail(kernel)) lastFallible = k;
    for (const slot of readsOf(kernel)) lastRead.set(slot, k);
  });
  const outputSlots = new Set(outputs.map((output) => output.slot));
  const free = new Set(old.flatMap((input) => (input === undefined || outputSlots.has(inputs[input]!) ? [] : inputs[input]!)));
  const chosen: (number | undefined)[] = [];
  const choose = (output: PlanOutput, candidates: ReadonlySet<number>): number | undefined => {
    const k = kernels.findIndex((kernel) => mapsOf(kernel).some((map) => map.outputs.some((o) => o.slot === output.slot)));
    if (!output.resident || k < 0 || k < lastFallible) return undefined;
    const maps = mapsOf(kernels[k]!);
    const writer = maps.find((map) => map.outputs.some((o) => o.slot === output.slot))!;
    const slot = writer.inputs.find((x) => candidates.has(x.slot) && fits(x.slot, output.slot, writer, slots))?.slot;
    if (slot === undefined || lastRead.get(slot) !== k) return undefined;
    if (maps.some((map) => map !== writer && readsOf(map).includes(slot))) return undefined;
    free.delete(slot);
    return slot;
  };
  outputs.forEach((output, k) => {
    const own = old[k] === undefined ? undefined : inputs[old[k]];
    chosen[k] = own !== undefined && free.has(own) ? choose(output, new Set([own])) : undefined;
  });
  return outputs.map((output, k) => {
    const slot = chosen[k] ?? choose(output, free);
    return slot === undefined ? output : { ...output, donor: inputs.indexOf(slot) };
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
