/**
 * Measures a task on all libraries: their processes are alive at once and take turns (A B C A B C ...), so that what the machine
 * does meanwhile happens to all of them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKED, checkedSteps } from './checked';
import { errorOf } from './digest';
import { readArray } from './inputs';
import { PeerProcess } from './process';
import { hostOf, type Places } from './programs';
import type { Reference } from './reference';
import type { Cell, Row } from './result';
import type { Peer } from './roster';
import { median, spread } from '../statistics';
import { hasStraight, runStraight, STRAIGHT_EVERY } from './straight';
import type { Task } from './task';

export interface Roofs {
  /** GFLOP/s of registers. */
  readonly flops: () => number;
  /** GB/s of copying, for that many bytes read and written. */
  readonly copy: (bytes: number) => () => number;
}

export interface Schedule {
  readonly rounds: number;
  readonly sliceMs: number;
  /** Folder of the steps by hand. */
  readonly straight: string | undefined;
}

const LIMIT_MS = 60_000;
const WARM_MS = 300;
/** A run that takes longer is measured in few rounds, */
const SLOW_MS = 1000;
const SLOW_ROUNDS = 3;
/** or just once, while it is checked. */
const ONCE_MS = 4000;
/** Lets threads that spin in wait for work go to sleep. */
const PAUSE_MS = 20;

/** Bytes above this are in no cache. */
const MOST_COPIED = 2 ** 27;

/** A library that has done the task rightly and takes part in the rounds. */
interface Entrant {
  readonly peer: Peer;
  /** Takes part in every so many rounds, */
  readonly every: number;
  /** up to this many times. */
  readonly most: number;
  readonly measure: () => Promise<number>;
  readonly times: number[];
}

export class RoundRobin {
  readonly versions: Record<string, string> = {};
  readonly #processes = new Map<string, PeerProcess>();
  /** Libraries that do not start, and why. */
  readonly #broken = new Map<string, string>();

  constructor(
    private readonly peers: readonly Peer[],
    private readonly places: Places,
    private readonly roofs: Roofs,
    private readonly schedule: Schedule,
    /** For what the processes write. */
    private readonly folder: string,
    private readonly log: (line: string) => void,
  ) {}

