/**
 * What is to be submitted. Passes and copies gather in one encoder until something must come after them in the queue: a write
 * from JavaScript, or the wait for a read. At the end of the current JavaScript task they are submitted in any case.
 */
import type { GpuBuffer, GpuCommandEncoder, GpuDevice } from './gpu';

export class Commands {
  private open: GpuCommandEncoder | undefined;
  /** Submissions so far. */
  submits = 0;
  /** Dispatches so far; whoever encodes them counts. */
  dispatches = 0;

  private readonly submitOpen = (): void => {
    this.submit();
  };

  constructor(private readonly device: GpuDevice) {}

  encoder(): GpuCommandEncoder {
    if (!this.open) {
      this.open = this.device.createCommandEncoder();
      queueMicrotask(this.submitOpen);
    }
    return this.open;
  }

  /** Puts `data` into a buffer, after everything encoded so far. */
  write(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void {
    if (data.byteLength === 0) return;
    this.submit();
    this.device.queue.writeBuffer(buffer, offset, data);
  }

  submit(): void {
    const { open } = this;
    if (!open) return;
    this.open = undefined;
    this.submits++;
    this.device.queue.submit([open.finish()]);
  }
}
