/** Which slots a kernel touches, and for how long each slot of a plan holds something. */
import type { Kernel, Operand } from './kernel';
import type { Plan } from './plan';

/** Every view through which a kernel reads; the sums that an epilogue takes over are not among them. */
export function operandsOf(kernel: Kernel): readonly Operand[] {
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
    case 'row':
    case 'concat':
    case 'host':
    case 'sort':
    case 'search':
      return kernel.inputs;
    case 'group':
      return kernel.maps.flatMap(operandsOf);
    case 'scan':
    case 'pad':
    case 'pool':
      return [kernel.input];
    case 'poolGradient':
      return [kernel.input, kernel.gradient];
    case 'gather':
      return [kernel.source, kernel.index];
    case 'scatter':
      return [kernel.base, kernel.index, kernel.updates];
    case 'contract': {
      const after = kernel.epilogue?.inputs.filter((operand) => operand.slot !== kernel.output.slot);
      return [kernel.a, kernel.b, ...(after ?? [])];
    }
    case 'repeat':
      return kernel.kernels.flatMap(operandsOf);
  }
}

/** The slots a kernel reads. */
export function readsOf(kernel: Kernel): number[] {
  const slots = operandsOf(kernel).map((operand) => operand.slot);
  return kernel.kind === 'repeat' ? throughWindows(kernel, slots) : slots;
}

/** The slots a kernel writes. */
export function writesOf(kernel: Kernel): number[] {
  switch (kernel.kind) {
    case 'map':
    case 'row':
    case 'host':
    case 'sort':
    case 'search':
      return kernel.outputs.map((output) => output.slot);
    case 'group':
      return kernel.maps.flatMap(writesOf);
    case 'contract':
      return [...new Set([kernel.output.slot, ...(kernel.epilogue ? writesOf(kernel.epilogue) : [])])];
    case 'repeat':
      return throughWindows(kernel, kernel.kernels.flatMap(writesOf));
    default:
      return [kernel.output.slot];
  }
}

function throughWindows(kernel: Extract<Kernel, { kind: 'repeat' }>, slots: readonly number[]): number[] {
  const origin = new Map(kernel.windows.map(({ slot, of }) => [slot, of]));
  return [...new Set(slots.map((slot) => origin.get(slot) ?? slot))];
}

/** The steps, counted through the kernels inside repetitions, during which a slot must keep its memory. */
export interface Lifetime {
  readonly first: number;
  readonly last: number;
}

/**
 * The lifetime of every slot; undefined for windows, which have no memory, and for slots nobody touches. Inputs live from
 * step -1, outputs to the step after the last. A slot that only the inside of a repetition uses lives within one trip; all
 * others that a repetition touches live as long as it runs.
 */
export function lifetimesOf(plan: Plan): (Lifetime | undefined)[] {
  const first = new Array<number>(plan.slots.length).fill(Infinity);
  const last = new Array<number>(plan.slots.length).fill(-Infinity);
  const touch = (slot: number, step: number): void => {
    first[slot] = Math.min(first[slot]!, step);
    last[slot] = Math.max(last[slot]!, step);
  };
  for (const slot of plan.inputs) touch(slot, -1);
  let step = 0;
  const windows = new Set<number>();
  for (const kernel of plan.kernels) {
    if (kernel.kind !== 'repeat') {
      for (const slot of [...writesOf(kernel), ...readsOf(kernel)]) touch(slot, step);
      step++;
      continue;
    }
    const begin = step;
    const origin = new Map(kernel.windows.map(({ slot, of }) => [slot, of]));
    for (const slot of origin.keys()) windows.add(slot);
    const written = new Set<number>();
    const outer = new Set(origin.values());
    for (const inner of kernel.kernels) {
      for (const slot of readsOf(inner)) {
        if (!origin.has(slot) && !written.has(slot)) outer.add(slot);
        touch(slot, step);
      }
      for (const slot of writesOf(inner)) {
        written.add(slot);
        touch(slot, step);
      }
      step++;
    }
    for (const slot of outer) {
      touch(slot, begin);
      touch(slot, step - 1);
    }
  }
  for (const { slot } of plan.outputs) touch(slot, step);
  const used = (slot: number): boolean => first[slot] !== Infinity && !windows.has(slot);
  return plan.slots.map((_, slot) => (used(slot) ? { first: first[slot]!, last: last[slot]! } : undefined));
}
