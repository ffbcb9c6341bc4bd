/** `explain`: what a read or a step runs, kernel by kernel. */
import { ArgumentError } from '../errors';
import { bytesOf } from '../dtype';
import type { PlanEntry } from '../plan/cache';
import type { Kernel } from '../plan/kernel';
import { readsOf, writesOf } from '../plan/kernel-slots';
import type { Plan } from '../plan/plan';
import type { Graph } from '../plan/walk';
import { planOf, request } from '../runtime/flush';
import { currentBackend } from '../runtime/state';
import { isTensor, Tensor } from '../tensor';
import { costOf, shapeText } from './cost';
import { liveMemory } from './live';
import { opsOf, opsText } from './origin';
import { amount, bytesText, count, table } from './text';
import { watched } from './watching';

export interface KernelExplanation {
  readonly kind: Kernel['kind'];
  /** The recorded ops that this kernel computes. */
  readonly ops: readonly string[];
  /** Its index space: [rows | folded], [result] x terms of each sum, or [sizes]. */
  readonly shape: string;
  /** Arithmetic operations; a multiply-add counts as two. 0 for JavaScript kernels, of which nothing is known. */
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Slots (arrays of the plan), by number. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Bytes of all arrays that are needed while it runs. */
  readonly liveBytes: number;
}

/** One plan. All sizes are in bytes. */
export class PlanExplanation {
  readonly kernels: readonly KernelExplanation[];
  readonly flops: number;
  /** Read and written by all kernels. */
  readonly bytes: number;
  readonly slots: number;
  /** What placing all arrays of the plan in one region takes. */
  readonly arenaBytes: number;
  /** The most that is live at once: no placement can do with less. */
  readonly liveBytes: number;
  /** The kernel at which that is so. */
  readonly liveAt: number;
  readonly inputs: number;
  readonly inputBytes: number;
  readonly outputs: number;
  readonly outputBytes: number;
  /** Outputs that take over the memory of an input: variables updated in place. */
  readonly donated: number;
  /** Places of kernels that are JavaScript functions; on a device each costs a transfer there and back. */
  readonly hostKernels: readonly number[];
  /** How often it ran while it was explained; 0 when it was only planned. */
  runs = 0;

  constructor(entry: PlanEntry, graph: Graph | undefined) {
    const { plan } = entry;
    const ops = opsOf(entry, graph);
    const memory = liveMemory(plan);
    this.kernels = plan.kernels.map((kernel, k) => ({
      kind: kernel.kind,
      ops: ops[k]!,
      shape: shapeText(kernel),
      ...costOf(kernel, plan.slots),
      reads: [...new Set(readsOf(kernel))],
      writes: writesOf(kernel),
      liveBytes: memory.live[k]!,
    }));
    const total = (value: (kernel: KernelExplanation) => number): number => this.kernels.reduce((sum, kernel) => sum + value(kernel), 0);
    this.flops = total((kernel) => kernel.flops);
    this.bytes = total((kernel) => kernel.bytesRead + kernel.bytesWritten);
    this.slots = plan.slots.length;
    this.arenaBytes = memory.arena;
    this.liveBytes = memory.bound;
    this.liveAt = memory.at;
    this.inputs = plan.inputs.length;
    this.inputBytes = bytesIn(plan, plan.inputs);
    this.outputs = plan.outputs.length;
    this.outputBytes = bytesIn(plan, plan.outputs.map(({ slot }) => slot));
    this.donated = plan.outputs.filter(({ donor }) => donor !== undefined).length;
    this.hostKernels = this.kernels.flatMap(({ kind }, k) => (kind === 'host' ? [k] : []));
  }

