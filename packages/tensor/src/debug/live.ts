/** How much memory a plan needs at each moment, and in all. */
import { bytesOf } from '../dtype';
import { lifetimesOf } from '../plan/kernel-slots';
import { layoutArena, type Placed } from '../plan/memory';
import type { Plan } from '../plan/plan';

export interface LiveMemory {
  /** For each kernel the bytes that inputs, intermediates and outputs take while it runs. */
  readonly live: readonly number[];
  /** The largest of `live`: no placement can do with less. */
  readonly bound: number;
  /** The kernel at which the bound is reached. */
  readonly at: number;
  /** What placing the same arrays in one region takes. */
  readonly arena: number;
}

/** Inputs count until their last use, and an output that takes over the memory of an input counts once. */
export function liveMemory(plan: Plan): LiveMemory {
  const arrays = placed(plan);
  const steps: number[] = [];
  const ends = plan.kernels.map((kernel) => steps.push(...new Array<number>(kernel.kind === 'repeat' ? kernel.kernels.length : 1).fill(0)));
  for (const { first, last, bytes } of arrays) {
    for (let step = Math.max(first, 0); step <= Math.min(last, steps.length - 1); step++) steps[step]! += bytes;
  }
  const live = ends.map((end, k) => Math.max(0, ...steps.slice(ends[k - 1] ?? 0, end)));
  const bound = Math.max(0, ...live);
  return { live, bound, at: live.indexOf(bound), arena: layoutArena(arrays).bytes };
}

function placed(plan: Plan): Placed[] {
  const lifetimes = lifetimesOf(plan);
  const merged = new Set<number>();
  for (const { slot, donor } of plan.outputs) {
    const from = donor === undefined ? undefined : plan.inputs[donor]!;
    if (from === undefined || !lifetimes[from] || !lifetimes[slot]) continue;
    lifetimes[slot] = { first: lifetimes[from].first, last: lifetimes[slot].last };
    merged.add(from);
  }
  return plan.slots.flatMap(({ dtype, length }, slot) => {
    const lifetime = lifetimes[slot];
    return lifetime && !merged.has(slot) ? [{ ...lifetime, bytes: length * bytesOf(dtype) }] : [];
  });
}
