/** What is measured, in the order of the table. */
import { OPS } from './ops';
import { OVERHEAD } from './overhead';
import { RECURRENT } from './recurrent';
import type { Workload } from './run';
import { SMALL_STEP } from './small-step';
import { STEPS } from './steps';
import { UPDATES } from './update';

export const WORKLOADS: readonly Workload[] = [...OVERHEAD, ...OPS, ...SMALL_STEP, ...STEPS, ...UPDATES, ...RECURRENT];

/** The workloads with `only` in their names, and those they are compared with. */
export function chosen(only: string): Workload[] {
  const names = new Set(WORKLOADS.filter(({ name }) => name.includes(only)).map(({ name }) => name));
  for (const name of names) for (const peer of WORKLOADS.find((w) => w.name === name)!.needs ?? []) names.add(peer);
  return WORKLOADS.filter(({ name }) => names.has(name));
}
