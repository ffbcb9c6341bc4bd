/** A plan made ready: kernels chosen, arrays placed, parameter blocks written. Running it again costs calls and copies only. */
import {
  allocate, BackendError, bytesOf, DTypeError, IndexError, readsOf, writesOf,
  type DType, type Kernel, type Operand, type Plan, type TypedArray,
} from '@cotangent/tensor';
import { layoutArena, type ArenaLayout, type Lifetime } from './arena';
import type { Compiler, KernelFunction } from './compile';
import { ERROR_CELL, STATUS } from './layout';
import { lowerKernel, type Step } from './lower';
import { formatBytes, type Heap } from './memory';
import type { Launch } from './params';
import { SUPPORTED } from './support';
import type { TableStore } from './tables';

/** What a plan reads: elements in JavaScript memory, or the address of a resident array. */
export type Source = TypedArray | number;
/** What a plan gives back: a new JavaScript array, or the address of a new resident array. */
export type Result = TypedArray | number;

/** The parts of a backend that executables share. */
export interface Machine {
  readonly heap: Heap;
  readonly compiler: Compiler;
  readonly tables: TableStore;
  /** The region for intermediates, at least this large; its address changes when it grows. */
  arena(bytes: number): number;
}

/** A word of the parameter blocks that holds an address within a slot. */
interface Patch {
  readonly word: number;
  readonly offset: number;
}

interface Call {
  readonly step: Step;
  /** First word of its parameters; for launches only. */
  readonly word: number;
  run: KernelFunction | undefined;
}

/** View of elements in the linear memory. */
export function viewOf(memory: WebAssembly.Memory, dtype: DType, address: number, length: number): TypedArray {
  const { buffer } = memory;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, address, length);
    case 'float16':
      return new Uint16Array(buffer, address, length);
    case 'int32':
      return new Int32Array(buffer, address, length);
    case 'uint32':
      return new Uint32Array(buffer, address, length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, address, length);
    case 'float64':
      throw new DTypeError('wasm: float64 arrays cannot be kept in this backend; use the cpu backend.');
  }
}

export class Executable {
  readonly launches: readonly Launch[];
  /** What this executable holds of the heap; it goes back when the plan is forgotten. */
  readonly held: { readonly tables: number[]; readonly blocks: number[] } = { tables: [], blocks: [] };
  /** True while `run` is at work. */
  running = false;
  readonly #plan: Plan;
  readonly #machine: Machine;
  readonly #calls: Call[] = [];
  readonly #patches: Patch[][];
  readonly #words: Int32Array;
  readonly #lifetimes: (Lifetime | undefined)[];
  /** Where each slot lies now; NaN before it has a place. */
  readonly #addresses: Float64Array;
  #parameters = 0;
  #layout: ArenaLayout | undefined;
  /** Slots in the arena, and for each slot its number among them. */
  #placed: number[] = [];
  readonly #placeOf = new Map<number, number>();
  #boundTo = -1;

  constructor(plan: Plan, machine: Machine) {
    checkTypes(plan);
    this.#plan = plan;
    this.#machine = machine;
    const scratches: { bytes: number; kernel: number }[] = [];
    const slots = plan.slots.length;
    plan.kernels.forEach((kernel, k) => {
      const scratch = (bytes: number): number => slots + scratches.push({ bytes, kernel: k }) - 1;
      for (const step of lowerKernel(kernel, scratch)) this.#calls.push({ step, word: 0, run: undefined });
    });
    this.launches = this.#calls.flatMap(({ step }) => (step.kind === 'launch' ? [step.launch] : []));

    this.#patches = Array.from({ length: slots + scratches.length }, () => []);
    this.#addresses = new Float64Array(slots + scratches.length).fill(NaN);
    this.#words = this.#link();
    this.#lifetimes = lifetimesOf(plan, scratches);
  }

