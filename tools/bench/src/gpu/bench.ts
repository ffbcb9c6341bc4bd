/**
 * `pnpm bench --gpu`: matrix products, convolutions, softmax, Adam and training steps on the webgpu backend, beside what the GPU
 * can do at most and jax-js in the same rounds; and what JavaScript costs for a dispatch.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { webgpu } from '@cotangent/backend-webgpu';
import { tensor, use } from '@cotangent/tensor';
import { RunClock } from '../inside';
import type { Installation } from '../peers/installed';
import { ours } from '../peers/ours';
import { computeReference } from '../peers/reference';
import type { Task } from '../peers/task';
import { median } from '../statistics';
import { jaxOnGpu } from './jax';
import { measureEncoding, startTask, type Timer } from './measure';
import type { GpuOptions } from './options';
import { tableOf, type EncodingRow, type GpuResult, type GpuRow, type Measured, type Side } from './result';
import { LARGE, Roofs, SMALL } from './roofs';
import { gpuTasks } from './tasks';

/** Small tasks are compared with cpu in float64, large ones with wasm. */
function referenceAdapter(small: boolean): Parameters<typeof computeReference>[1] {
  return small
    ? ours({ version: '', threads: 1, backend: () => cpu(), dtype: 'float64' })
    : ours({ version: '', threads: 1, backend: () => wasm() });
}

function sideOf({ error, isCorrect }: Timer, times: readonly number[]): Measured {
  return { ms: median(times), error, isCorrect };
}

/** @param installed where jax-js is; undefined to leave it out. */
export async function measureGpu(
  gpu: GPU,
  { small, rounds, steps, only }: GpuOptions,
  installed: Installation | undefined,
): Promise<GpuResult> {
  const backend = webgpu({ gpu });
  const clock = new RunClock(backend);
  await use(backend);
  const roofs = await Roofs.open(gpu, small ? SMALL : LARGE);
  const [copy, multiplyAdd, bareCalls] = [roofs.copy(), roofs.multiplyAdd(), roofs.bareCalls()];
  await copy();
  await multiplyAdd();
  const one = tensor([1]);
  const wait = async (): Promise<void> => {
    await one.add(1).item();
  };
  const own = ours({ version: 'this tree', threads: 1, backend: () => backend, wait });
  const jax = await jaxOnGpu(installed, gpu);

  const rates = { gflops: [] as number[], copyGBs: [] as number[] };
  const found: { readonly task: Task; readonly timer: Timer; readonly ms: number; readonly jax: Side }[] = [];
  const encoding: EncodingRow[] = [];
  for (const task of gpuTasks(small).filter(({ id }) => id.includes(only))) {
    const reference = await computeReference(task, referenceAdapter(small));
    const failed = (error: unknown): string => `failed: ${String(error).split('\n')[0]!}`;
    const theirs = typeof jax === 'string' ? jax : await startTask(jax, task, reference).catch(failed);
    const timer = await startTask(own, task, reference);
    if (typeof timer === 'string') throw new Error(`${task.id}: ${timer}`);
    const [times, theirTimes]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      rates.gflops.push(await multiplyAdd());
      rates.copyGBs.push(await copy());
      times.push(await timer.time());
      if (typeof theirs !== 'string') theirTimes.push(await theirs.time());
    }
    const { step } = timer.runner;
    if (step) encoding.push({ id: task.id, ...(await measureEncoding({ backend, clock, bareCalls }, step, steps)) });
    found.push({ task, timer, ms: median(times), jax: typeof theirs === 'string' ? { missing: theirs } : sideOf(theirs, theirTimes) });
    timer.runner.dispose?.();
    if (typeof theirs !== 'string') theirs.runner.dispose?.();
  }
  roofs.close();

  const roof = { gflops: median(rates.gflops), copyGBs: median(rates.copyGBs) };
  const rows = found.map(({ task, timer, ms, jax: side }): GpuRow => {
    const [gflops, GBs] = [task.flops / (ms * 1e6), task.bytes / (ms * 1e6)];
    const [byArithmetic, byCopying] = [gflops / roof.gflops, GBs / roof.copyGBs];
    const bound = byArithmetic > byCopying ? 'arithmetic' : 'copying';
    return { id: task.id, ours: sideOf(timer, [ms]), jax: side, gflops, GBs, ofRoof: Math.max(byArithmetic, byCopying), bound };
  });
  const jaxVersion = typeof jax === 'string' ? undefined : jax.version;
  return { adapter: backend.adapter, node: process.versions.node, rounds, small, jaxVersion, roof, rows, encoding };
}

export async function benchGpu(gpu: GPU, options: GpuOptions, installed: Installation): Promise<void> {
  const result = await measureGpu(gpu, options, installed);
  console.log(tableOf(result));
  if (options.json !== undefined) {
    writeFileSync(`${options.json}.tmp`, JSON.stringify(result, null, 2));
    renameSync(`${options.json}.tmp`, options.json);
  }
}
