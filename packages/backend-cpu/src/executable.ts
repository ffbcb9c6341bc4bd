/** A plan made ready: its kernels bound, its intermediate slots placed. */
import { allocate, bytesOf, layoutArena, lifetimesOf, type DType, type Kernel, type Observer, type Plan, type TypedArray } from '@cotangent/tensor';
import type { Bound } from './codegen/compile';

/** Memory for intermediate slots, shared by all plans of a backend because they run one at a time. */
export class Arena {
  buffer = new ArrayBuffer(0);

  ensure(bytes: number): void {
    if (this.buffer.byteLength < bytes) this.buffer = new ArrayBuffer(bytes);
  }
}

export class Executable {
  private readonly bytes: number;
  /** Intermediate slots with their places in the arena. */
  private readonly placed: readonly { readonly slot: number; readonly offset: number }[];
  /** All other slots: inputs, outputs and windows, whose arrays belong to one run. */
  private readonly loose: readonly number[];
  private readonly slots: TypedArray[];
  /** For each output the input whose memory it may take over. Elements of row kernels may be written before the inputs were read for the last time. */
  private readonly donors: readonly (number | undefined)[];
  private views: ArrayBuffer | undefined;
  private all: Bound | undefined;
  private steps: readonly Bound[] | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly arena: Arena,
    private readonly link: (kernels: readonly Kernel[]) => Bound,
  ) {
    const given = new Set([...plan.inputs, ...plan.outputs.map((output) => output.slot)]);
    const items = lifetimesOf(plan).flatMap((lifetime, slot) => {
      const { dtype, length } = plan.slots[slot]!;
      return lifetime && !given.has(slot) ? [{ ...lifetime, slot, bytes: length * bytesOf(dtype) }] : [];
    });
    const { offsets, bytes } = layoutArena(items);
    this.bytes = bytes;
    this.placed = items.map(({ slot }, k) => ({ slot, offset: offsets[k]! }));
    const own = new Set(items.map(({ slot }) => slot));
    this.loose = plan.slots.flatMap((_, slot) => (own.has(slot) ? [] : [slot]));
    this.slots = plan.slots.map(() => NOTHING);
    const early = plan.kernels.flatMap((kernel) => (kernel.kind === 'row' ? kernel.outputs : [])).filter(({ per }) => per === 'element');
    this.donors = plan.outputs.map(({ slot, donor }) => (early.some((output) => output.slot === slot) ? undefined : donor));
  }

  /** Binds the kernels, so that `run` has nothing left to compile. */
  prepare(): Bound {
    return (this.all ??= this.link(this.plan.kernels));
  }

  /**
   * Runs all kernels and returns the output arrays: new ones, or that of an input which the output may take over. With
   * `observe`, kernel by kernel.
   */
  run(inputs: readonly TypedArray[], mayTake: (input: number) => boolean, observe?: Observer): TypedArray[] {
    const { plan, slots } = this;
    this.place();
    try {
      for (let i = 0; i < inputs.length; i++) slots[plan.inputs[i]!] = inputs[i]!;
      plan.outputs.forEach(({ slot }, k) => {
        const { dtype, length } = plan.slots[slot]!;
        const donor = this.donors[k];
        slots[slot] = donor !== undefined && mayTake(donor) ? inputs[donor]! : allocate(dtype, length);
      });
      if (observe) this.observed(observe);
      else this.prepare()(slots);
      return plan.outputs.map(({ slot }) => slots[slot]!);
    } finally {
      // The plan may be kept for long; the arrays of one run must not be.
      for (const slot of this.loose) slots[slot] = NOTHING;
    }
  }

  private observed(observe: Observer): void {
    const { plan, slots } = this;
    this.steps ??= plan.kernels.map((kernel) => this.link([kernel]));
    this.steps.forEach((step, k) => {
      const begin = performance.now();
      step(slots);
      observe(k, performance.now() - begin, (slot) => slots[slot]!);
    });
  }

  /** Makes the views anew when another plan has outgrown the buffer they were made for. */
  private place(): void {
    this.arena.ensure(this.bytes);
    const { buffer } = this.arena;
    if (this.views === buffer) return;
    this.views = buffer;
    for (const { slot, offset } of this.placed) {
      const { dtype, length } = this.plan.slots[slot]!;
      this.slots[slot] = view(buffer, dtype, offset, length);
    }
  }
}

const NOTHING: TypedArray = new Uint8Array(0);

function view(buffer: ArrayBuffer, dtype: DType, offset: number, length: number): TypedArray {
  const constructor = allocate(dtype, 0).constructor as new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;
  return new constructor(buffer, offset, length);
}
