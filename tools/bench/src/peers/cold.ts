/**
 * A process that does one small product and says so: what a cold start is measured with. `node cold.mjs <library> <threads>
 * <folder of the peers>`.
 */
import { writeSync } from 'node:fs';
import { adapterOf, type Library } from './adapters';
import { inputsOf } from './inputs';
import { Installation } from './installed';
import type { Inputs, Task } from './task';

const TASK: Task = {
  id: 'cold-start', kind: 'matmul', settings: {}, inputs: { a: { shape: [128, 128], seed: 1 }, b: { shape: [128, 128], seed: 2 } },
  work: 1, unit: 'ms', flops: 0, bytes: 0, tolerance: 1e-5,
};

/** As a program would, with nothing imported but what it needs. */
async function ours(threads: number, { a, b }: Inputs): Promise<number> {
  const [{ matmul, tensor, use }, { wasm }] = await Promise.all([import('@cotangent/tensor'), import('@cotangent/backend-wasm')]);
  await use(wasm({ threads }));
  return (await matmul(tensor(a!.data, a), tensor(b!.data, b)).data())[0]!;
}

async function other(library: Library, threads: number, folder: string, inputs: Inputs): Promise<number> {
  const adapter = await adapterOf(library, threads, new Installation(folder));
  const runner = await adapter.build(TASK, inputs);
  if (typeof runner === 'string') throw new Error(runner);
  return (await runner.outputs())['y']![0]!;
}

const [library, threads, folder] = process.argv.slice(2) as [Library, string, string];
const inputs = inputsOf(TASK);
const first = library === 'ours' ? await ours(Number(threads), inputs) : await other(library, Number(threads), folder, inputs);
writeSync(1, `${first}\n`);
process.exit(0);
