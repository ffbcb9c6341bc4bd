/** A plan as a list of calls, with the places in their parameters that hold addresses. */
import { bytesOf, lifetimesOf, writesOf, type HostKernel, type Kernel, type Placed, type Plan } from '@cotangent/tensor';
import type { CompiledKernel } from './compile';
import { STATUS } from './layout';
import { launchesOf, type LowerOptions, type Scratch } from './lower';
import type { Launch, Table } from './params';
import { DESCRIPTION, KERNEL_WORDS } from './threads/control';
import type { Work } from './threads/pool';

/** How units are put together in chunks. */
export type Chunking = (units: number, nanoseconds: number) => number;

/** Parameters: first the number of their first word among all words of the program, in the end their address. */
interface Part {
  parameters: number;
  run: CompiledKernel['run'];
}

/** Launches that are made together, chunk by chunk; all but the first follow the one before. */
export class Call implements Work {
  readonly kind = 'call';
  readonly parts: readonly Part[];
  readonly units: number;
  readonly nanoseconds: number;
  readonly piece: number;
  readonly chunks: number;
  /** First the number of its first word, in the end the address. */
  description = 0;

  constructor(
    readonly kernel: Kernel,
    launches: readonly Launch[],
    chunking: Chunking,
  ) {
    this.parts = launches.map(() => ({ parameters: 0, run: notCompiled }));
    this.units = launches[0]!.split?.units ?? 1;
    this.nanoseconds = launches.reduce((sum, { split }) => sum + (split?.nanoseconds ?? 0), 0);
    // Launches that follow are meant to find in the cache what the ones before have left there.
    const least = launches.length > 1 ? Math.ceil(this.nanoseconds / CACHED) : 1;
    const everywhere = launches.every(({ mainThread }) => !mainThread);
    const chunks = !everywhere ? 1 : Math.min(this.units, Math.max(least, chunking(this.units, this.nanoseconds)));
    this.piece = Math.ceil(this.units / chunks);
    this.chunks = Math.ceil(this.units / this.piece);
  }

  run(from: number, to: number): number {
    for (const { run, parameters } of this.parts) {
      const status = run(parameters, from, to);
      if (status !== STATUS.ok) return status;
    }
    return STATUS.ok;
  }
}

/** A chunk of launches that follow each other takes about this long (ns), so that what it touches stays in the level-2 cache. */
const CACHED = 300_000;

function notCompiled(): never {
  throw new Error('the kernels of this plan are not compiled yet');
}

/** A slot that lies `offset + trip * step` bytes behind the start of another one. */
export interface MovingSlot {
  readonly slot: number;
  readonly of: number;
  readonly offset: number;
  readonly step: number;
}

export interface Repetition {
  readonly kind: 'repeat';
  readonly trips: number;
  readonly items: readonly Item[];
  readonly windows: readonly MovingSlot[];
}

/** A loop while its kernels are lowered. */
interface Loop {
  /** The step of its first kernel. */
  readonly first: number;
  /** What is done once before it. */
  readonly before: Item[];
  /** Arrays that live as long as it runs. */
  readonly arrays: { last: number }[];
  readonly isFixed: (slot: number) => boolean;
}

export type Item = Call | Repetition | { readonly kind: 'host'; readonly kernel: HostKernel };

export class Program {
  /** What to do for each kernel of the plan. */
  readonly kernels: readonly (readonly Item[])[];
  /** All calls, those in repetitions too. */
  readonly calls: Call[] = [];
  /** What their parts are to launch, in order. Launches hold on to all that is needed to generate their code. */
  readonly launches: Launch[] = [];
  /** What each thread needs for itself. */
  readonly privateBytes: number;
  /** How long the calls take that several threads can share (ns). */
  readonly nanoseconds: number;
  /** For each slot: numbers of words that hold its address, each followed by what is added to the address. */
  readonly patches: number[][];
  /** What every slot needs, scratch arrays behind the slots of the plan; undefined for those without memory. */
  readonly arrays: readonly (Placed | undefined)[];
  /** Parameter blocks and descriptions, one behind the other; addresses are left 0. */
  readonly words: Int32Array;

