/** Where intermediate slots live: offsets in one shared buffer, so that slots never alive together share their bytes. */
import { bytesOf, readsOf, writesOf, type Plan } from '@cotangent/tensor';

export interface Layout {
  /** Byte offset of each slot in the buffer; -1 for inputs and outputs, which have arrays of their own. */
  readonly offsets: readonly number[];
  /** Bytes the buffer needs. */
  readonly bytes: number;
}

/** First fit in order of birth: each slot takes the lowest gap among the slots alive while it is. */
export function layOut(plan: Plan): Layout {
  const own = new Set([...plan.inputs, ...plan.outputs.map((output) => output.slot)]);
  const offsets = plan.slots.map(() => -1);
  const lastUse = new Map<number, number>();
  plan.kernels.forEach((kernel, k) => {
    for (const slot of [...writesOf(kernel), ...readsOf(kernel)]) lastUse.set(slot, k);
  });
  let bytes = 0;
  let alive: { begin: number; end: number; until: number }[] = [];
  plan.kernels.forEach((kernel, k) => {
    alive = alive.filter((block) => block.until >= k);
    for (const slot of writesOf(kernel)) {
      if (own.has(slot)) continue;
      const { dtype, length } = plan.slots[slot]!;
      // Multiples of 64 bytes: every element type is aligned, and no two slots share a cache line.
      const size = Math.ceil((length * bytesOf(dtype)) / 64) * 64;
      let begin = 0;
      let place = 0;
      for (; place < alive.length && begin + size > alive[place]!.begin; place++) begin = Math.max(begin, alive[place]!.end);
      alive.splice(place, 0, { begin, end: begin + size, until: lastUse.get(slot)! });
      offsets[slot] = begin;
      bytes = Math.max(bytes, begin + size);
    }
  });
  return { offsets, bytes };
}
