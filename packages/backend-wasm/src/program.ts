/** A plan as a list of calls, with the places in their parameters that hold addresses. */
import { bytesOf, lifetimesOf, type HostKernel, type Kernel, type Placed, type Plan } from '@cotangent/tensor';
import type { KernelFunction } from './compile';
import { launchesOf } from './lower';
import type { Launch, Table } from './params';

export interface Call {
  readonly kind: 'call';
  readonly kernel: Kernel;
  /** Its parameters: first the number of the first word among all words of the program, in the end their address. */
  parameters: number;
  readonly units: number;
  run: KernelFunction | undefined;
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

export type Item = Call | Repetition | { readonly kind: 'host'; readonly kernel: HostKernel };

export class Program {
  /** What to do for each kernel of the plan. */
  readonly kernels: readonly (readonly Item[])[];
  /** All calls, those in repetitions too, and what each is to launch. */
  readonly calls: Call[] = [];
  readonly launches: Launch[] = [];
  /** What each thread needs for itself. */
  privateBytes = 0;
  /** For each slot: numbers of words that hold its address, each followed by what is added to the address. */
  readonly patches: number[][];
  /** What every slot needs, scratch arrays behind the slots of the plan; undefined for those without memory. */
  readonly arrays: readonly (Placed | undefined)[];
  /** The parameter blocks, one behind the other; addresses are left 0. `table` gives the address of a table. */
  readonly words: Int32Array;

  constructor(plan: Plan, table: (table: Table) => number) {
    const scratches: Placed[] = [];
    let step = 0;
    const scratch = (bytes: number): number => plan.slots.length + scratches.push({ bytes, first: step, last: step }) - 1;
    const itemsOf = (kernel: Kernel, depth: number): Item[] => {
      if (kernel.kind === 'repeat') {
        const items = kernel.kernels.flatMap((inner) => itemsOf(inner, depth + 1));
        const windows = kernel.windows.map((window) => {
          const bytes = bytesOf(plan.slots[window.slot]!.dtype);
          return { ...window, offset: window.offset * bytes, step: window.step * bytes };
        });
        // Inside another repetition it is one step, however many kernels it has.
        if (depth === 1) step++;
        return [{ kind: 'repeat', trips: kernel.trips, items, windows }];
      }
      const items: Item[] = kernel.kind === 'host' ? [{ kind: 'host', kernel }] : launchesOf(kernel, scratch).map((launch) => this.#call(kernel, launch));
      if (depth < 2) step++;
      return items;
    };
    this.kernels = plan.kernels.map((kernel) => itemsOf(kernel, 0));
    const lifetimes = lifetimesOf(plan);
    const arrays = plan.slots.map(({ dtype, length }, slot) => {
      const lifetime = lifetimes[slot];
      return lifetime && { bytes: bytesOf(dtype) * length, ...lifetime };
    });
    this.arrays = [...arrays, ...scratches];
    this.patches = this.arrays.map(() => []);
    this.words = this.#link(table);
  }

  #call(kernel: Kernel, launch: Launch): Call {
    const call: Call = { kind: 'call', kernel, parameters: 0, units: launch.split?.units ?? 1, run: undefined };
    this.privateBytes = Math.max(this.privateBytes, launch.privateBytes ?? 0);
    this.calls.push(call);
    this.launches.push(launch);
    return call;
  }

  #link(table: (table: Table) => number): Int32Array {
    const words: number[] = [];
    for (const [k, { parameters }] of this.launches.entries()) {
      while (words.length % 4 !== 0) words.push(0);
      this.calls[k]!.parameters = words.length;
      for (const word of parameters.words) {
        if (typeof word === 'number') words.push(word);
        else if ('key' in word) words.push(table(word));
        else {
          this.patches[word.slot]!.push(words.length, word.offset);
          words.push(0);
        }
      }
    }
    return Int32Array.from(words);
  }
}
