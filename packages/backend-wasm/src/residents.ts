/**
 * Arrays kept in the linear memory for storages that JavaScript owns. Usually a storage is given back explicitly, when its
 * variable gets a new value; the arrays of forgotten models are given back when the garbage collector finds them.
 *
 * What is registered with the collector is not the storage but a token that passes from storages given back to new ones. A
 * training step replaces every storage, and registering each anew made the tables of the collector grow for as long as the
 * run went on (measured in Node 20: 3 kB a step for 26 arrays, and half of the time of a small step).
 */
import type { Heap } from './memory';
import type { WasmStorage } from './storage';

/** The array a token stands for; outlives the token. */
interface Claim {
  address: number | undefined;
}

/** Held by one storage at a time. */
export interface Token {
  readonly claim: Claim;
}

export class Residents {
  readonly #heap: Heap;
  readonly #spare: Token[] = [];
  readonly #lost: FinalizationRegistry<Claim>;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#lost = new FinalizationRegistry(({ address }) => {
      if (address !== undefined) heap.free(address);
    });
  }

  /** Makes `storage` the owner of the block at `address`. */
  hold(storage: WasmStorage, address: number): void {
    storage.state = { kind: 'resident', address, token: this.#token(address) };
  }

  /** Frees the block at `address`, which `token` stands for. */
  release(address: number, token: Token): void {
    this.#heap.free(address);
    token.claim.address = undefined;
    this.#spare.push(token);
  }

  #token(address: number): Token {
    const spare = this.#spare.pop();
    if (spare !== undefined) {
      spare.claim.address = address;
      return spare;
    }
    const claim: Claim = { address };
    const token: Token = { claim };
    this.#lost.register(token, claim);
    return token;
  }
}
