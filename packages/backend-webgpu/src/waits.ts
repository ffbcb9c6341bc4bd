/**
 * Waiting for the GPU. Firefox looks whether it is done whenever something is submitted, and otherwise every 100 ms only (its bug
 * 1870699); there an empty list of commands is submitted every few milliseconds for as long as anything waits.
 */
import type { GpuQueue } from './gpu';

const INTERVAL_MS = 4;

export class Waits {
  private pending = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly queue: Pick<GpuQueue, 'submit'>,
    private readonly nudges: boolean,
  ) {}

  /** The result of `wait`, which the GPU is to settle. */
  async until<T>(wait: Promise<T>): Promise<T> {
    if (!this.nudges) return wait;
    this.pending++;
    this.timer ??= setInterval(() => {
      this.queue.submit([]);
    }, INTERVAL_MS);
    try {
      return await wait;
    } finally {
      this.pending--;
      if (this.pending === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
      }
    }
  }
}

export function isFirefox(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return /\bFirefox\//.test(navigator?.userAgent ?? '');
}
