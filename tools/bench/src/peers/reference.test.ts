/** Every kind of task, made small: what our backend computes in float32 must be what the float64 reference says. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wasm } from '@cotangent/backend-wasm';
import { checkedOutputs } from './checked';
import { errorOf } from './digest';
import { inputsOf } from './inputs';
import { ours } from './ours';
import { computeReference, referenceOf } from './reference';
import type { InputSpec, Task } from './task';
import { TASKS } from './tasks';

/** The sizes of the batches, images and sequences of a task, which no weight depends on, cut down. */
function small(id: string, shapes: Record<string, readonly number[]> = {}): Task {
  const task = TASKS.find((found) => found.id === id)!;
  const inputs: Record<string, InputSpec> = { ...task.inputs };
  for (const [name, shape] of Object.entries(shapes)) inputs[name] = { ...inputs[name]!, shape };
  return { ...task, inputs, settings: task.kind === 'adds' ? { count: 20 } : task.settings };
}

const image = { x: [2, 64, 6, 6] };
const block = { x: [2, 4, 256] };

const CASES: readonly Task[] = [
  small('matmul-128'), small('matmul-512-AtB', { a: [40, 24], b: [40, 32] }), small('matmul-512-ABt', { a: [24, 40], b: [32, 40] }),
  small('conv-3x3-8x64x56-fwd', image), small('conv-3x3s2-8x64x56-fwdbwd', { ...image, dy: [2, 64, 3, 3] }),
  small('conv-dw3x3-8x64x56-fwdbwd', { ...image, dy: [2, 64, 6, 6] }), small('chain-1M', { x: [1000] }),
  small('sum-axis0-4096', { x: [30, 20] }), small('sum-axis1-4096', { x: [30, 20] }), small('softmax-4096x1024', { x: [4, 50] }),
  small('layernorm-4096x1024', { x: [3, 1024] }), small('mlp-step', { x: [4, 784], y: [4] }),
  small('lenet-step', { x: [2, 1, 28, 28], y: [2] }), small('lstm-step', { x: [3, 2, 64], y: [3, 2] }),
  small('block-fwd', block), small('block-fwdbwd', { ...block, dy: [2, 4, 256] }), small('adds-16'),
];

describe('our side of the comparison agrees with the float64 reference', () => {
  const adapter = ours({ version: 'test', threads: 1, backend: () => wasm({ threads: 1 }) });

  it.each(CASES.map((task) => [task.id, task] as const))('%s', async (_, task) => {
    const reference = await computeReference(task);
    const runner = await adapter.build(task, inputsOf(task));
    if (typeof runner === 'string') throw new Error(runner);
    await runner.run();
    const again = await adapter.build(task, inputsOf(task));
    if (typeof again === 'string') throw new Error(again);
    const outputs = await checkedOutputs(task, again.outputs);
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(reference).sort());
    for (const [name, digest] of Object.entries(reference)) expect(errorOf(outputs[name]!, digest), name).toBeLessThan(task.tolerance);
  });
});

it('references are stored under what they depend on', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'cotangent-references-')), 'references');
  try {
    const task = small('sum-axis0-4096', { x: [30, 20] });
    const first = await referenceOf(task, folder);
    expect(await referenceOf(task, folder)).toEqual(first);
    await referenceOf({ ...task, settings: { axis: 1 } }, folder);
    expect(readdirSync(folder)).toHaveLength(2);
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
});
