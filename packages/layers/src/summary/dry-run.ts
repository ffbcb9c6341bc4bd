/** Running a model for its shapes alone: everything is recorded, nothing is computed and nothing changes. */
import { defaultGenerator, dryRun as recordOnly } from '@cotangent/tensor';
import { withLazyBuilt } from '../lazy/deferred';
import type { Module } from '../module';

/**
 * Calls `fn` with the module, if any, in evaluation, without gradients, and forgets what it recorded. Training flags, the default
 * generator and buffers are as before afterwards, also when `fn` throws. Lazy layers are made on the way, and `fn` is called again
 * after each.
 */
export function dryRun<T>(module: Module | undefined, fn: () => T): T {
  return withLazyBuilt(() => once(module, fn));
}

function once<T>(module: Module | undefined, fn: () => T): T {
  const flags = (module?.modules() ?? []).map((m) => [m, m.training] as const);
  const streams = defaultGenerator.state();
  module?.eval();
  try {
    return recordOnly(fn);
  } finally {
    defaultGenerator.restore(streams);
    for (const [m, training] of flags) m.training = training;
  }
}
