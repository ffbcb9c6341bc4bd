/** Bringing elements back to JavaScript: a copy into a buffer that can be mapped, taken from a pool of such buffers. */
import { MAP_READ, USAGE, type GpuBuffer, type GpuDevice } from './gpu';
import type { Commands } from './commands';
import type { Waits } from './waits';

/** Unused buffers are kept up to so many bytes. */
const POOL_BYTES = 64 * 2 ** 20;
const SMALLEST = 1024;

export interface Source {
  readonly buffer: GpuBuffer;
  readonly offset: number;
  readonly bytes: number;
}

export class Reads {
  private readonly pool: GpuBuffer[] = [];
  private pooled = 0;
  /** Bytes of all buffers, and of those that wait for a copy. */
  reserved = 0;
  get used(): number {
    return this.reserved - this.pooled;
  }

  constructor(
    private readonly device: GpuDevice,
    private readonly commands: Commands,
    private readonly waits: Waits,
  ) {}

  /**
   * The bytes of all sources as they are when everything queued so far is done. Queued at once; the promise waits. The buffer
   * `clear` is filled with zeros after the copies.
   */
  async read(sources: readonly Source[], clear?: GpuBuffer): Promise<ArrayBuffer[]> {
    const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
    const staging = this.take(total);
    const encoder = this.commands.encoder();
    let offset = 0;
    for (const { buffer, offset: from, bytes } of sources) {
      if (bytes > 0) encoder.copyBufferToBuffer(buffer, from, staging, offset, bytes);
      offset += bytes;
    }
    if (clear) encoder.clearBuffer(clear);
    this.commands.submit();
    const { submits } = this.commands;
    try {
      await this.waits.until(staging.mapAsync(MAP_READ, 0, total));
      this.commands.finished(submits);
    } catch (error) {
      this.drop(staging);
      throw error;
    }
    const all = staging.getMappedRange(0, total);
    let begin = 0;
    const parts = sources.map(({ bytes }) => all.slice(begin, (begin += bytes)));
    staging.unmap();
    this.give(staging);
    return parts;
  }

  dispose(): void {
    for (const buffer of this.pool) buffer.destroy();
    this.pool.length = 0;
    this.pooled = this.reserved = 0;
  }

  private take(bytes: number): GpuBuffer {
    let size = SMALLEST;
    while (size < bytes) size *= 2;
    const at = this.pool.findIndex((buffer) => buffer.size === size);
    if (at >= 0) {
      this.pooled -= size;
      return this.pool.splice(at, 1)[0]!;
    }
    this.reserved += size;
    return this.device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTarget });
  }

  private give(buffer: GpuBuffer): void {
    if (this.pooled + buffer.size > POOL_BYTES) {
      this.drop(buffer);
      return;
    }
    this.pool.push(buffer);
    this.pooled += buffer.size;
  }

  private drop(buffer: GpuBuffer): void {
    this.reserved -= buffer.size;
    buffer.destroy();
  }
}
