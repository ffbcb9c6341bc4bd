/** Arrays that outlive plans. */
import type { Backend, DType, Storage, TypedArray } from '@cotangent/tensor';
import type { Hold, Kept } from './kept';
import type { Token } from './residents';

/** Where the elements of a storage are. */
export type StorageState =
  /** The plan that makes it has not run yet. */
  | { readonly kind: 'pending' }
  /** In JavaScript memory. */
  | { readonly kind: 'host'; readonly data: TypedArray }
  /** In the heap of the backend, until the token is given back or lost. */
  | { readonly kind: 'resident'; readonly address: number; readonly token: Token }
  /** In the heap until somebody wants to see them, or the place is needed. */
  | { readonly kind: 'kept'; readonly hold: Hold; readonly kept: Kept }
  /** The plan that should have made it failed. */
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'freed' };

const PENDING: StorageState = { kind: 'pending' };
export const FREED: StorageState = { kind: 'freed' };

export class WasmStorage implements Storage {
  state: StorageState = PENDING;
  /** How often it is an input of a running plan; more than once when a host kernel runs plans itself. */
  users = 0;

  constructor(
    readonly backend: Backend,
    readonly dtype: DType,
    readonly length: number,
  ) {}

  get host(): TypedArray | undefined {
    const { state } = this;
    if (state.kind !== 'kept') return state.kind === 'host' ? state.data : undefined;
    const data = state.kept.take(state.hold.block);
    if (state.hold.block.address === undefined) this.state = { kind: 'host', data };
    return data;
  }
}