  toString(): string {
    const rows = this.kernels.map(({ kind, ops, shape, flops, bytesRead, bytesWritten, reads, writes }, k) => {
      const cells = [String(k), kind, opsText(ops), shape, amount(flops), bytesText(bytesRead), bytesText(bytesWritten)];
      return [...cells, `${slots(reads)} -> ${slots(writes)}`];
    });
    const { liveAt, hostKernels, donated } = this;
    const ratio = this.liveBytes > 0 ? (this.arenaBytes / this.liveBytes).toFixed(2) : '1';
    const lines = [
      `${count(this.kernels.length, 'kernel')}, ${amount(this.flops, 'flop')}, ${bytesText(this.bytes)} read and written`,
      `${count(this.slots, 'slot')} in ${bytesText(this.arenaBytes)}; at most ${bytesText(this.liveBytes)} live at once` +
        (liveAt >= 0 ? `, at kernel ${liveAt} (ratio ${ratio})` : ''),
      `${count(this.inputs, 'input')} of ${bytesText(this.inputBytes)}, ${count(this.outputs, 'output')} of ${bytesText(this.outputBytes)}` +
        (donated > 0 ? `, ${donated} of them in the memory of an input` : ''),
      ...(hostKernels.length > 0 ? [`${count(hostKernels.length, 'JavaScript kernel')}, which cut the plan on a device: ${hostKernels.join(', ')}`] : []),
    ];
    return [table(['>#', 'kernel', 'ops', 'shape', '>flops', '>read', '>written', 'slots'], rows), ...lines].join('\n');
  }
}

/** What `explain` found; printing it shows the table. */
export class Explanation {
  constructor(readonly plans: readonly PlanExplanation[]) {}

  toString(): string {
    if (this.plans.length === 0) return 'nothing to compute';
    return this.plans
      .map((plan, i) => {
        const runs = plan.runs > 1 ? `, run ${plan.runs} times` : '';
        return this.plans.length > 1 || runs ? `plan ${i + 1} of ${this.plans.length}${runs}\n${String(plan)}` : String(plan);
      })
      .join('\n\n');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * What reading tensors would run: the kernels of the plan with the ops fused into each, arithmetic, memory traffic and
 * memory needed. Nothing is computed; the plan stays in the cache for the read. As with every read, values kept for later are
 * part of the plan, and the intermediates a later backward pass needs are among its outputs.
 *
 * Given a function, such as a training step, it runs the function, once and for real (weights, counters and random numbers
 * move on), and explains every plan that ran. Of tensors it returns that are still not computed the plan is added, with 0 runs.
 * A function that returns a promise gives a promise.
 *
 * @throws BackendError when no backend is in use; StaleValueError where reading would throw it.
 * @example
 * ```ts
 * import { explain, randn } from '@cotangent/tensor';
 * const y = randn([8, 4]).matmul(randn([4, 2])).add(1).relu();
 * console.log(String(explain(y))); // a table, then totals
 * console.log(explain(y).plans[0]!.flops > 2 * 8 * 4 * 2); // true
 * ```
 */
export function explain(what: Tensor | readonly Tensor[]): Explanation;
export function explain(what: () => Promise<unknown>): Promise<Explanation>;
export function explain(what: () => unknown): Explanation;
export function explain(what: Tensor | readonly Tensor[] | (() => unknown)): Explanation | Promise<Explanation> {
  if (typeof what !== 'function') return new Explanation(planned(what));
  const found = new Map<PlanEntry, PlanExplanation>();
  const result = watched(
    {
      before({ entry, recorded }) {
        let plan = found.get(entry);
        if (!plan) found.set(entry, (plan = new PlanExplanation(entry, recorded?.graph)));
        plan.runs++;
        return undefined;
      },
    },
    what,
  );
  const finish = (value: unknown): Explanation => new Explanation([...found.values(), ...planned(pendingIn(value))]);
  return result instanceof Promise ? result.then(finish) : finish(result);
}

function pendingIn(value: unknown): Tensor[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((x): x is Tensor => x instanceof Tensor && !x.node.storage);
}

function planned(what: Tensor | readonly Tensor[]): PlanExplanation[] {
  const tensors: readonly unknown[] = Array.isArray(what) ? what : [what];
  const nodes = tensors.map((x) => {
    if (!isTensor(x)) throw new ArgumentError(`explain: got ${String(x)}; expected a tensor, a list of tensors or a function.`);
    return x.node;
  });
  if (nodes.every((node) => node.storage)) return [];
  const { graph, targets } = request(nodes, [], true);
  const entry = planOf(graph, targets, currentBackend());
  return entry.plan.kernels.length > 0 ? [new PlanExplanation(entry, graph)] : [];
}

function slots(numbers: readonly number[]): string {
  return numbers.length > 6 ? `${numbers.length} slots` : numbers.join(' ');
}

function bytesIn({ slots: all }: Plan, which: readonly number[]): number {
  return which.reduce((sum, slot) => sum + all[slot]!.length * bytesOf(all[slot]!.dtype), 0);
}
