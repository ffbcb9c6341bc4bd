/**
 * Whose memory is whose: places that storages hold until they are freed or collected, copies of what comes from JavaScript, the
 * arena. Not here: where places lie (`heap.ts`) and when things happen; calls come in the order of the queue.
 */
import { BackendError, type Slot, type Storage } from '@cotangent/tensor';
import type { Commands } from './commands';
import { toMemory, unitOf, type Unit } from './elements';
import type { Arena } from './executable';
import type { Heap, Place } from './heap';
import { GpuStorage } from './storage';

/** Copies of inputs that were given more than once are kept up to so many bytes. */
const MOST_KEPT = 2 ** 28;
const MOST_SPARE = 1024;

/** What is left of a storage after it has been collected. */
export interface Held {
  place: Place | undefined;
  /** Whether it is the copy of an array of JavaScript. */
  copy: boolean;
}

/**
 * A storage's hold on its memory. A storage that takes over the memory of another one takes the lease, so that a parameter needs
 * no new one in every step; leases that ended serve again.
 */
export class Lease {
  readonly held: Held = { place: undefined, copy: false };
}

/** What an array of JavaScript is reminded of: that it was uploaded, and where. */
class Note {
  run = 0;
  place: Place | undefined;
  lease: Lease | undefined;

  constructor(readonly memory: Memory) {}
}

export class Memory {
  private readonly spare: Lease[] = [];
  private readonly collected: FinalizationRegistry<Held>;
  private readonly arena: Record<Unit, Place | undefined> = { 2: undefined, 4: undefined };
  private kept = 0;

  /** @param inTurn runs a task when its turn in the queue has come. */
  constructor(
    readonly heap: Heap,
    private readonly commands: Commands,
    private readonly hasHalves: boolean,
    inTurn: (task: () => void) => void,
  ) {
    this.collected = new FinalizationRegistry((held) => {
      inTurn(() => {
        this.release(held);
      });
    });
  }

  /** A hold on a place that ends with the object that has it. */
  lease(place: Place): Lease {
    let lease = this.spare.pop();
    if (!lease) {
      lease = new Lease();
      this.collected.register(lease, lease.held);
    }
    lease.held.place = place;
    return lease;
  }

  /** Gives the memory of a storage back. */
  free(storage: GpuStorage): void {
    const { lease } = storage;
    if (!lease) return;
    storage.lease = undefined;
    this.release(lease.held);
    if (this.spare.length < MOST_SPARE) this.spare.push(lease);
  }

  /** Where an input of run number `run` lies, uploaded into one of `uploads` if it must; `last` is where it would best lie. */
  input(storage: Storage, run: number, last: Place | undefined, uploads: Place[]): Place {
    if (storage instanceof GpuStorage) {
      if (storage.failure !== undefined) throw storage.failure;
      if (storage.lease) {
        storage.shared = storage.run === run;
        storage.run = run;
        return storage.lease.held.place!;
      }
    }
    let note = storage.note;
    if (!(note instanceof Note) || note.memory !== this) storage.note = note = new Note(this);
    const copy = note as Note;
    if (copy.lease) return copy.lease.held.place!;
    if (copy.run === run) return copy.place!;
    const place = this.upload(storage, last);
    if (copy.run > 0 && this.kept + place.bytes <= MOST_KEPT) {
      copy.lease = this.lease(place);
      copy.lease.held.copy = true;
      this.kept += place.bytes;
    } else {
      copy.run = run;
      copy.place = place;
      uploads.push(place);
    }
    return place;
  }

  /** A place for an array, best where it lay `last`. */
  take({ dtype, length }: Slot, last: Place | undefined): Place {
    const unit = unitOf(dtype, this.hasHalves);
    return this.heap.allocate(length * unit, unit, last);
  }

  /** Memory for what lies between the kernels of a plan; all plans share it, because they run one after another. */
  arenaOf(bytes: Readonly<Record<Unit, number>>): Arena {
    for (const unit of [2, 4] as const) {
      const now = this.arena[unit];
      if (bytes[unit] === 0 || (now && now.bytes >= bytes[unit])) continue;
      if (now) this.heap.free(now);
      this.arena[unit] = undefined;
      this.arena[unit] = this.heap.allocate(bytes[unit], unit);
    }
    return this.arena;
  }

  private upload({ host, dtype, length }: Storage, last: Place | undefined): Place {
    if (!host) throw new BackendError(GONE);
    const place = this.take({ dtype, length }, last);
    this.commands.write(place.chunk.buffer, place.offset, toMemory(host, dtype, place.chunk.unit));
    return place;
  }

  private release(held: Held): void {
    const { place, copy } = held;
    if (!place) return;
    held.place = undefined;
    held.copy = false;
    if (copy) this.kept -= place.bytes;
    this.heap.free(place);
  }
}

export const GONE = 'webgpu: the storage is gone, because a plan has updated it in place. Read it before that plan runs.';

/** Whether an output may take over the memory of a storage that run number `run` was given: nothing else in the plan reads it. */
export function isTakeable(storage: Storage, run: number): storage is GpuStorage & { lease: Lease } {
  return storage instanceof GpuStorage && storage.resident && storage.lease !== undefined && storage.run === run && !storage.shared;
}
