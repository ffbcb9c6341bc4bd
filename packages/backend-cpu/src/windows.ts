/** The moving windows of a repetition. */
import type { Slot, TypedArray, Window } from '@cotangent/tensor';

/** A function that puts the views of trip `t` into the slots. */
export function windowMover(windows: readonly Window[], slots: readonly Slot[]): (s: TypedArray[], t: number) => void {
  return (s, t) => {
    for (const { slot, of, offset, step } of windows) {
      const begin = offset + t * step;
      s[slot] = s[of]!.subarray(begin, begin + slots[slot]!.length);
    }
  };
}
