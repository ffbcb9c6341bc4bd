/** Running a model for its shapes alone: everything is recorded, nothing is computed and nothing changes. */
import { defaultGenerator, graphState, noGrad, type Variable } from '@cotangent/tensor';
import type { Module } from '../module';

/**
 * Calls `fn` with the module in evaluation, without gradients, and forgets what it recorded. Training flags, the default
 * generator and buffers are as before afterwards, also when `fn` throws.
 */
export function dryRun<T>(module: Module, fn: () => T): T {
  const flags = module.modules().map((m) => [m, m.training] as const);
  const values = module.namedBuffers().map(([, buffer]) => [buffer, buffer.node, graphState.updated.has(buffer)] as const);
  const streams = defaultGenerator.state();
  const { pending, pendingBytes, backend } = graphState;
  // Without a backend nothing can be computed by mistake, not even when very many nodes are pending.
  Object.assign(graphState, { pending: [], pendingBytes: 0, backend: undefined });
  module.eval();
  try {
    return noGrad(fn);
  } finally {
    Object.assign(graphState, { pending, pendingBytes, backend });
    defaultGenerator.restore(streams);
    for (const [m, training] of flags) m.training = training;
    for (const [buffer, node, updated] of values) restore(buffer, node, updated);
  }
}

function restore(buffer: Variable, node: Variable['node'], updated: boolean): void {
  if (buffer.node === node) return;
  buffer.node = node;
  if (!updated) graphState.updated.delete(buffer);
}
