/** `pnpm bench --peers ...`: the tasks on our backend and on other libraries, in one run, as one table. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyRoof, flopRoof } from '../roof';
import { bundle } from './bundle';
import { freshRow } from './fresh';
import { FRESH } from './fresh-rows';
import { inputsOf, writeArrays } from './inputs';
import { Installation } from './installed';
import { ROWS, type PeerOptions } from './options';
import type { Places } from './programs';
import { referenceOf } from './reference';
import { merged, ratiosOf, type Comparison, type Row } from './result';
import { pythonWithTorch, type Peer } from './roster';
import { RoundRobin } from './round-robin';
import { median } from '../statistics';
import { reportOf } from './table';
import type { Task } from './task';
import { TASKS } from './tasks';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PEERS_FOLDER = join(ROOT, 'tools/bench/peers');
const REFERENCES = join(ROOT, 'tools/bench/.generated/references');

function log(line: string): void {
  console.error(line);
}

/** Those that can take part here. */
function present(wanted: readonly Peer[], python: string | undefined): Peer[] {
  if (wanted.some(({ library }) => library === 'torch') && python === undefined) {
    log('PyTorch is left out: no python3 on PATH has the module torch.');
  }
  if (wanted.some(({ side }) => side === 'js')) new Installation(PEERS_FOLDER).check();
  return wanted.filter(({ library }) => library !== 'torch' || python !== undefined);
}

function stored(path: string | undefined): Comparison | undefined {
  return path !== undefined && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Comparison) : undefined;
}

/** Writes the inputs of a task for processes that cannot make them. */
function writeInputs(task: Task, folder: string, peers: readonly Peer[]): void {
  if (!peers.some(({ library }) => library === 'torch')) return;
  writeArrays(folder, Object.fromEntries(Object.entries(inputsOf(task)).map(([name, { data }]) => [name, data])));
}

export async function compareLibraries(options: PeerOptions): Promise<void> {
  const { rounds, sliceMs, json, straight, table } = options;
  if (table !== undefined) {
    const found = stored(table);
    if (!found) throw new Error(`--table ${table}: there is no such file. Make it with: pnpm bench --peers all --json ${table}`);
    console.log(reportOf(found));
    return;
  }
  const python = pythonWithTorch();
  const peers = present(options.peers, python);
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-bench-'));
  try {
    const places: Places = { programs: await bundle(ROOT, folder), peers: PEERS_FOLDER, python };
    const chosen = TASKS.filter(({ id }) => options.rows.includes(id));
    const references = new Map<string, Awaited<ReturnType<typeof referenceOf>>>();
    for (const task of chosen) references.set(task.id, await referenceOf(task, REFERENCES));
    const inputs = join(folder, 'inputs');
    mkdirSync(inputs);
    const robin = new RoundRobin(peers, places, { flops: flopRoof(), copy: copyRoof }, { rounds, sliceMs, straight }, folder, log);
    const rows: Omit<Row, 'ratios'>[] = [];
    const gflopsSeen: number[] = [];
    const copy = copyRoof();
    const copies = Array.from({ length: rounds }, copy);
    try {
      for (const task of chosen) {
        log(task.id);
        writeInputs(task, inputs, peers);
        const { row, gflops } = await robin.run(task, references.get(task.id)!, inputs);
        rows.push(row);
        gflopsSeen.push(gflops);
      }
    } finally {
      robin.close();
    }
    const lenet = TASKS.find(({ kind }) => kind === 'lenet-step')!;
    for (const id of FRESH.filter((name) => options.rows.includes(name))) {
      log(id);
      writeInputs(lenet, inputs, peers);
      rows.push(await freshRow(id, peers, lenet, places, inputs, rounds));
    }
    const before = stored(json);
    const js = peers.filter(({ side, threads }) => side === 'js' && threads === 1).map(({ name }) => name);
    const now: Comparison = {
      processor: cpus()[0]?.model ?? 'unknown processor', cores: availableParallelism(), node: process.versions.node, rounds, sliceMs,
      roof: gflopsSeen.length > 0 ? { gflops: median(gflopsSeen), copyGBs: median(copies) } : before?.roof,
      versions: robin.versions,
      rows: rows.map((row) => ({ ...row, ratios: ratiosOf(row, js) })),
    };
    const comparison = merged(before, now, ROWS);
    console.log(reportOf(comparison));
    if (json !== undefined) {
      writeFileSync(`${json}.tmp`, JSON.stringify(comparison, null, 1));
      renameSync(`${json}.tmp`, json);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
