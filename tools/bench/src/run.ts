/** What a workload is, and what the workloads share. */
import { manualSeed, parameter, type Backend, type PlannerOptions, type Tensor } from '@cotangent/tensor';

/** Where a workload runs; `js` is plain JavaScript without the framework, for comparison. */
export type Place = 'cpu' | 'wasm' | 'js';

/** A row of the table beyond name, backend and milliseconds. */
export interface Cells {
  readonly value: number;
  readonly unit: string;
  /** Comparisons with something measured in the same run. */
  readonly ratios?: readonly { readonly to: string; readonly ratio: number }[];
  /** What the value should be at most or at least. */
  readonly limit?: { readonly most: number } | { readonly least: number };
  readonly note?: string;
}

/** What else was measured in the same run. */
export interface Seen {
  /** 128-bit multiply + add in registers. */
  readonly gflops: number;
  /** Copy of 64 MB. */
  readonly copyGBs: number;
  /** Median milliseconds of another workload, on the same backend or in plain JavaScript. */
  ms(workload: string): number;
}

/** A row measured in every round. */
export interface Timed {
  /** Does the work once and waits for it. A number that comes back is the time in ms that counts, instead of that of the whole call. */
  readonly once: () => unknown;
  readonly report: (ms: number, seen: Seen) => Cells;
  /** How the planner is set for this row; default everything on. */
  readonly planner?: Partial<PlannerOptions>;
}

/** A row that can be measured only once, when it is built. */
export interface Measured {
  readonly ms: number;
  readonly report: (ms: number, seen: Seen) => Cells;
}

export interface Workload {
  readonly name: string;
  /** Where it makes sense. */
  readonly places: readonly Place[];
  /** Workloads it is compared with: they run too when it is chosen. */
  readonly needs?: readonly string[];
  /** `backend` is in use; undefined for plain JavaScript. */
  build(backend: Backend | undefined): Promise<Timed | Measured>;
}

export const BOTH: readonly Place[] = ['cpu', 'wasm'];

/** Planner settings with everything off: one kernel per op. */
export const UNFUSED: PlannerOptions = {
  maps: false, rows: false, epilogues: false, recompute: false, groups: false, schedule: false, donate: false,
};

/** The tensor with its elements computed, so that making them is not part of the measurement. */
export async function ready(x: Tensor): Promise<Tensor> {
  const p = parameter(x);
  await p.data();
  return p.detach();
}

/** Reads one element of a result: the whole result is computed, but little is copied. */
export async function finish(x: Tensor): Promise<void> {
  await x.reshape(-1).index(0).item();
}

/** A row bound by arithmetic. */
export function perFlop(flops: number, peers: readonly [name: string, label: string][] = []): Timed['report'] {
  return (ms, seen) => {
    const rate = flops / (ms * 1e6);
    const ratios = [{ to: 'roof', ratio: rate / seen.gflops }, ...peers.map(([name, to]) => ({ to, ratio: ms / seen.ms(name) }))];
    return { value: rate, unit: 'GFLOP/s', ratios };
  };
}

/** A row bound by memory; bytes read and written at least. */
export function perByte(bytes: number): Timed['report'] {
  return (ms, { copyGBs }) => {
    const rate = bytes / (ms * 1e6);
    return { value: rate, unit: 'GB/s', ratios: [{ to: 'roof', ratio: rate / copyGBs }] };
  };
}

/** Restarts randomness, so that every backend sees the same data. */
export function restart(): void {
  manualSeed(1);
}
