/** Checks and times tasks on the webgpu backend, and on jax-js beside it. */
import type { WebGpuBackend } from '@cotangent/backend-webgpu';
import { inBackend } from '../inside';
import { checkedOutputs } from '../peers/checked';
import { errorOf } from '../peers/digest';
import { inputsOf } from '../peers/inputs';
import type { Reference } from '../peers/reference';
import type { Adapter, Runner, Task } from '../peers/task';
import { median } from '../statistics';

/** Runs in a row before one waits: so much time, ... */
const SLICE_MS = 30;
const MOST_REPEATS = 100;
/** ... but no more than results of so many bytes, which stay until they are collected. */
const MOST_BYTES = 2 ** 31;

export interface Timer {
  readonly error: number;
  readonly isCorrect: boolean;
  /** Milliseconds of a run, from several in a row and one wait. */
  readonly time: () => Promise<number>;
  readonly runner: Runner;
}

/** A task made ready, checked and warmed up. A string says why there is none. */
export async function startTask(adapter: Adapter, task: Task, reference: Reference): Promise<Timer | string> {
  const runner = await adapter.build(task, inputsOf(task));
  if (typeof runner === 'string') return runner;
  const outputs = await checkedOutputs(task, runner.outputs);
  const errors = Object.entries(reference).map(([name, digest]) => (outputs[name] ? errorOf(outputs[name], digest) : Infinity));
  const error = Math.max(...errors);
  const repeat = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count - 1; i++) {
      if (runner.queue) runner.queue();
      else await runner.run();
    }
    await runner.run();
    return (performance.now() - start) / count;
  };
  await repeat(2);
  const most = Math.max(1, Math.min(MOST_REPEATS, Math.floor(MOST_BYTES / task.bytes)));
  const repeats = Math.max(1, Math.min(most, Math.ceil(SLICE_MS / (await repeat(2)))));
  await repeat(repeats);
  return { error, isCorrect: error <= task.tolerance, time: () => repeat(repeats), runner };
}

export interface Encoding {
  readonly dispatches: number;
  readonly us: number;
  readonly bareUs: number;
}

/** JavaScript that a step takes in the backend for each dispatch, in turns with the bare calls. */
export async function measureEncoding(
  backend: WebGpuBackend,
  runner: Runner,
  bareCalls: (count: number) => number,
  steps: number,
): Promise<Encoding> {
  const own: number[] = [];
  const bare: number[] = [];
  let dispatches = 0;
  for (let i = 0; i < steps; i++) {
    const before = backend.stats().dispatches;
    let done: unknown;
    const { backend: ms } = inBackend(backend, () => {
      done = runner.run();
    });
    dispatches = backend.stats().dispatches - before;
    own.push(ms);
    await done;
    bare.push(bareCalls(dispatches));
  }
  // The last half: before, the engine was still optimising.
  const us = (list: readonly number[]): number => (1000 * median(list.slice(list.length >> 1))) / dispatches;
  return { dispatches, us: us(own), bareUs: us(bare) };
}
