/**
 * Memory in a few large buffers. Kernels bind whole chunks and find their operands by offsets, so neither the number of operands
 * of a kernel nor the number of arrays of a plan meets a limit on bindings.
 * A place that is given back may be given out at once: whatever still uses it was queued before whatever will. It first stays as
 * it is, so that a plan that runs again and again finds its arrays where they were; free places are joined when room is short.
 */
import { BackendError } from '@cotangent/tensor';
import { WORD, type Unit } from './elements';
import type { GpuBuffer, GpuDevice } from './gpu';

export interface Chunk {
  readonly id: number;
  /** Bytes of an element. */
  readonly unit: Unit;
  readonly buffer: GpuBuffer;
  /** Free ranges in bytes, by position; neighbours are always merged. Places that rest are not among them. */
  readonly free: { start: number; end: number }[];
}

/** Where something lies. */
export interface Position {
  readonly chunk: Chunk;
  /** In bytes. */
  readonly offset: number;
}

export interface Place extends Position {
  readonly bytes: number;
  /** Its number among the places of its size that rest after they were given back; -1 otherwise. */
  resting: number;
}

/** Every place starts at a multiple of this: what bindings with an offset require everywhere. */
export const GRAIN = 256;

export interface HeapOptions {
  readonly usage: number;
  /** Bytes of the first chunk; each further one is as large as all before it together, of the same unit. */
  readonly first: number;
  /** Largest chunk. */
  readonly most: number;
}

export class Heap {
  private readonly chunks: Chunk[] = [];
  /** Places given back that are still whole, by size and unit. */
  private readonly rest = new Map<number, Place[]>();
  /** Bytes of all chunks. */
  reserved = 0;
  /** Bytes of all places given out. */
  used = 0;

  constructor(
    private readonly device: GpuDevice,
    private readonly options: HeapOptions,
  ) {}

  /**
   * Memory for elements of one size: a chunk is bound as an array of one type, and may not be bound twice where it is written.
   * @param last where the caller would like to have it: a place that it has had before.
   */
  allocate(bytes: number, unit: Unit = WORD, last?: Place): Place {
    const wanted = Math.max(Math.ceil(bytes / GRAIN), 1) * GRAIN;
    let place = this.awake(wanted, unit, last) ?? this.carve(wanted, unit);
    if (!place) {
      this.join();
      place = this.carve(wanted, unit);
    }
    if (!place) {
      this.grow(wanted, unit);
      place = this.carve(wanted, unit)!;
    }
    this.used += wanted;
    return place;
  }

  free(place: Place): void {
    this.used -= place.bytes;
    const key = kindOf(place.bytes, place.chunk.unit);
    let resting = this.rest.get(key);
    if (!resting) this.rest.set(key, (resting = []));
    place.resting = resting.push(place) - 1;
  }

  dispose(): void {
    for (const { buffer } of this.chunks) buffer.destroy();
    this.chunks.length = 0;
    this.rest.clear();
    this.reserved = this.used = 0;
  }

  /** A resting place of that size: `last` if it still rests, else the one given back last. */
  private awake(bytes: number, unit: Unit, last: Place | undefined): Place | undefined {
    const resting = this.rest.get(kindOf(bytes, unit));
    const newest = resting?.pop();
    if (newest === undefined) return undefined;
    let place = newest;
    if (last !== undefined && last !== newest && last.resting >= 0 && last.bytes === bytes && last.chunk.unit === unit) {
      place = last;
      newest.resting = last.resting;
      resting![last.resting] = newest;
    }
    place.resting = -1;
    return place;
  }

  /** Cuts a place out of the first free range that is large enough. */
  private carve(bytes: number, unit: Unit): Place | undefined {
    for (const chunk of this.chunks) {
      if (chunk.unit !== unit) continue;
      const at = chunk.free.findIndex(({ start, end }) => end - start >= bytes);
      if (at < 0) continue;
      const range = chunk.free[at]!;
      const offset = range.start;
      range.start += bytes;
      if (range.start === range.end) chunk.free.splice(at, 1);
      return { chunk, offset, bytes, resting: -1 };
    }
    return undefined;
  }

  /** Makes free ranges of all resting places. */
  private join(): void {
    for (const places of this.rest.values()) {
      for (const place of places) {
        place.resting = -1;
        release(place);
      }
    }
    this.rest.clear();
  }

  private grow(wanted: number, unit: Unit): void {
    const { usage, first, most } = this.options;
    if (wanted > most) {
      throw new BackendError(
        `webgpu: ${wanted} bytes are needed in one piece, but this GPU binds at most ${most} at once. ` +
          'Use smaller batches or tensors, or the wasm backend.',
      );
    }
    const soFar = this.chunks.reduce((sum, chunk) => sum + (chunk.unit === unit ? chunk.buffer.size : 0), 0);
    const size = Math.max(Math.min(Math.max(first, soFar), most), wanted);
    const buffer = this.device.createBuffer({ size: Math.ceil(size / GRAIN) * GRAIN, usage });
    this.chunks.push({ id: this.chunks.length, unit, buffer, free: [{ start: 0, end: buffer.size }] });
    this.reserved += buffer.size;
  }
}

/** A number for places that can stand in for each other: sizes are multiples of the grain. */
function kindOf(bytes: number, unit: Unit): number {
  return bytes + unit;
}

/** Adds a place to the free ranges of its chunk. */
function release({ chunk, offset, bytes }: Place): void {
  const { free } = chunk;
  let at = free.findIndex(({ start }) => start > offset);
  if (at < 0) at = free.length;
  const [before, after] = [free[at - 1], free[at]];
  const end = offset + bytes;
  if (before?.end === offset && after?.start === end) {
    before.end = after.end;
    free.splice(at, 1);
  } else if (before?.end === offset) before.end = end;
  else if (after?.start === end) after.start = offset;
  else free.splice(at, 0, { start: offset, end });
}
