/** The settings of the planner that are compared. */
import type { PlannerOptions } from '@cotangent/tensor';

export const SWITCHES = [
  'maps', 'rows', 'epilogues', 'recompute', 'groups', 'schedule', 'donate',
] as const satisfies (keyof PlannerOptions)[];

export type Switch = (typeof SWITCHES)[number];

function settings(on: boolean): Record<Switch, boolean> {
  return Object.fromEntries(SWITCHES.map((name) => [name, on])) as Record<Switch, boolean>;
}

export const ALL_OFF: PlannerOptions = settings(false);

/** The planner with everything on but one switch; all off for 'all', all on for 'none'. */
export function without(off: Switch | 'all' | 'none'): { readonly planner: PlannerOptions; readonly setting: string } {
  if (off === 'none') return { planner: settings(true), setting: 'fused' };
  if (off === 'all') return { planner: ALL_OFF, setting: 'unfused' };
  return { planner: { ...settings(true), [off]: false }, setting: `fused without ${off}` };
}
