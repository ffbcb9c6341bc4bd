/**
 * Memory in a few large buffers. Kernels bind whole chunks and find their operands by offsets, so neither the number of operands
 * of a kernel nor the number of arrays of a plan meets a limit on bindings.
 * A place that is given back may be given out at once: whatever still uses it was queued before whatever will.
 */
import { BackendError } from '@cotangent/tensor';
import { WORD, type Unit } from './elements';
import type { GpuBuffer, GpuDevice } from './gpu';

export interface Chunk {
  readonly id: number;
  /** Bytes of an element. */
  readonly unit: Unit;
  readonly buffer: GpuBuffer;
  /** Free ranges in bytes, by position; neighbours are always merged. */
  readonly free: { start: number; end: number }[];
}

export interface Place {
  readonly chunk: Chunk;
  /** In bytes. */
  readonly offset: number;
  readonly bytes: number;
}

/** Every place starts at a multiple of this: what bindings with an offset require everywhere. */
export const GRAIN = 256;

export interface HeapOptions {
  readonly usage: number;
  /** Bytes of the first chunk; each further one is as large as all before it together, of the same unit. */
  readonly first: number;
  /** Largest chunk. */
  readonly most: number;
  /** Bytes at the end of each chunk that are never given out. */
  readonly tail: number;
}

export class Heap {
  private readonly chunks: Chunk[] = [];
  /** Bytes of all chunks. */
  bytes = 0;

  constructor(
    private readonly device: GpuDevice,
    private readonly options: HeapOptions,
  ) {}

  /** Memory for elements of one size: a chunk is bound as an array of one type, and may not be bound twice where it is written. */
  allocate(bytes: number, unit: Unit = WORD): Place {
    const wanted = Math.max(Math.ceil(bytes / GRAIN), 1) * GRAIN;
    for (const chunk of this.chunks) {
      if (chunk.unit !== unit) continue;
      const at = chunk.free.findIndex(({ start, end }) => end - start >= wanted);
      if (at < 0) continue;
      const range = chunk.free[at]!;
      const offset = range.start;
      range.start += wanted;
      if (range.start === range.end) chunk.free.splice(at, 1);
      return { chunk, offset, bytes: wanted };
    }
    this.grow(wanted, unit);
    return this.allocate(wanted, unit);
  }

  free({ chunk, offset, bytes }: Place): void {
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

  dispose(): void {
    for (const { buffer } of this.chunks) buffer.destroy();
    this.chunks.length = 0;
    this.bytes = 0;
  }

  private grow(wanted: number, unit: Unit): void {
    const { usage, first, most, tail } = this.options;
    if (wanted + tail > most) {
      throw new BackendError(
        `webgpu: ${wanted} bytes are needed in one piece, but this GPU binds at most ${most} at once. ` +
          'Use smaller batches or tensors, or the wasm backend.',
      );
    }
    const alike = this.chunks.filter((chunk) => chunk.unit === unit);
    const soFar = alike.reduce((sum, chunk) => sum + chunk.buffer.size, 0);
    const size = Math.max(Math.min(Math.max(first, soFar), most), wanted + tail);
    const buffer = this.device.createBuffer({ size: Math.ceil(size / GRAIN) * GRAIN, usage });
    this.chunks.push({ id: this.chunks.length, unit, buffer, free: [{ start: 0, end: buffer.size - Math.ceil(tail / GRAIN) * GRAIN }] });
    this.bytes += buffer.size;
  }
}