  close(): void {
    for (const process of this.#processes.values()) process.close();
  }

  /** @param inputs the folder with the inputs of the task. */
  async run(task: Task, reference: Reference, inputs: string): Promise<{ row: Omit<Row, 'ratios'>; gflops: number }> {
    const cells: Record<string, Cell> = {};
    const entrants: Entrant[] = [];
    for (const peer of this.peers) {
      const entrant = await this.#enter(peer, task, reference, inputs);
      if (entrant === undefined) continue;
      if ('measure' in entrant) entrants.push(entrant);
      else cells[peer.name] = entrant;
    }
    const flops: number[] = [];
    const copies: number[] = [];
    const copy = this.roofs.copy(Math.min(task.bytes, MOST_COPIED));
    for (let round = 0; round < this.schedule.rounds; round++) {
      flops.push(this.roofs.flops());
      copies.push(copy());
      for (const { peer, every, most, measure, times } of entrants) {
        if (peer.name in cells || round % every !== 0 || times.length >= most) continue;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        try {
          times.push(await measure());
        } catch (error) {
          cells[peer.name] = { failure: (error as Error).message };
        }
      }
    }
    for (const { peer, times } of entrants) {
      if (peer.name in cells) continue;
      const ms = median(times);
      cells[peer.name] = { value: task.work / (ms / 1000), ms, spread: spread(times), rounds: times.length };
    }
    for (const process of this.#processes.values()) await process.ask({ name: 'drop' }, LIMIT_MS);
    const [gflops, copyGBs] = [median(flops), median(copies)];
    const floor = floorOf(task, cells['ours'], gflops, copyGBs);
    return { row: { id: task.id, unit: task.unit, better: 'more', floor, cells }, gflops };
  }

  /** Undefined: this column has nothing to do with the task. */
  async #enter(peer: Peer, task: Task, reference: Reference, inputs: string): Promise<Entrant | Cell | undefined> {
    if (peer.library === 'straight') return this.#enterByHand(peer, task);
    const process = await this.#alive(peer);
    if (typeof process === 'string') return { failure: process };
    if (peer.threads > 1 && this.#single.has(peer.name)) return { unsupported: 'has one thread here' };
    const outputs = join(this.folder, peer.name);
    mkdirSync(outputs, { recursive: true });
    const prepared = await process.ask(
      { name: 'prepare', task, inputs, outputs, checked: CHECKED, checkedSteps: checkedSteps(task), warmMs: WARM_MS, slowMs: SLOW_MS },
      LIMIT_MS,
    );
    if ('error' in prepared) return { failure: prepared.error };
    if (prepared.unsupported !== undefined) return { unsupported: prepared.unsupported };
    const wrong = wrongResult(task, reference, outputs);
    if (wrong !== undefined) return { failure: wrong };
    const { estimateMs } = prepared;
    this.log(`  ${peer.name}: ${estimateMs.toPrecision(3)} ms`);
    if (estimateMs > ONCE_MS) {
      return { peer, every: 1, most: 1, measure: () => Promise.resolve(estimateMs), times: [] };
    }
    const measure = async (): Promise<number> => {
      const answer = await process.ask({ name: 'measure', ms: this.schedule.sliceMs }, LIMIT_MS);
      if ('error' in answer) throw new Error(answer.error);
      return median(answer.samples);
    };
    return { peer, every: 1, most: estimateMs > SLOW_MS ? SLOW_ROUNDS : Infinity, measure, times: [] };
  }

  #enterByHand(peer: Peer, { kind }: Task): Entrant | undefined {
    const folder = this.schedule.straight;
    if (folder === undefined || !hasStraight(kind)) return undefined;
    return { peer, every: STRAIGHT_EVERY, most: Infinity, measure: () => runStraight(folder, kind, peer.threads), times: [] };
  }

  /** Libraries that compute on one thread although they were asked for more. */
  readonly #single = new Set<string>();

  /** The process of a library; a text says why there is none. One that died is started again for the next task. */
  async #alive(peer: Peer): Promise<PeerProcess | string> {
    const known = this.#processes.get(peer.name);
    if (known && known.end === undefined) return known;
    const broken = this.#broken.get(peer.name);
    if (broken !== undefined) return broken;
    const process = new PeerProcess(hostOf(peer, this.places));
    const started = await process.ask({ name: 'init' }, LIMIT_MS);
    if ('error' in started) {
      process.close();
      this.#broken.set(peer.name, `it does not start: ${started.error}`);
      return this.#broken.get(peer.name)!;
    }
    this.versions[peer.name] = started.version;
    if (started.threads < peer.threads) this.#single.add(peer.name);
    this.#processes.set(peer.name, process);
    return process;
  }
}

/** What is wrong with the results that a library has written; undefined when nothing is. */
function wrongResult({ tolerance }: Task, reference: Reference, folder: string): string | undefined {
  for (const [name, expected] of Object.entries(reference)) {
    try {
      const error = errorOf(readArray(folder, name), expected);
      if (!(error <= tolerance)) return `wrong result: '${name}' is off by ${error.toExponential(1)}, at most ${tolerance} is accepted`;
    } catch (cause) {
      return `result '${name}': ${(cause as Error).message}`;
    }
  }
  return undefined;
}

function floorOf({ flops, bytes }: Task, own: Cell | undefined, gflops: number, copyGBs: number): Row['floor'] {
  const [compute, transfer] = [flops / (gflops * 1e6), bytes / (copyGBs * 1e6)];
  const ms = compute + transfer;
  const measured = own && 'ms' in own ? own.ms : undefined;
  return { ms, ...(measured === undefined ? {} : { ofRoof: Math.max(compute, transfer) / measured }) };
}
