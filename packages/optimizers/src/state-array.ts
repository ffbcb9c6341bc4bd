/** Arrays that an optimiser keeps for a parameter. */
import { allocate, tensor, type Parameter, type Tensor } from '@cotangent/tensor';

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

/** The first value of an array of a parameter, as data. */
export function startOf({ dtype }: Parameter, { shape, start }: Omit<StateArray, 'name'>): Tensor {
  const data = allocate(dtype, shape.reduce((a, b) => a * b, 1));
  return tensor(start === 0 ? data : data.fill(start), { dtype, shape });
}
