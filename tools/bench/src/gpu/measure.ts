/** Checks and times tasks on the webgpu backend, and on jax-js beside it. */
import type { WebGpuBackend } from '@cotangent/backend-webgpu';
import type { RunClock } from '../inside';
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

/** Microseconds of JavaScript for each dispatch of a training step. */
export interface Encoding {
  readonly dispatches: number;
  /** The whole compiled step, from its call until it returns. */
  readonly stepUs: number;
  /** Of that the backend. */
  readonly runUs: number;
  /** The three calls that none can do without, in turns with the steps. */
  readonly bareUs: number;
}

/** So many times the steps that are timed come before them: V8 optimises what has run for a while. */
const WARM_UP = 3;

/** @param clock of the backend, started before its first plan. */
export async function measureEncoding(
  { backend, clock, bareCalls }: {
    readonly backend: WebGpuBackend;
    readonly clock: RunClock;
    readonly bareCalls: (count: number) => number;
  },
  step: NonNullable<Runner['step']>,
  steps: number,
): Promise<Encoding> {
  const [whole, run, bare]: [number[], number[], number[]] = [[], [], []];
  let dispatches = 0;
  for (let i = 0; i < (WARM_UP + 1) * steps; i++) {
    const before = backend.stats().dispatches;
    clock.ms = 0;
    const start = performance.now();
    const loss = step();
    whole.push(performance.now() - start);
    run.push(clock.ms);
    dispatches = backend.stats().dispatches - before;
    await loss.item();
    bare.push(bareCalls(dispatches));
  }
  const us = (list: readonly number[]): number => (1000 * median(list.slice(-steps))) / dispatches;
  return { dispatches, stepUs: us(whole), runUs: us(run), bareUs: us(bare) };
}
