/**
 * What is to be submitted. Passes and copies gather in one encoder until something must come after them in the queue: a write
 * from JavaScript, or the wait for a read. At the end of the current JavaScript task they are submitted in any case. And how much
 * of what was submitted is not done yet.
 */
import type { GpuBuffer, GpuCommandEncoder, GpuDevice } from './gpu';
import type { Waits } from './waits';

/** Submissions that may be under way before a program that asks is told to wait: they keep the GPU busy meanwhile. */
const MOST_UNDER_WAY = 3;

/** A place in the queue whose passing is known; `count` submissions come before it. */
interface Mark {
  readonly count: number;
  readonly passed: Promise<void>;
}

export class Commands {
  private open: GpuCommandEncoder | undefined;
  private readonly marks: Mark[] = [];
  private done = 0;
  /** Submissions so far. */
  submits = 0;
  /** Dispatches so far; whoever encodes them counts. */
  dispatches = 0;

  private readonly submitOpen = (): void => {
    this.submit();
  };

  constructor(
    private readonly device: Pick<GpuDevice, 'createCommandEncoder' | 'queue'>,
    private readonly waits: Waits,
  ) {}

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

  /** Says that the first `count` submissions are done: somebody has waited for what came after them. */
  finished(count: number): void {
    this.done = Math.max(this.done, count);
    while (this.marks.length > 0 && this.marks[0]!.count <= this.done) this.marks.shift();
  }

  /** Undefined while one more submission may be made; else resolves when that is so. */
  whenRoom(): Promise<void> | undefined {
    this.submit();
    const { marks, submits } = this;
    if ((marks.at(-1)?.count ?? this.done) < submits) {
      const passed = (): void => {
        this.finished(submits);
      };
      // A lost device has nothing under way; whatever uses it next says that it is lost.
      marks.push({ count: submits, passed: this.device.queue.onSubmittedWorkDone().then(passed, passed) });
    }
    return this.isFull() ? this.waits.until(this.untilRoom()) : undefined;
  }

  private isFull(): boolean {
    return this.submits - this.done >= MOST_UNDER_WAY;
  }

  private async untilRoom(): Promise<void> {
    while (this.isFull() && this.marks.length > 0) await this.marks[0]!.passed;
  }
}
