/** A plan made ready: kernels chosen, arrays placed, parameter blocks written. Running it again costs calls and copies only. */
import {
  allocate, BackendError, bytesOf, DTypeError, IndexError, layoutArena,
  type HostKernel, type Kernel, type Observer, type Operand, type Plan, type PlanOutput, type TypedArray,
} from '@cotangent/tensor';
import type { Compiler } from './compile';
import { ERROR_CELL, SLACK, STATUS } from './layout';
import type { LowerOptions } from './lower';
import { formatBytes, type Heap } from './memory';
import type { Launch } from './params';
import type { PrivateMemory } from './private';
import { Program, type Call, type Chunking, type Item } from './program';
import { SUPPORTED } from './support';
import type { TableStore } from './tables';

/** Elements in JavaScript memory, or the address of a resident array. */
export type Place = TypedArray | number;

/** The parts of a backend that executables share. */
export interface Machine {
  readonly heap: Heap;
  readonly compiler: Compiler;
  readonly tables: TableStore;
  readonly privates: PrivateMemory;
  readonly lowering?: LowerOptions;
  /** Whether a result of so many bytes stays in the heap. */
  readonly keeps: (bytes: number) => boolean;
  /** Into how many chunks units are best divided. */
  readonly chunking: Chunking;
  /** Told of the work of a plan (ns) that begins. */
  readonly expect?: (nanoseconds: number) => void;
  /** Does all of a call and returns the status. */
  readonly perform: (call: Call) => number;
  /** The region for intermediates, at least this large; its address changes when it grows. */
  arena(bytes: number): number;
}

export class Executable {
  /** What has to be compiled; nothing any more once the plan has run. */
  launches: readonly Launch[];
  /** What this executable holds of the heap; it goes back when the plan is forgotten. */
  readonly held: { readonly tables: string[]; readonly blocks: number[] } = { tables: [], blocks: [] };
  /** True while `run` is at work. */
  running = false;
  readonly #plan: Plan;
  readonly #machine: Machine;
  readonly #program: Program;
  /** Where each slot lies now; NaN before it has a place. */
  readonly #addresses: Float64Array;
  /** Where all parameters begin, counted in words. */
  #words = 0;
  #compiled = false;
  /** Where in the arena each slot lies; NaN for those that lie elsewhere. */
  readonly #offsets: Float64Array;
  /** Bytes of the arena; undefined before the first run. */
  #bytes: number | undefined;
  #boundTo = -1;

