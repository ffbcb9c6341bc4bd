/** Repeating random draws: what a checkpoint needs to compute the same numbers twice. */
import { state } from '../runtime/state';

/** Calls `fn` and notes the draws it makes, from whatever generator. */
export function notingDraws<T>(fn: () => T): { result: T; draws: readonly Uint32Array[] } {
  const outer = state.drawn;
  const draws: Uint32Array[] = [];
  state.drawn = draws;
  try {
    return { result: fn(), draws };
  } finally {
    state.drawn = outer;
    outer?.push(...draws);
  }
}

/** Calls `fn`, whose draws repeat the given ones; generators do not move on. */
export function repeatingDraws<T>(draws: readonly Uint32Array[], fn: () => T): T {
  const outer = state.toRepeat;
  state.toRepeat = [...draws];
  try {
    return fn();
  } finally {
    state.toRepeat = outer;
  }
}
