/**
 * Room for everything else: a backend that computes in this thread would otherwise keep timers, signals and the page
 * waiting until training ends, because promises alone never let them in. And a backend that computes elsewhere gets no more work
 * than it has room for.
 */
import { whenRoom } from '@cotangent/tensor';

const INTERVAL = 30;

/** Gives way whenever the backend is busy, or some time has passed since it last did. */
export class Pause {
  private last = performance.now();

  async here(): Promise<void> {
    await whenRoom();
    if (performance.now() - this.last < INTERVAL) return;
    await turn();
    this.last = performance.now();
  }
}

/** Resolves after waiting tasks have had their turn. A timer would be slowed down by browsers. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
