/** Watching all calls of modules for the time of a function: what summaries and feature extractors are made of. */
import type { Module } from '../module';

/** Told of every call of a module after it has returned; inner modules before those that called them. */
export type CallObserver = (module: Module, inputs: readonly unknown[], output: unknown) => void;

let observer: CallObserver | undefined;

/** Runs `fn`, which must be synchronous, and tells `watch` of every call of a module in it. Observers around it hear of them too. */
export function observeCalls<T>(watch: CallObserver, fn: () => T): T {
  const outer = observer;
  observer = (module, inputs, output) => {
    watch(module, inputs, output);
    outer?.(module, inputs, output);
  };
  try {
    return fn();
  } finally {
    observer = outer;
  }
}

/** Reports a call to whoever is watching. */
export function reportCall(module: Module, inputs: readonly unknown[], output: unknown): void {
  observer?.(module, inputs, output);
}