  /** Collects all parameter blocks into one. */
  #link(): Int32Array {
    const words: number[] = [];
    this.#calls.forEach((call, k) => {
      if (call.step.kind !== 'launch') return;
      while (words.length % 4 !== 0) words.push(0);
      this.#calls[k] = { ...call, word: words.length };
      for (const word of call.step.launch.parameters.words) {
        if (typeof word === 'number') words.push(word);
        else if (word instanceof Int32Array) words.push(this.#acquire(word));
        else {
          this.#patches[(word).slot]!.push({ word: words.length, offset: (word).offset });
          words.push(0);
        }
      }
    });
    return Int32Array.from(words);
  }

  #acquire(table: Int32Array): number {
    const address = this.#machine.tables.acquire(table);
    this.held.tables.push(address);
    return address;
  }

  /** True once all kernels are compiled. */
  get compiled(): boolean {
    return this.launches.every((launch) => this.#machine.compiler.get(launch.key) !== undefined);
  }

  /** Decides where arrays lie. Inputs that are resident at the first run get their (unlikely) place behind the others. */
  #place(sources: readonly Source[]): ArenaLayout {
    const resident = new Set(this.#plan.inputs.filter((_, i) => typeof sources[i] === 'number'));
    const placed: number[] = [];
    const lifetimes: Lifetime[] = [];
    this.#lifetimes.forEach((lifetime, slot) => {
      if (lifetime === undefined || resident.has(slot)) return;
      placed.push(slot);
      lifetimes.push(lifetime);
    });
    const layout = layoutArena(lifetimes);
    const offsets = [...layout.offsets];
    this.#placed = placed;
    placed.forEach((slot, k) => this.#placeOf.set(slot, k));
    return { offsets, bytes: layout.bytes };
  }

  #prepare(sources: readonly Source[]): void {
    const { heap, compiler } = this.#machine;
    if (this.#layout === undefined) {
      this.#layout = this.#place(sources);
      for (const call of this.#calls) if (call.step.kind === 'launch') call.run = compiler.get(call.step.launch.key);
      this.#parameters = heap.allocate(this.#words.byteLength, 'kernel parameters');
      this.held.blocks.push(this.#parameters);
    } else {
      // An input that was resident at the first run now comes from JavaScript: give it a place of its own.
      this.#plan.inputs.forEach((slot, i) => {
        if (typeof sources[i] !== 'number' && !this.#placeOf.has(slot)) this.#append(slot);
      });
    }
    const base = this.#machine.arena(this.#layout.bytes);
    if (base === this.#boundTo) return;
    this.#placed.forEach((slot, k) => {
      const address = base + this.#layout!.offsets[k]!;
      this.#addresses[slot] = address;
      for (const { word, offset } of this.#patches[slot]!) this.#words[word] = address + offset;
    });
    new Int32Array(heap.memory.buffer, this.#parameters, this.#words.length).set(this.#words);
    this.#boundTo = base;
  }

  #append(slot: number): void {
    const layout = this.#layout!;
    const { dtype, length } = this.#plan.slots[slot]!;
    this.#placeOf.set(slot, this.#placed.push(slot) - 1);
    const extra = layoutArena([{ bytes: bytesOf(dtype) * length, first: 0, last: 0 }]).bytes;
    this.#layout = { offsets: [...layout.offsets, layout.bytes], bytes: layout.bytes + extra };
    this.#boundTo = -1;
  }

  /** Points everything that reads or writes a slot to an address outside the arena. */
  #point(slot: number, address: number, memory: Int32Array): void {
    if (this.#addresses[slot] === address) return;
    this.#addresses[slot] = address;
    const base = this.#parameters >>> 2;
    for (const { word, offset } of this.#patches[slot]!) {
      this.#words[word] = address + offset;
      memory[base + word] = address + offset;
    }
  }

  /** Runs the plan. Throws IndexError for indices out of range. */
  run(sources: readonly Source[]): Result[] {
    this.running = true;
    try {
      return this.#run(sources);
    } finally {
      this.running = false;
    }
  }

  #run(sources: readonly Source[]): Result[] {
    const { heap } = this.#machine;
    const plan = this.#plan;
    this.#prepareNamed(sources);
    const fresh: number[] = [];
    try {
      for (const { slot, resident } of plan.outputs) {
        if (!resident) continue;
        const { dtype, length } = plan.slots[slot]!;
        fresh.push(heap.allocate(bytesOf(dtype) * length, `a resident ${dtype} array of ${length} elements`));
      }
      // Views only now: the allocations above may have grown the memory.
      const words = new Int32Array(heap.memory.buffer);
      let next = 0;
      for (const { slot, resident } of plan.outputs) if (resident) this.#point(slot, fresh[next++]!, words);
      plan.inputs.forEach((slot, i) => {
        const source = sources[i]!;
        if (typeof source === 'number') this.#point(slot, source, words);
        else {
          this.#returnToArena(slot, words);
          const { dtype, length } = plan.slots[slot]!;
          viewOf(heap.memory, dtype, this.#addresses[slot]!, length).set(source);
        }
      });
      for (const call of this.#calls) {
        if (call.step.kind === 'host') this.#runHost(call.step.kernel);
        else if (call.run!(this.#parameters + call.word * 4) !== STATUS.ok) throw this.#badIndex(call.step.kernel);
      }
    } catch (error) {
      for (const address of fresh) heap.free(address);
      throw error;
    }
    let next = 0;
    return plan.outputs.map(({ slot, resident }) => {
      if (resident) return fresh[next++]!;
      const { dtype, length } = plan.slots[slot]!;
      const result = allocate(dtype, length);
      result.set(viewOf(heap.memory, dtype, this.#addresses[slot]!, length));
      return result;
    });
  }

  #prepareNamed(sources: readonly Source[]): void {
    try {
      this.#prepare(sources);
    } catch (cause) {
      if (!(cause instanceof BackendError)) throw cause;
      const largest = [...this.#plan.slots].sort((a, b) => bytesOf(b.dtype) * b.length - bytesOf(a.dtype) * a.length).slice(0, 3);
      const names = largest.map(({ dtype, length }) => `${dtype} x ${length} (${formatBytes(bytesOf(dtype) * length)})`);
      throw new BackendError(`${cause.message} The largest arrays of this computation: ${names.join(', ')}.`, { cause });
    }
  }

  /** Undoes `#point` for an input that was resident in an earlier run. */
  #returnToArena(slot: number, memory: Int32Array): void {
    const k = this.#placeOf.get(slot)!;
    this.#point(slot, this.#boundTo + this.#layout!.offsets[k]!, memory);
  }

  #runHost(kernel: Extract<Kernel, { kind: 'host' }>): void {
    const { memory } = this.#machine.heap;
    const elements = (operand: Operand): TypedArray => {
      const length = operand.shape.reduce((a, b) => a * b, 1);
      return viewOf(memory, operand.dtype, this.#addresses[operand.slot]! + operand.offset * bytesOf(operand.dtype), length).slice();
    };
    // Copies, because the function may keep them, or compute with tensors, which can move the memory under a view.
    const outputs = kernel.outputs.map(({ slot, dtype }) => allocate(dtype, this.#plan.slots[slot]!.length));
    kernel.run(kernel.inputs.map(elements), outputs);
    kernel.outputs.forEach(({ slot, dtype }, i) => viewOf(memory, dtype, this.#addresses[slot]!, outputs[i]!.length).set(outputs[i]!));
  }

  #badIndex(kernel: Kernel): Error {
    const [value, size] = new Int32Array(this.#machine.heap.memory.buffer, ERROR_CELL, 2) as unknown as [number, number];
    if (kernel.kind !== 'gather' && kernel.kind !== 'scatter') return new BackendError(`wasm: a '${kernel.kind}' kernel failed.`);
    const index = kernel.index.dtype === 'uint32' ? value >>> 0 : value;
    return new IndexError(
      `${kernel.kind}: index ${index} is out of range for axis ${kernel.axis} of size ${size}; ` +
        `valid indices are 0 to ${size - 1}. Check the index tensor, or clamp it first.`,
    );
  }
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

/** First and last use of every array in the arena; undefined for resident outputs, which lie elsewhere. */
function lifetimesOf(plan: Plan, scratches: readonly { bytes: number; kernel: number }[]): (Lifetime | undefined)[] {
  const first = new Array<number>(plan.slots.length).fill(-1);
  const last = new Array<number>(plan.slots.length).fill(-1);
  plan.kernels.forEach((kernel, k) => {
    for (const slot of writesOf(kernel)) first[slot] = last[slot] = k;
    for (const slot of readsOf(kernel)) last[slot] = k;
  });
  const resident = new Set<number>();
  for (const output of plan.outputs) {
    last[output.slot] = plan.kernels.length;
    if (output.resident) resident.add(output.slot);
  }
  const lifetimes = plan.slots.map(({ dtype, length }, slot): Lifetime | undefined =>
    resident.has(slot) ? undefined : { bytes: bytesOf(dtype) * length, first: first[slot]!, last: last[slot]! },
  );
  return [...lifetimes, ...scratches.map(({ bytes, kernel }) => ({ bytes, first: kernel, last: kernel }))];
}