  constructor(plan: Plan, machine: Machine) {
    checkTypes(plan);
    this.#plan = plan;
    this.#machine = machine;
    this.#program = new Program(plan, (table) => {
      this.held.tables.push(table.key);
      return machine.tables.acquire(table);
    }, machine.chunking, machine.lowering);
    this.launches = this.#program.launches.splice(0);
    this.#addresses = new Float64Array(this.#program.arrays.length).fill(NaN);
    this.#offsets = this.#addresses.slice();
  }

  /** True once all kernels are compiled. */
  get compiled(): boolean {
    this.#compiled ||= this.launches.every((launch) => this.#machine.compiler.get(launch.key) !== undefined);
    return this.#compiled;
  }

  /** Gives back what it holds. */
  release(): void {
    release(this.held, this.#machine);
  }

  /** Whether an output gets a block of its own, instead of being copied out of the arena. */
  #staysInHeap({ slot, resident }: PlanOutput): boolean {
    return resident || this.#machine.keeps(this.#bytesOf(slot));
  }

  #bytesOf(slot: number): number {
    const { dtype, length } = this.#plan.slots[slot]!;
    return bytesOf(dtype) * length;
  }

  /** Bytes of the outputs that are to be kept though they are no variables. */
  get keptBytes(): number {
    return this.#plan.outputs.reduce((sum, o) => sum + (o.resident || !this.#staysInHeap(o) ? 0 : this.#bytesOf(o.slot)), 0);
  }

  /** Gives slots places behind those that have one; returns the new size of the arena. */
  #place(slots: readonly number[], from: number): number {
    const { offsets, bytes } = layoutArena(slots.map((slot) => this.#program.arrays[slot]!), SLACK);
    slots.forEach((slot, k) => (this.#offsets[slot] = from + offsets[k]!));
    return from + bytes;
  }

  #prepare(inputs: readonly Place[]): void {
    const { heap, compiler } = this.#machine;
    const { inputs: slots, outputs } = this.#plan;
    if (this.#bytes === undefined) {
      const { arrays, words } = this.#program;
      const address = heap.allocate(words.byteLength, 'kernel parameters');
      this.held.blocks.push(address);
      // Inputs that are resident at the first run get their (unlikely) place when one comes from JavaScript.
      const elsewhere = new Set(slots.filter((_, i) => typeof inputs[i] === 'number'));
      for (const output of outputs) if (this.#staysInHeap(output)) elsewhere.add(output.slot);
      this.#bytes = this.#place([...arrays.keys()].filter((slot) => arrays[slot] !== undefined && !elsewhere.has(slot)), 0);
      this.#words = address >>> 2;
      this.#program.place(address, heap.words, this.launches.map(({ key }) => compiler.get(key)!));
      this.launches = [];
    } else {
      const missing = slots.filter((slot, i) => typeof inputs[i] !== 'number' && Number.isNaN(this.#offsets[slot]));
      if (missing.length > 0) {
        this.#bytes = this.#place(missing, this.#bytes);
        this.#boundTo = -1; // so that they are pointed there
      }
    }
    this.#machine.privates.ensure(this.#program.privateBytes);
    const base = this.#machine.arena(this.#bytes);
    if (base === this.#boundTo) return;
    this.#boundTo = base;
    this.#offsets.forEach((offset, slot) => {
      if (!Number.isNaN(offset)) this.#point(slot, base + offset);
    });
  }

  /** Points everything that reads or writes a slot to an address. */
  #point(slot: number, address: number): void {
    if (this.#addresses[slot] === address) return;
    this.#addresses[slot] = address;
    const { words } = this.#machine.heap;
    const patches = this.#program.patches[slot]!;
    for (let i = 0; i < patches.length; i += 2) words[this.#words + patches[i]!] = address + patches[i + 1]!;
  }

  /**
   * Runs the plan. `targets` are the places that resident outputs take over, where there are any; the others get new blocks.
   * Throws IndexError for indices out of range.
   */
  run(inputs: readonly Place[], targets: readonly (number | undefined)[], observe?: Observer): Place[] {
    this.running = true;
    try {
      return this.#run(inputs, targets, observe);
    } finally {
      this.running = false;
    }
  }

  #run(inputs: readonly Place[], targets: readonly (number | undefined)[], observe: Observer | undefined): Place[] {
    const { heap } = this.#machine;
    const { slots, outputs } = this.#plan;
    this.#prepareNamed(inputs);
    const fresh: number[] = [];
    try {
      outputs.forEach((output, i) => {
        if (!this.#staysInHeap(output)) return;
        const { slot } = output;
        let address = targets[i];
        if (address === undefined) {
          const { dtype, length } = slots[slot]!;
          fresh.push((address = heap.allocate(bytesOf(dtype) * length, `a result, ${dtype} x ${length}`)));
        }
        this.#point(slot, address);
      });
      this.#plan.inputs.forEach((slot, i) => {
        const source = inputs[i]!;
        if (typeof source === 'number') this.#point(slot, source);
        else {
          const address = this.#boundTo + this.#offsets[slot]!;
          this.#point(slot, address);
          heap.write(slots[slot]!.dtype, address, source);
        }
      });
      this.#machine.expect?.(this.#program.nanoseconds);
      if (observe === undefined) for (const items of this.#program.kernels) this.#perform(items);
      else this.#observed(observe);
    } catch (error) {
      for (const address of fresh) heap.free(address);
      throw error;
    }
    return outputs.map((output) => (this.#staysInHeap(output) ? this.#addresses[output.slot]! : this.#read(output.slot)));
  }

  #perform(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'call') {
        if (this.#machine.perform(item) !== STATUS.ok) throw this.#badIndex(item.kernel);
      } else if (item.kind === 'host') this.#runHost(item.kernel);
      else {
        for (let trip = 0; trip < item.trips; trip++) {
          for (const { slot, of, offset, step } of item.windows) this.#point(slot, this.#addresses[of]! + offset + trip * step);
          this.#perform(item.items);
        }
      }
    }
  }

  #observed(observe: Observer): void {
    this.#program.kernels.forEach((items, k) => {
      const start = performance.now();
      this.#perform(items);
      observe(k, performance.now() - start, (slot) => this.#read(slot));
    });
  }

  #read(slot: number): TypedArray {
    const { dtype, length } = this.#plan.slots[slot]!;
    return this.#machine.heap.read(dtype, this.#addresses[slot]!, length);
  }

  #prepareNamed(inputs: readonly Place[]): void {
    try {
      this.#prepare(inputs);
    } catch (cause) {
      if (!(cause instanceof BackendError)) throw cause;
      const largest = [...this.#plan.slots].sort((a, b) => bytesOf(b.dtype) * b.length - bytesOf(a.dtype) * a.length).slice(0, 3);
      const names = largest.map(({ dtype, length }) => `${dtype} x ${length} (${formatBytes(bytesOf(dtype) * length)})`);
      throw new BackendError(`${cause.message} The largest arrays of this computation: ${names.join(', ')}.`, { cause });
    }
  }

  #runHost(kernel: HostKernel): void {
    const { heap } = this.#machine;
    const elements = ({ dtype, shape, slot, offset }: Operand): TypedArray =>
      heap.read(dtype, this.#addresses[slot]! + offset * bytesOf(dtype), shape.reduce((a, b) => a * b, 1));
    // Copies, because the function may keep them, or compute with tensors, which can move the memory under a view.
    const outputs = kernel.outputs.map(({ slot, dtype }) => allocate(dtype, this.#plan.slots[slot]!.length));
    kernel.run(kernel.inputs.map(elements), outputs);
    kernel.outputs.forEach(({ slot, dtype }, i) => heap.write(dtype, this.#addresses[slot]!, outputs[i]!));
  }

  #badIndex(kernel: Kernel): Error {
    const { words } = this.#machine.heap;
    const [value, size] = [words[ERROR_CELL >>> 2]!, words[(ERROR_CELL >>> 2) + 1]!];
    if (kernel.kind !== 'gather' && kernel.kind !== 'scatter') return new BackendError(`wasm: a '${kernel.kind}' kernel failed.`);
    const index = kernel.index.dtype === 'uint32' ? value >>> 0 : value;
    return new IndexError(
      `${kernel.kind}: index ${index} is out of range for axis ${kernel.axis} of size ${size}; ` +
        `valid indices are 0 to ${size - 1}. Check the index tensor, or clamp it first.`,
    );
  }
}

/** Gives tables and blocks back, once. */
export function release(held: Executable['held'], { heap, tables }: Machine): void {
  for (const key of held.tables.splice(0)) tables.release(key);
  for (const address of held.blocks.splice(0)) heap.free(address);
}

function checkTypes(plan: Plan): void {
  for (const { dtype, length } of plan.slots) {
    if (SUPPORTED.includes(dtype)) continue;
    throw new DTypeError(
      `wasm: this backend has no ${dtype} (an array of ${length} elements). Convert with .cast('float32'), ` +
        `or compute on the cpu backend, which has float64: use(cpu()) from '@cotangent/backend-cpu'.`,
    );
  }
}
