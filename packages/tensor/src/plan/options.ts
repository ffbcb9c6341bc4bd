/** What the planner does beyond one kernel per op; every part can be switched off to compare results. */
import { state } from '../runtime/state';

export interface PlannerOptions {
  /** Element-wise ops over one index space become one map kernel with several results. */
  readonly maps: boolean;
  /** Reductions join the element-wise ops before and after them: softmax, norms and their gradients are one kernel. */
  readonly rows: boolean;
  /** Contractions absorb the element-wise ops that follow: bias, activation, residual. */
  readonly epilogues: boolean;
  /** Cheap values are computed again where they are used instead of being stored. */
  readonly recompute: boolean;
  /** The updates of all variables run as one kernel. */
  readonly groups: boolean;
  /** Kernels are ordered so that little memory is live at a time. */
  readonly schedule: boolean;
  /** Variables are updated in place. */
  readonly donate: boolean;
}

/**
 * Switches parts of the planner on and off, for comparing and debugging; everything is on by default. Parts that are not
 * named keep their setting.
 *
 * @returns the settings before, which can be given back to this function.
 * @example
 * ```ts
 * import { setPlanner } from '@cotangent/tensor';
 * const before = setPlanner({ maps: false, rows: false });
 * // ... one kernel per element-wise op now ...
 * setPlanner(before);
 * ```
 */
export function setPlanner(options: Partial<PlannerOptions>): PlannerOptions {
  const before = state.planner;
  // Compiled functions compare the object, so settings that are given back find what was recorded with them.
  const complete = Object.keys(before).every((name) => name in options);
  state.planner = complete ? (options as PlannerOptions) : { ...before, ...options };
  return before;
}
