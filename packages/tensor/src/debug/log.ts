/** `debug`: a line or a table for every plan that runs; the environment variable DEBUG switches it on too. */
import type { PlanEntry } from '../plan/cache';
import type { PlanRun } from '../runtime/watch';
import { PlanExplanation } from './explain';
import { opsText } from './origin';
import { bytesText, count, millisecondsText, table } from './text';
import { unwatch, watch, type Watcher } from './watching';

export interface DebugOptions {
  /** A line for every plan run: kernels, memory traffic, milliseconds. */
  readonly plan?: boolean;
  /** For every new plan the table of `explain`. */
  readonly kernels?: boolean;
  /** Runs plans kernel by kernel and prints how long each took, with GFLOP/s and GB/s. Slower. */
  readonly time?: boolean;
  /** Where the text goes. Default: stderr in Node, the console elsewhere. */
  readonly print?: (text: string) => void;
}

let active: Watcher | undefined;

/**
 * Prints what plans do from now on. In Node the environment variable `DEBUG=plan`, `kernels`, `time` or several of them with
 * commas does the same; it is read when a backend is first chosen with `use`. A call replaces what an earlier one asked for;
 * without options nothing is printed any more.
 *
 * @param options what to print, or the words as in the environment variable, such as 'plan,time'.
 * @example
 * ```ts
 * import { debug, tensor } from '@cotangent/tensor';
 * debug({ plan: true, print: console.log });
 * console.log(await tensor([1, 2]).mul(3).array()); // after a line such as: plan 1, new: 1 kernel, 16 B, 0.210 ms
 * debug({});
 * ```
 */
export function debug(options: DebugOptions | string = {}): void {
  if (typeof options === 'string') options = fromWords(options);
  if (active) unwatch(active);
  active = options.plan || options.kernels || options.time ? printer(options) : undefined;
  if (active) watch(active);
}

/** Other words belong to other programs, which read the same variable. */
function fromWords(words: string): DebugOptions {
  const all = words.split(',').map((word) => word.trim());
  return { plan: all.includes('plan'), kernels: all.includes('kernels'), time: all.includes('time') };
}

interface Known {
  readonly number: number;
  readonly explanation: PlanExplanation;
}

function printer({ plan, kernels, time, print = toConsole }: DebugOptions): Watcher {
  const known = new WeakMap<PlanEntry, Known>();
  let plans = 0;
  const times = new WeakMap<PlanRun, number[]>();
  return {
    before(run) {
      const { entry, recorded, backend } = run;
      const explanation = known.get(entry)?.explanation ?? new PlanExplanation(entry, recorded?.graph);
      explanation.runs++;
      if (explanation.runs === 1) {
        known.set(entry, { number: ++plans, explanation });
        if (kernels) print(`plan ${plans}\n${String(explanation)}`);
      }
      if (!time || !backend.runObserved) return undefined;
      const milliseconds: number[] = [];
      times.set(run, milliseconds);
      return (kernel, ms) => void (milliseconds[kernel] = ms);
    },
    after(run, total) {
      const { number, explanation } = known.get(run.entry)!;
      const { runs, bytes } = explanation;
      const head = `plan ${number}, ${runs === 1 ? 'new' : `run ${runs}`}: ${count(explanation.kernels.length, 'kernel')}, ${bytesText(bytes)}, `;
      if (plan || time) print(`${head}${millisecondsText(total)} ms${remark(run, time)}`);
      const milliseconds = times.get(run);
      if (milliseconds) print(timeTable(explanation, milliseconds));
    },
  };
}

function remark({ backend }: PlanRun, time: boolean | undefined): string {
  return time && !backend.runObserved ? ` (backend '${backend.name}' cannot time kernels)` : '';
}

function timeTable({ kernels }: PlanExplanation, milliseconds: readonly number[]): string {
  const total = milliseconds.reduce((a, b) => a + b, 0);
  const rows = kernels.map(({ kind, ops, shape, flops, bytesRead, bytesWritten }, k) => {
    const ms = milliseconds[k]!;
    const rate = (n: number): string => (ms > 0 ? (n / ms / 1e6).toFixed(2) : '-');
    const share = total > 0 ? `${((100 * ms) / total).toFixed(0)} %` : '-';
    return [String(k), kind, opsText(ops), shape, millisecondsText(ms), share, rate(flops), rate(bytesRead + bytesWritten)];
  });
  return table(['>#', 'kernel', 'ops', 'shape', '>ms', '>share', '>GFLOP/s', '>GB/s'], rows);
}

function toConsole(text: string): void {
  if ('process' in globalThis) console.error(text);
  else console.log(text);
}
