/** Measurements that need a new process each: cold starts, first steps, peak memory. */
import { spawn } from 'node:child_process';
import { checkedSteps, CHECKED } from './checked';
import { COLD_START, FIRST_STEP, PEAK_MEMORY } from './fresh-rows';
import { PeerProcess, type Program } from './process';
import { BARE_NODE, coldProgramOf, hostOf, type Places } from './programs';
import type { Cell, Row } from './result';
import type { Peer } from './roster';
import { median, spread } from '../statistics';
import type { Task } from './task';

export type Fresh = Omit<Row, 'ratios'>;

const LIMIT_MS = 60_000;
const STEPS = 200;
/** A library that is slow does as many steps as fit. */
const STEPS_BUDGET_MS = 20_000;

/** Milliseconds from starting a program until it prints something. */
async function untilOutput({ file, args, environment }: Program): Promise<number> {
  const start = performance.now();
  const child = spawn(file, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  let ms: number | undefined;
  child.stdout.once('data', () => (ms = performance.now() - start));
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  if (ms === undefined) throw new Error('the process ended without a result');
  return ms;
}

/** Calls every function in turn, round after round; one that fails is left out from then on. */
async function inTurn(functions: ReadonlyMap<string, () => Promise<number>>, rounds: number): Promise<Record<string, Cell>> {
  const found: Record<string, Cell> = {};
  const samples = new Map<string, number[]>([...functions.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, fn] of functions) {
      const list = samples.get(name);
      if (!list) continue;
      try {
        list.push(await fn());
      } catch (error) {
        found[name] = error instanceof Unsupported ? { unsupported: error.message } : { failure: (error as Error).message };
        samples.delete(name);
      }
    }
  }
  for (const [name, list] of samples) found[name] = { value: median(list), spread: spread(list), rounds: list.length };
  return found;
}

class Unsupported extends Error {}

/** From the start of the process to the first result of a 128 x 128 product. The floor is a process that does nothing. */
async function coldStart(peers: readonly Peer[], places: Places, rounds: number): Promise<Fresh> {
  const bare = 'bare node';
  const functions = new Map([[bare, () => untilOutput(BARE_NODE)]]);
  for (const peer of peers) functions.set(peer.name, () => untilOutput(coldProgramOf(peer, places)));
  const { [bare]: floor, ...cells } = await inTurn(functions, rounds);
  const own = cells['ours'];
  if (own && 'value' in own) cells['ours'] = { ...own, ms: own.value };
  return { id: COLD_START, unit: 'ms', better: 'less', cells, ...(floor && 'value' in floor ? { floor: { ms: floor.value } } : {}) };
}

/** Calls `fn` with a process that has built and checked the task, which took `firstMs` up to the first result. */
async function withTask<T>(
  peer: Peer, task: Task, places: Places, folder: string, fn: (process: PeerProcess, firstMs: number) => Promise<T>,
): Promise<T> {
  const host = new PeerProcess(hostOf(peer, places));
  try {
    const started = await host.ask({ name: 'init' }, LIMIT_MS);
    if ('error' in started) throw new Error(started.error);
    const command = {
      name: 'prepare', task, inputs: folder, outputs: folder, checked: CHECKED, checkedSteps: checkedSteps(task), warmMs: 0, slowMs: 0,
    } as const;
    const prepared = await host.ask(command, LIMIT_MS);
    if ('error' in prepared) throw new Error(prepared.error);
    if (prepared.unsupported !== undefined) throw new Unsupported(prepared.unsupported);
    return await fn(host, prepared.firstMs);
  } finally {
    host.close();
  }
}

/** Making the model and its first step, in a process that has only loaded the library: recording, planning, compiling, running. */
async function firstStep(peers: readonly Peer[], task: Task, places: Places, folder: string, rounds: number): Promise<Fresh> {
  const functions = new Map(
    peers.map((peer) => [peer.name, () => withTask(peer, task, places, folder, (_, firstMs) => Promise.resolve(firstMs))]),
  );
  return { id: FIRST_STEP, unit: 'ms', better: 'less', cells: await inTurn(functions, Math.max(1, Math.round(rounds / 3))) };
}

/** The most memory that a process had at once which did 200 steps, fewer where they do not fit in 20 s. */
async function peakMemory(peers: readonly Peer[], task: Task, places: Places, folder: string): Promise<Fresh> {
  const steps = async (host: PeerProcess): Promise<number> => {
    const done = await host.ask({ name: 'repeat', runs: STEPS, budgetMs: STEPS_BUDGET_MS }, STEPS_BUDGET_MS + LIMIT_MS);
    if ('error' in done) throw new Error(done.error);
    return done.peakBytes / 2 ** 20;
  };
  const functions = new Map(peers.map((peer) => [peer.name, () => withTask(peer, task, places, folder, steps)]));
  return { id: PEAK_MEMORY, unit: 'MB', better: 'less', cells: await inTurn(functions, 1) };
}

/** @param lenet the task of the steps. @param folder has its inputs, and takes its results. */
export async function freshRow(
  id: string, peers: readonly Peer[], lenet: Task, places: Places, folder: string, rounds: number,
): Promise<Fresh> {
  const running = peers.filter(({ side }) => side !== 'hand');
  if (id === COLD_START) return coldStart(running, places, rounds);
  if (id === FIRST_STEP) return firstStep(running, lenet, places, folder, rounds);
  return peakMemory(running.filter(({ library }) => library === 'ours' || library === 'jax-js'), lenet, places, folder);
}
