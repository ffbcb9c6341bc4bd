/** A plan made ready: its kernels bound, its intermediate slots placed. */
import { allocate, type DType, type Kernel, type Plan, type TypedArray } from '@cotangent/tensor';
import { layOut, type Layout } from './lifetimes';

/** Memory for intermediate slots, shared by all plans of a backend because they run one at a time. */
export class Arena {
  buffer = new ArrayBuffer(0);

  ensure(bytes: number): void {
    if (this.buffer.byteLength < bytes) this.buffer = new ArrayBuffer(bytes);
  }
}

export class Executable {
  private readonly layout: Layout;
  private readonly steps: readonly ((slots: readonly TypedArray[]) => void)[];
  private readonly slots: TypedArray[];
  private views: ArrayBuffer | undefined;

  constructor(
    private readonly plan: Plan,
    private readonly arena: Arena,
    bind: (kernel: Kernel) => (slots: readonly TypedArray[]) => void,
  ) {
    this.layout = layOut(plan);
    this.steps = plan.kernels.map(bind);
    this.slots = plan.slots.map(() => NOTHING);
  }

  /** Runs all kernels and returns the output arrays, fresh in every run. */
  run(inputs: readonly TypedArray[]): TypedArray[] {
    const { plan, slots } = this;
    this.placeIntermediates();
    try {
      plan.inputs.forEach((slot, i) => (slots[slot] = inputs[i]!));
      for (const { slot } of plan.outputs) slots[slot] = allocate(plan.slots[slot]!.dtype, plan.slots[slot]!.length);
      for (const step of this.steps) step(slots);
      return plan.outputs.map(({ slot }) => slots[slot]!);
    } finally {
      // The plan may be kept for long; the arrays of one run must not be.
      for (const slot of plan.inputs) slots[slot] = NOTHING;
      for (const { slot } of plan.outputs) slots[slot] = NOTHING;
    }
  }

  /** Makes the views anew when another plan has outgrown the buffer they were made for. */
  private placeIntermediates(): void {
    this.arena.ensure(this.layout.bytes);
    const { buffer } = this.arena;
    if (this.views === buffer) return;
    this.views = buffer;
    this.layout.offsets.forEach((offset, slot) => {
      const { dtype, length } = this.plan.slots[slot]!;
      if (offset >= 0) this.slots[slot] = view(buffer, dtype, offset, length);
    });
  }
}

const NOTHING: TypedArray = new Uint8Array(0);

function view(buffer: ArrayBuffer, dtype: DType, offset: number, length: number): TypedArray {
  const constructor = allocate(dtype, 0).constructor as new (buffer: ArrayBuffer, offset: number, length: number) => TypedArray;
  return new constructor(buffer, offset, length);
}
