/** A plan: the kernels of one flush in order, and the slots they read and write. */
import type { DType } from '../dtype';
import type { Kernel } from './kernel';

/** One array of a plan. Slots never overlap. */
export interface Slot {
  readonly dtype: DType;
  readonly length: number;
}

export interface PlanOutput {
  readonly slot: number;
  /** Parameters and optimiser state: worth keeping on the backend's side, because every step reads and writes them. */
  readonly resident: boolean;
  /**
   * The plan input (its place in `inputs`) whose memory this output may take over: the kernel that writes the output is the
   * last to read that input, reads it at the very index it writes, and no kernel that could fail comes after it. A backend
   * uses it where the storage given for the input is a resident one of its own; that storage is gone after the run.
   */
  readonly donor?: number;
}

/**
 * Slots listed in `inputs` are filled from the storages given to `run`, in that order; every other slot is written by
 * exactly one kernel before it is read. Kernels run in order. `outputs` are handed back as storages, in that order; an
 * output slot is never also an input slot, and no slot is listed twice.
 */
export interface Plan {
  readonly slots: readonly Slot[];
  readonly inputs: readonly number[];
  readonly outputs: readonly PlanOutput[];
  readonly kernels: readonly Kernel[];
}