  /** `table` gives the address of a table. */
  constructor(plan: Plan, table: (table: Table) => number, chunking: Chunking, options?: LowerOptions) {
    const scratches: Placed[] = [];
    let step = 0;
    let nanoseconds = 0;
    const itemsOf = (kernel: Kernel, depth: number, times: number, loop?: Loop): Item[] => {
      const scratch: Scratch = (bytes, life) => {
        const array = { bytes, first: life === 'loop' ? loop!.first : step, last: step };
        if (life === 'loop') loop!.arrays.push(array);
        return plan.slots.length + scratches.push(array) - 1;
      };
      if (kernel.kind === 'repeat') {
        const changed = new Set([...kernel.kernels.flatMap(writesOf), ...kernel.windows.map(({ slot }) => slot)]);
        // Scratch arrays are filled anew in every round.
        const own: Loop = { first: step, before: [], arrays: [], isFixed: (slot) => slot < plan.slots.length && !changed.has(slot) };
        const items = kernel.kernels.flatMap((inner) => itemsOf(inner, depth + 1, times * kernel.trips, own));
        for (const array of own.arrays) array.last = depth === 0 ? step - 1 : step;
        const windows = kernel.windows.map((window) => {
          const bytes = bytesOf(plan.slots[window.slot]!.dtype);
          return { ...window, offset: window.offset * bytes, step: window.step * bytes };
        });
        // Inside another repetition it is one step, however many kernels it has.
        if (depth === 1) step++;
        return [...own.before, { kind: 'repeat', trips: kernel.trips, items, windows }];
      }
      let items: Item[];
      if (kernel.kind === 'host') items = [{ kind: 'host', kernel }];
      else {
        const launches = launchesOf(kernel, scratch, loop === undefined ? options : { ...options, isFixed: loop.isFixed });
        const once = launches.filter((launch) => launch.once);
        if (once.length > 0) loop!.before.push(...this.#callsOf(kernel, once, chunking));
        items = this.#callsOf(kernel, launches.filter((launch) => !launch.once), chunking);
      }
      for (const item of items) if (item.kind === 'call' && item.chunks > 1) nanoseconds += item.nanoseconds * times;
      if (depth < 2) step++;
      return items;
    };
    this.kernels = plan.kernels.map((kernel) => itemsOf(kernel, 0, 1));
    this.nanoseconds = nanoseconds;
    this.privateBytes = this.launches.reduce((most, { privateBytes = 0 }) => Math.max(most, privateBytes), 0);
    const lifetimes = lifetimesOf(plan);
    const arrays = plan.slots.map(({ dtype, length }, slot) => {
      const lifetime = lifetimes[slot];
      return lifetime && { bytes: bytesOf(dtype) * length, ...lifetime };
    });
    this.arrays = [...arrays, ...scratches];
    this.patches = this.arrays.map(() => []);
    this.words = this.#link(table);
  }

  #callsOf(kernel: Kernel, launches: readonly Launch[], chunking: Chunking): Call[] {
    const groups: Launch[][] = [];
    for (const launch of launches) {
      const last = groups.at(-1);
      if (launch.follows && last !== undefined && last[0]!.split?.units === launch.split?.units) last.push(launch);
      else groups.push([launch]);
    }
    const calls = groups.map((group) => new Call(kernel, group, chunking));
    this.calls.push(...calls);
    this.launches.push(...launches);
    return calls;
  }

  #link(table: (table: Table) => number): Int32Array {
    const words: number[] = [];
    let next = 0;
    for (const call of this.calls) {
      for (const part of call.parts) {
        while (words.length % 4 !== 0) words.push(0);
        part.parameters = words.length;
        for (const word of this.launches[next++]!.parameters.words) {
          if (typeof word === 'number') words.push(word);
          else if ('key' in word) words.push(table(word));
          else {
            this.patches[word.slot]!.push(words.length, word.offset);
            words.push(0);
          }
        }
      }
      call.description = words.length;
      words[call.description + DESCRIPTION.units] = call.units;
      words[call.description + DESCRIPTION.piece] = call.piece;
      words[call.description + DESCRIPTION.count] = call.parts.length;
      for (let i = 0; i < call.parts.length * KERNEL_WORDS; i++) words.push(0);
    }
    return Int32Array.from(words);
  }

  /** Writes the words to `address` of the memory and enters the kernels of all parts, and addresses. */
  place(address: number, memory: Int32Array, kernels: readonly CompiledKernel[]): void {
    memory.set(this.words, address >>> 2);
    let next = 0;
    for (const call of this.calls) {
      let at = (address >>> 2) + call.description + DESCRIPTION.kernels;
      call.description = address + call.description * 4;
      for (const part of call.parts) {
        const { run, number } = kernels[next++]!;
        part.run = run;
        part.parameters = address + part.parameters * 4;
        memory[at] = number;
        memory[at + 1] = part.parameters;
        at += KERNEL_WORDS;
      }
    }
  }
}
