/** A plan made ready: its kernels bound, its intermediate slots placed. */
import { allocate, bytesOf, layoutArena, lifetimesOf, type Kernel, type Observer, type Plan, type TypedArray } from '@cotangent/tensor';
import type { Bound } from './codegen/compile';

/** Memory for intermediate slots, shared by all plans of a backend because they run one at a time. */
export interface Arena {
  buffer: ArrayBuffer;
}

export function newArena(): Arena {
  return { buffer: new ArrayBuffer(0) };
}

export interface Executable {
  /** Binds the kernels, so that `run` has nothing left to compile. */
  prepare(): void;
  /**
   * Runs all kernels and returns the output arrays: new ones, or that of an input which the output may take over. With
   * `observe`, kernel by kernel.
   */
  run(inputs: readonly TypedArray[], mayTake: (input: number) => boolean, observe?: Observer): TypedArray[];
}

const NOTHING: TypedArray = new Uint8Array(0);

export function executable(plan: Plan, arena: Arena, link: (kernels: readonly Kernel[]) => Bound): Executable {
  const { slots, inputs, outputs, kernels } = plan;
  const arrays = slots.map(() => NOTHING);
  const given = new Set([...inputs, ...outputs.map((output) => output.slot)]);
  const placed = lifetimesOf(plan).flatMap((lifetime, slot) => {
    const { dtype, length } = slots[slot]!;
    return lifetime && !given.has(slot) ? [{ ...lifetime, slot, dtype, length, bytes: length * bytesOf(dtype) }] : [];
  });
  const { offsets, bytes } = layoutArena(placed);
  /** Inputs, outputs and windows, whose arrays belong to one run. */
  const own = new Set(placed.map(({ slot }) => slot));
  const loose = slots.flatMap((_, slot) => (own.has(slot) ? [] : [slot]));
  // Row kernels may write elements before they have read the inputs for the last time: these must not share memory.
  const early = new Set(
    kernels.flatMap((kernel) => (kernel.kind === 'row' ? kernel.outputs.map(({ per, slot }) => (per === 'row' ? -1 : slot)) : [])),
  );
  let views: ArrayBuffer | undefined;
  let all: Bound | undefined;
  let steps: readonly Bound[] | undefined;

  /** Makes the views anew when another plan has outgrown the buffer they were made for. */
  const place = (): void => {
    if (arena.buffer.byteLength < bytes) arena.buffer = new ArrayBuffer(bytes);
    if (views === arena.buffer) return;
    views = arena.buffer;
    placed.forEach(({ slot, dtype, length }, k) => {
      const view = allocate(dtype, 0).constructor as new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;
      arrays[slot] = new view(arena.buffer, offsets[k]!, length);
    });
  };
  const prepare = (): Bound => (all ??= link(kernels));

  return {
    prepare,
    run: (from, mayTake, observe) => {
      place();
      try {
        inputs.forEach((slot, i) => (arrays[slot] = from[i]!));
        for (const { slot, donor } of outputs) {
          const { dtype, length } = slots[slot]!;
          arrays[slot] = donor !== undefined && !early.has(slot) && mayTake(donor) ? from[donor]! : allocate(dtype, length);
        }
        if (observe) {
          steps ??= kernels.map((kernel) => link([kernel]));
          steps.forEach((step, k) => {
            const begin = performance.now();
            step(arrays);
            observe(k, performance.now() - begin, (slot) => arrays[slot]!);
          });
        } else prepare()(arrays);
        return outputs.map(({ slot }) => arrays[slot]!);
      } finally {
        // The plan may be kept for long; the arrays of one run must not be.
        for (const slot of loose) arrays[slot] = NOTHING;
      }
    },
  };
}
