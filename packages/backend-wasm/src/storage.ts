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

/** Notes that a plan begins or ends to use storages. */
export function count(inputs: readonly Storage[], change: 1 | -1): void {
  for (const storage of inputs) if (storage instanceof WasmStorage) storage.users += change;
}

/** The storage whose memory an output takes over: a resident one that is given to one running plan, once. */
export function donorOf(inputs: readonly Storage[], donor: number | undefined): WasmStorage | undefined {
  const storage = donor === undefined ? undefined : inputs[donor];
  return storage instanceof WasmStorage && storage.state.kind === 'resident' && storage.users === 1 ? storage : undefined;
}

/** Where the elements of a storage are. Those of other backends count as freed unless they are in JavaScript memory. */
export function stateOf(storage: Storage): StorageState {
  if (storage instanceof WasmStorage) return storage.state;
  return storage.host === undefined ? FREED : { kind: 'host', data: storage.host };
}
