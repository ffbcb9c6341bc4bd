/**
 * What a worker thread does. The function is sent to workers as text, so it refers to nothing outside itself but its argument:
 * the memory, what the words of control.ts are called, and the block of the thread.
 */
import type * as control from './control';

export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** Address of the block of this thread. */
  readonly thread: number;
  /** How often to look for work before going to sleep. */
  readonly spins: number;
  readonly control: typeof control;
  /** The functions of `Math` that kernels import. */
  readonly math: readonly string[];
  /** The names of all other functions that modules import; kernels that call them never run here. */
  readonly others: readonly string[];
}

export function workerBody(start: WorkerStart): void {
  const { memory, thread, spins, control } = start;
  const { TICKETS, DONE, WAITING, STATUS, WORK, MODULES, WAKE, SLEEPERS, READY, STOP, CRASHED, DESCRIPTION, KERNEL_WORDS } = control;
  const { MODULE_ENTRY } = control;
  const words = new Int32Array(memory.buffer, 0, control.CONTROL_WORDS);
  let all = new Int32Array(memory.buffer);
  const kernels: ((parameters: number, from: number, to: number) => number)[] = [];
  const math: Record<string, unknown> = {};
  for (const name of start.math) math[name] = (Math as unknown as Record<string, unknown>)[name];
  for (const name of start.others) math[name] = (): number => NaN;
  /** The newest entry of the list whose module is here. */
  let known = 0;

  /** Brings the modules that were added since the last look; V8 finds the code that another thread has compiled already. */
  const loadModules = (): void => {
    const newest = Atomics.load(words, MODULES);
    if (memory.buffer.byteLength !== all.byteLength) all = new Int32Array(memory.buffer);
    const entries: number[] = [];
    for (let entry = newest; entry !== known; entry = all[(entry >>> 2) + MODULE_ENTRY.previous]!) entries.push(entry >>> 2);
    for (const at of entries.reverse()) {
      // Modules are not compiled from shared memory, so the bytes are copied.
      const bytes = new Uint8Array(all[at + MODULE_ENTRY.bytes]!);
      bytes.set(new Uint8Array(memory.buffer, all[at + MODULE_ENTRY.address]! >>> 0, bytes.length));
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, thread }, math } as WebAssembly.Imports);
      for (let k = 0; k < all[at + MODULE_ENTRY.kernels]!; k++) kernels.push(instance.exports[`k${k}`] as (typeof kernels)[number]);
    }
    known = newest;
  };

  Atomics.add(words, READY, 1);
  let looked = 0;
  while (Atomics.load(words, STOP) === 0) {
    if (Atomics.load(words, TICKETS) <= 0) {
      if (++looked < spins) continue;
      looked = 0;
      if (Atomics.load(words, MODULES) !== known) loadModules();
      // The main thread writes tickets and then looks for sleepers; here it is the other way round, so one sees the other.
      Atomics.add(words, SLEEPERS, 1);
      const wake = Atomics.load(words, WAKE);
      if (Atomics.load(words, TICKETS) <= 0 && Atomics.load(words, STOP) === 0) Atomics.wait(words, WAKE, wake);
      Atomics.sub(words, SLEEPERS, 1);
      continue;
    }
    looked = 0;
    if (Atomics.load(words, MODULES) !== known) loadModules();
    const left = Atomics.sub(words, TICKETS, 1);
    if (left <= 0) continue;
    // From here until the report the work cannot change.
    try {
      if (Atomics.load(words, MODULES) !== known) loadModules();
      let at = Atomics.load(words, WORK) >>> 2;
      if (at >= all.length) all = new Int32Array(memory.buffer);
      const units = all[at + DESCRIPTION.units]!;
      const piece = all[at + DESCRIPTION.piece]!;
      const to = units - (left - 1) * piece;
      const from = Math.max(0, to - piece);
      const end = at + DESCRIPTION.kernels + all[at + DESCRIPTION.count]! * KERNEL_WORDS;
      for (at += DESCRIPTION.kernels; at < end; at += KERNEL_WORDS) {
        const status = kernels[all[at]!]!(all[at + 1]!, from, to);
        if (status !== 0) Atomics.store(words, STATUS, status);
      }
    } catch {
      Atomics.store(words, STATUS, CRASHED);
    }
    Atomics.add(words, DONE, 1);
    if (Atomics.load(words, WAITING) !== 0) Atomics.notify(words, DONE);
  }
}
