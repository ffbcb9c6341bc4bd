/** The order of kernels: inputs first, and among the possible orders one that keeps little memory live. */
import { bytesOf } from '../dtype';
import type { Node } from '../graph/node';
import type { Kernel } from './kernel';
import { readsOf, writesOf } from './kernel-slots';
import type { Slot } from './plan';

/** Kernels that stay together, and the nodes they compute. */
export interface Unit {
  readonly kernels: Kernel[];
  readonly nodes: Node[];
}

/** Beyond this many units the search for a better order costs more than it saves. */
const SEARCHED = 600;

interface Task {
  readonly unit: Unit;
  readonly index: number;
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly users: Task[];
  waiting: number;
}

/** Orders units so that everything is written before it is read. */
export function inOrder(units: readonly Unit[], slots: readonly Slot[], kept: readonly number[], search: boolean): readonly Unit[] {
  const tasks = units.map((unit, index): Task => {
    const writes = [...new Set(unit.kernels.flatMap(writesOf))];
    const reads = [...new Set(unit.kernels.flatMap(readsOf))].filter((slot) => !writes.includes(slot));
    return { unit, index, reads, writes, users: [], waiting: 0 };
  });
  const writer = new Map<number, Task>();
  for (const task of tasks) for (const slot of task.writes) writer.set(slot, task);
  for (const task of tasks) for (const from of new Set(task.reads.flatMap((slot) => writer.get(slot) ?? []))) from.users.push(task);
  const memory = new Memory(tasks, slots, kept);
  const plain = arrange(tasks);
  if (!search || units.length > SEARCHED) return plain.map((task) => task.unit);
  const better = arrange(tasks, memory);
  return (memory.peak(better) < memory.peak(plain) ? better : plain).map((task) => task.unit);
}

/** Takes ready tasks one by one: the one that frees most, the first recorded among equals. */
function arrange(tasks: readonly Task[], memory?: Memory): Task[] {
  for (const task of tasks) task.waiting = 0;
  for (const task of tasks) for (const user of task.users) user.waiting++;
  const ready = tasks.filter((task) => task.waiting === 0);
  const order: Task[] = [];
  memory?.restart();
  while (ready.length > 0) {
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < ready.length; i++) {
      const growth = memory?.growth(ready[i]!) ?? 0;
      if (growth > least || (growth === least && ready[i]!.index > ready[best]!.index)) continue;
      best = i;
      least = growth;
    }
    const [task] = ready.splice(best, 1) as [Task];
    order.push(task);
    memory?.run(task);
    for (const user of task.users) if (--user.waiting === 0) ready.push(user);
  }
  if (order.length < tasks.length) throw new Error('The kernels of a plan need each other.'); // a fault of the planner
  return order;
}

/** Which slots are live while tasks run in order. */
class Memory {
  private readonly readers = new Map<number, number>();
  private left = new Map<number, number>();
  private readonly written: ReadonlySet<number>;

  constructor(
    tasks: readonly Task[],
    private readonly slots: readonly Slot[],
    kept: readonly number[],
  ) {
    this.written = new Set(tasks.flatMap((task) => task.writes));
    for (const { reads, writes } of tasks) {
      for (const slot of reads) this.readers.set(slot, (this.readers.get(slot) ?? 0) + 1);
      for (const slot of writes) this.readers.set(slot, this.readers.get(slot) ?? 0);
    }
    for (const slot of kept) this.readers.set(slot, Infinity);
  }

  restart(): void {
    this.left = new Map(this.readers);
  }

  private bytes(slot: number): number {
    const { dtype, length } = this.slots[slot]!;
    return bytesOf(dtype) * length;
  }

  /** Bytes live after the task less those before. */
  growth({ reads, writes }: Task): number {
    let bytes = 0;
    for (const slot of writes) if (this.left.get(slot)! > 0) bytes += this.bytes(slot);
    for (const slot of reads) if (this.written.has(slot) && this.left.get(slot) === 1) bytes -= this.bytes(slot);
    return bytes;
  }

  run({ reads }: Task): void {
    for (const slot of reads) this.left.set(slot, this.left.get(slot)! - 1);
  }

  peak(order: readonly Task[]): number {
    this.restart();
    let live = 0;
    let peak = 0;
    for (const task of order) {
      for (const slot of task.writes) live += this.bytes(slot);
      peak = Math.max(peak, live);
      this.run(task);
      for (const slot of [...task.reads, ...task.writes]) if (this.written.has(slot) && this.left.get(slot) === 0) live -= this.bytes(slot);
    }
    return peak;
  }
}
