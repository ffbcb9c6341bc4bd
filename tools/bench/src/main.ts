/**
 * `pnpm bench [--only name] [--rounds n] [--json file]`: medians of interleaved rounds, each as a share of what the machine can do
 * (register-only multiply + add, or copy bandwidth), measured in the same rounds.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { cpu } from '@cotangent/backend-cpu';
import { wasm } from '@cotangent/backend-wasm';
import { use, type Backend } from '@cotangent/tensor';
import { copyRoof, flopRoof } from './roof';
import { restart, WORKLOADS, type Run } from './workloads';

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string', default: '7' }, json: { type: 'string' }, backend: { type: 'string' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: expected a whole number >= 1.`);

interface Entry {
  readonly name: string;
  readonly backend: string;
  readonly owner: Backend;
  readonly run: Run;
  readonly times: number[];
}

const backends: Record<'cpu' | 'wasm', Backend> = { cpu: cpu(), wasm: wasm() };
const chosen = WORKLOADS.filter((w) => !values.only || w.name.includes(values.only));
if (chosen.length === 0) throw new Error(`--only ${values.only!}: no workload has that in its name. There are:\n${WORKLOADS.map((w) => `  ${w.name}`).join('\n')}`);

const entries: Entry[] = [];
for (const workload of chosen) {
  for (const name of workload.backends) {
    if (values.backend && values.backend !== name) continue;
    await use(backends[name]);
    restart();
    const run = await workload.build();
    for (let i = 0; i < 3; i++) await run.once(); // planning and compiling
    entries.push({ name: workload.name, backend: name, owner: backends[name], run, times: [] });
  }
}

const flops = flopRoof();
const copy = copyRoof();
const roofs = { flops: [] as number[], copy: [] as number[] };
for (let round = 0; round < rounds; round++) {
  roofs.flops.push(flops());
  roofs.copy.push(copy());
  for (const { owner, run, times } of entries) {
    await use(owner);
    const repeats = Math.max(1, Math.min(20, Math.ceil(20 / (times[0] ?? 20))));
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await run.once();
    times.push((performance.now() - start) / repeats);
  }
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

const roof = { gflops: median(roofs.flops), copyGBs: median(roofs.copy) };
const rows = entries.map(({ name, backend, run, times }) => {
  const ms = median(times);
  const rate = run.flops !== undefined ? run.flops / (ms * 1e6) : run.bytes! / (ms * 1e6);
  return { name, backend, ms, rate, unit: run.flops !== undefined ? 'GFLOP/s' : 'GB/s', share: rate / (run.flops !== undefined ? roof.gflops : roof.copyGBs) };
});
console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, one thread, median of ${rounds} interleaved rounds`);
console.log(`roofs: ${roof.gflops.toFixed(1)} GFLOP/s (128-bit multiply + add in registers), ${roof.copyGBs.toFixed(1)} GB/s (copy of 64 MB)\n`);
console.log('| workload | backend | ms | rate | share of roof |\n|---|---|---:|---:|---:|');
for (const r of rows) console.log(`| ${r.name} | ${r.backend} | ${r.ms.toFixed(3)} | ${r.rate.toFixed(2)} ${r.unit} | ${r.share.toFixed(3)} |`);
if (values.json) {
  writeFileSync(`${values.json}.tmp`, JSON.stringify({ roof, node: process.versions.node, processor: cpus()[0]?.model, rounds, rows }, null, 2));
  renameSync(`${values.json}.tmp`, values.json);
}
