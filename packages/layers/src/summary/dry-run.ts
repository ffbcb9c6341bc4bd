/** Running a model for its shapes alone: everything is recorded, nothing is computed and nothing changes. */
import { defaultGenerator, dryRun as recordOnly } from '@cotangent/tensor';
import type { Module } from '../module';

/**
 * Calls `fn` with the module in evaluation, without gradients, and forgets what it recorded. Training flags, the default
 * generator and buffers are as before afterwards, also when `fn` throws.
 */
export function dryRun<T>(module: Module, fn: () => T): T {
  const flags = module.modules().map((m) => [m, m.training] as const);
  const streams = defaultGenerator.state();
  module.eval();
  try {
    return recordOnly(fn);
  } finally {
    defaultGenerator.restore(streams);
    for (const [m, training] of flags) m.training = training;
  }
}
