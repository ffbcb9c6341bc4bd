/**
 * Making lazy layers during a dry run. What is recorded in a dry run is forgotten, so parameters must not be made there: a lazy
 * layer ends the run instead, is made outside, and the run starts again.
 */

/** Thrown by a lazy layer that is called for the first time in a dry run. */
export class Unbuilt extends Error {
  constructor(readonly build: () => void) {
    super('A lazy layer was called for the first time in a dry run.');
  }
}

let deferred = false;

/** Whether lazy layers throw `Unbuilt` at their first call instead of making themselves. */
export function isDeferred(): boolean {
  return deferred;
}

/** Calls `run`, again after each lazy layer that it came to, until all are made. */
export function withLazyBuilt<T>(run: () => T): T {
  for (;;) {
    const outer = deferred;
    deferred = true;
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Unbuilt)) throw error;
      error.build();
    } finally {
      deferred = outer;
    }
  }
}
