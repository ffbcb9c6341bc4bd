/** Arrays in GPU memory. */
import type { Backend, DType, Storage, TypedArray } from '@cotangent/tensor';
import type { Lease } from './memory';

export class GpuStorage implements Storage {
  /** Its memory: undefined before the plan that fills it has run, and after it was given back or taken over. */
  lease: Lease | undefined;
  /** The elements, once somebody has read them; resident storages stay where they are. */
  host: TypedArray | undefined;
  /** Why there are no elements, when the plan could not be run. */
  failure: Error | undefined;
  /** The run that was last given it, and whether more than once. */
  run = 0;
  shared = false;
  note: unknown;

  constructor(
    readonly dtype: DType,
    readonly length: number,
    readonly backend: Backend,
    readonly resident: boolean,
  ) {}
}
