import type { OpName, Vjp } from '@cotangent/tensor';

export type { Recorded, SparseRows, Vjp } from '@cotangent/tensor';

/** Rules that never produce a gradient: sources, comparisons, integer results. */
export const NONE: Vjp<OpName> = () => [];
