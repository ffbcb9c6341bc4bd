/** Arrays in GPU memory. */
import type { Backend, DType, Storage, TypedArray } from '@cotangent/tensor';
import type { Place } from './heap';

/** Memory of a storage, apart from it, so that it can be given back after the storage has been collected. */
export interface Held {
  /** Undefined before the plan that fills it has run, and after it was given back. */
  place: Place | undefined;
}

export class GpuStorage implements Storage {
  readonly held: Held = { place: undefined };
  /** The elements, once somebody has read them; resident storages stay where they are. */
  host: TypedArray | undefined;
  /** Why there are no elements, when the plan could not be run. */
  failure: Error | undefined;

  constructor(
    readonly dtype: DType,
    readonly length: number,
    readonly backend: Backend,
    readonly resident: boolean,
  ) {}
}
