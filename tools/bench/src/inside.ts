/** How much of a step is spent in the backend, and in its kernels. */
import { performance } from 'node:perf_hooks';
import type { Backend } from '@cotangent/tensor';

/**
 * Adds up the time that a backend's `run` takes. For figures of microseconds it is started once and left running: an object whose
 * method has just been replaced is one that V8 knows nothing about, and is slow for a while.
 */
export class RunClock {
  ms = 0;
  private readonly own: Backend['run'];

  constructor(private readonly backend: Backend) {
    const own = (this.own = backend.run.bind(backend));
    backend.run = (plan, inputs) => {
      const before = performance.now();
      const outputs = own(plan, inputs);
      this.ms += performance.now() - before;
      return outputs;
    };
  }

  stop(): void {
    this.backend.run = this.own;
  }
}

/** Calls `fn` while plans are run by `run` in place of the backend's own method. */
function during(backend: Backend, run: Backend['run'], fn: () => void): void {
  const own = backend.run.bind(backend);
  backend.run = run;
  try {
    fn();
  } finally {
    backend.run = own;
  }
}

/** Milliseconds of a synchronous step, and how many of them the backend had: compiling new kernels and running. */
export function inBackend(backend: Backend, step: () => void): { readonly ms: number; readonly backend: number } {
  const clock = new RunClock(backend);
  const start = performance.now();
  try {
    step();
  } finally {
    clock.stop();
  }
  return { ms: performance.now() - start, backend: clock.ms };
}

/** The sum of the times of all kernels of a synchronous step, in ms: the plans run kernel by kernel. */
export function kernelTime(backend: Backend, step: () => void): number {
  if (!backend.runObserved) throw new Error(`Backend '${backend.name}' cannot run a plan kernel by kernel.`);
  let sum = 0;
  during(backend, (plan, inputs) => backend.runObserved!(plan, inputs, (_, ms) => void (sum += ms)), step);
  return sum;
}
