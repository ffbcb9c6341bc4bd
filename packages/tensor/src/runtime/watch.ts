/**
 * The one place where debugging tools look into the core. `state.watch` is set while one of them is in use; they live in
 * debug/, which nothing here imports, so programs that do not use them do not carry them.
 */
import type { Backend, Storage } from '../backend';
import type { Node } from '../graph/node';
import type { PlanEntry, Target } from '../plan/cache';
import type { Graph } from '../plan/walk';
import { state } from './state';

export interface Recorded {
  readonly graph: Graph;
  readonly targets: readonly Target[];
}

/** A plan about to run. */
export interface PlanRun {
  readonly entry: PlanEntry;
  /** What was recorded; undefined when a compiled function is replayed, whose graph is gone. */
  readonly recorded: Recorded | undefined;
  readonly inputs: readonly Storage[];
  readonly backend: Backend;
}

export interface Watch {
  /** Called for every node that an op records and for every tensor made of data. */
  recorded(node: Node): void;
  /** Runs the gradient rule of a node. */
  differentiated<R>(node: Node, rule: () => R): R;
  /** Runs a plan in place of `backend.run`. */
  run(run: PlanRun): Storage[];
}

/** Runs a plan, in the hands of the debugging tools when there are any. */
export function runPlan(entry: PlanEntry, inputs: readonly Storage[], backend: Backend, recorded?: Recorded): Storage[] {
  const { plan } = entry;
  if (plan.kernels.length === 0) return [];
  return state.watch ? state.watch.run({ entry, recorded, inputs, backend }) : backend.run(plan, inputs);
}

/** Runs the gradient rule of a node, so that debugging tools can tell whose gradient the recorded ops are. */
export function differentiate<A extends readonly unknown[], R>(node: Node, rule: (...given: A) => R, ...given: A): R {
  return state.watch ? state.watch.differentiated(node, () => rule(...given)) : rule(...given);
}
