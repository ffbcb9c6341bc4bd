/**
 * The end of a batch - reading its loss, telling callbacks - one batch behind, where reading takes time in which the next batch could
 * run already.
 */
import { currentBackend } from '@cotangent/tensor';

/** Whether values read from the backend in use come later, so that work should go on meanwhile. */
export function readsLater(): boolean {
  return currentBackend().readSync === undefined;
}

/** A read that is under way. When it fails, whoever waits for it is told; if nobody does any more, nothing happens. */
export function started<T>(read: Promise<T>): Promise<T> {
  read.catch(() => undefined);
  return read;
}

export class Behind {
  private readonly later = readsLater();
  private last: (() => void | Promise<void>) | undefined;

  /** Takes the end of a batch whose work has been started, and does that of the batch before; at once where reading takes no time. */
  async add(end: () => void | Promise<void>): Promise<void> {
    await this.drain();
    if (this.later) this.last = end;
    else await end();
  }

  /** Does the end that is still to be done. */
  async drain(): Promise<void> {
    const { last } = this;
    this.last = undefined;
    await last?.();
  }
}
