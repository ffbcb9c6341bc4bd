/**
 * The workloads of our own backends: medians of interleaved rounds, with ratios to what was measured in the same rounds: the most
 * the machine can do (register-only multiply + add, copy bandwidth), the same work as straight JavaScript loops, or the same step
 * with one kernel per op.
 */
import { cpus } from 'node:os';
import { renameSync, writeFileSync } from 'node:fs';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { setPlanner, use, type Backend } from '@cotangent/tensor';
import type { BenchOptions } from './options';
import { copyRoof, flopRoof } from './roof';
import { restart, type Measured, type Place, type Seen, type Timed } from './run';
import { median } from './statistics';
import { limitText, ratiosText, valueText } from './text';
import { chosen } from './workloads';

interface Entry {
  readonly name: string;
  readonly place: Place;
  readonly backend: Backend | undefined;
  readonly run: Timed | Measured;
  readonly times: number[];
}

async function once({ once: run }: Timed): Promise<number> {
  const start = performance.now();
  const own = await run();
  return typeof own === 'number' ? own : performance.now() - start;
}

/** Calls `fn` with the backend and the planner that a row wants. */
async function prepared(entry: Pick<Entry, 'backend' | 'run'>, fn: () => Promise<void>): Promise<void> {
  if (entry.backend) await use(entry.backend);
  const { planner } = 'once' in entry.run ? entry.run : {};
  const before = planner && setPlanner(planner);
  await fn();
  if (before) setPlanner(before);
}

export async function benchOwn({ only, rounds, json, backend: wanted }: BenchOptions): Promise<void> {
  const backends = { cpu: cpu(), wasm: wasm({ threads: 1 }), js: undefined } as const;
  const entries: Entry[] = [];
  for (const workload of chosen(only)) {
    for (const place of workload.places) {
      if (place !== 'js' && wanted !== undefined && wanted !== place) continue;
      const backend = backends[place];
      if (backend) await use(backend);
      restart();
      const run = await workload.build(backend);
      const entry: Entry = { name: workload.name, place, backend, run, times: 'ms' in run ? [run.ms] : [] };
      // Planning and compiling; then the engine optimises what runs often.
      if ('once' in run) {
        await prepared(entry, async () => {
          const start = performance.now();
          for (let i = 0; i < 3 || (i < 500 && performance.now() - start < 300); i++) await once(run);
        });
      }
      entries.push(entry);
    }
  }

  const flops = flopRoof();
  const copy = copyRoof();
  const roofs = { flops: [] as number[], copy: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    roofs.flops.push(flops());
    roofs.copy.push(copy());
    for (const entry of entries) {
      const { run, times } = entry;
      if ('ms' in run) continue;
      await prepared(entry, async () => {
        // Not counted: what another planner setting makes the cache plan again, and memory that other rows have pushed out.
        const expected = await once(run);
        if (expected < 100) for (let i = 0; i < 2; i++) await once(run);
        const repeats = Math.max(1, Math.min(100, Math.ceil(20 / (times[0] ?? expected))));
        let sum = 0;
        for (let i = 0; i < repeats; i++) sum += await once(run);
        times.push(sum / repeats);
      });
    }
  }

  function msOf(workload: string, place: Place): number {
    const entry = entries.find(({ name, place: at }) => name === workload && (at === place || at === 'js'));
    if (!entry) throw new Error(`'${workload}' did not run on ${place}, but another row is compared with it.`);
    return median(entry.times);
  }

  const roof = { gflops: median(roofs.flops), copyGBs: median(roofs.copy) };
  const rows = entries.map(({ name, place, run, times }) => {
    const ms = median(times);
    const seen: Seen = { ...roof, ms: (workload) => msOf(workload, place) };
    return { name, backend: place, ms, ...run.report(ms, seen) };
  });
  const processor = cpus()[0]?.model ?? 'unknown processor';
  console.log(`${processor}, Node ${process.versions.node}, one thread, median of ${rounds} interleaved rounds`);
  const [flopsText, copyText] = [roof.gflops.toFixed(1), roof.copyGBs.toFixed(1)];
  console.log(`roofs: ${flopsText} GFLOP/s (128-bit multiply + add in registers), ${copyText} GB/s (copy of 64 MB)`);
  console.log('ratios: rate to the roof; time to that of the same work otherwise\n');
  console.log('| workload | backend | ms | value | ratio | limit | note |\n|---|---|---:|---:|---|---|---|');
  for (const row of rows) {
    const cells = [row.name, row.backend, row.ms.toFixed(3), valueText(row), ratiosText(row), limitText(row), row.note ?? ''];
    console.log(`| ${cells.join(' | ')} |`);
  }
  if (json !== undefined) {
    writeFileSync(`${json}.tmp`, JSON.stringify({ roof, node: process.versions.node, processor, rounds, rows }, null, 2));
    renameSync(`${json}.tmp`, json);
  }
}
