/** Arrays that an optimiser keeps for a parameter. */

/** An array kept for a parameter. */
export interface StateArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** The number it is filled with at first. */
  readonly start: number;
}

/** A slot given by its name alone is like the parameter and starts at zero. */
export function stateArrayOf(slot: string | StateArray, shape: readonly number[]): StateArray {
  return typeof slot === 'string' ? { name: slot, shape, start: 0 } : slot;
}
