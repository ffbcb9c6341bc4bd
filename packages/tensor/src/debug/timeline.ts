/** `timeline`: a picture of a step, kernel by kernel. */
import { ArgumentError } from '../errors';
import type { PlanEntry } from '../plan/cache';
import { PlanExplanation } from './explain';
import { opsText } from './origin';
import { timelinePage, type TimelineData, type TimelineRun } from './timeline-page';
import { checkObservable, watched } from './watching';

export interface TimelineOptions {
  /** Heading of the page. Default 'Timeline'. */
  readonly title?: string;
  /** How often `fn` is called before the call that is shown, so that plans exist and kernels are compiled. Default 1. */
  readonly warmup?: number;
}

/**
 * Runs a function kernel by kernel and draws what happened: a bar per kernel over time with the ops fused into it, bytes,
 * arithmetic, GFLOP/s and GB/s, the memory in use as a curve, and a table of the kernels by time. The times between
 * kernels are JavaScript's: recording, planning, reading values.
 *
 * @param fn a step, synchronous or not; it is called for real, `warmup` times and once more.
 * @returns one HTML page without references to anything outside of it.
 * @throws BackendError when the backend cannot run a plan kernel by kernel.
 * @example
 * ```ts
 * import { randn, timeline } from '@cotangent/tensor';
 * import { writeFile } from 'node:fs/promises';
 * const html = await timeline(() => randn([64, 64]).matmul(randn([64, 64])).relu().dataSync(), { title: 'matmul and relu' });
 * await writeFile('timeline.html', html); // open it in a browser
 * ```
 */
export async function timeline(fn: () => unknown, options: TimelineOptions = {}): Promise<string> {
  const { title = 'Timeline', warmup = 1 } = options;
  if (!Number.isInteger(warmup) || warmup < 0) throw new ArgumentError(`timeline: warmup is ${warmup}; expected a whole number >= 0.`);
  const explanations: Explanations = new Map();
  for (let i = 0; i < warmup; i++) await observed(fn, explanations);
  return timelinePage(title, await observed(fn, explanations));
}

/** Explaining a plan takes time, which the call that is shown need not spend again. */
type Explanations = Map<PlanEntry, { readonly at: number; readonly plan: PlanExplanation }>;

async function observed(fn: () => unknown, explanations: Explanations): Promise<TimelineData> {
  const runs: TimelineRun[] = [];
  let backend = '';
  const start = performance.now();
  await watched(
    {
      before(run) {
        checkObservable('timeline', run);
        const { entry, recorded } = run;
        let known = explanations.get(entry);
        if (!known) explanations.set(entry, (known = { at: explanations.size, plan: new PlanExplanation(entry, recorded?.graph) }));
        backend = run.backend.name;
        const bars: [number, number][] = [];
        runs.push({ plan: known.at, bars });
        return (kernel, milliseconds) => void (bars[kernel] = [performance.now() - start - milliseconds, milliseconds]);
      },
    },
    fn,
  );
  const plans = [...explanations.values()].map(({ plan }) => ({
    kernels: plan.kernels.map(({ ops, ...kernel }) => ({ ...kernel, ops: opsText(ops, 12) })),
  }));
  return { backend, milliseconds: performance.now() - start, plans, runs };
}
