/** Places arrays in one region so that arrays alive at the same time never overlap. */
import type { Lifetime } from './kernel-slots';

/** An array that needs room. */
export interface Placed extends Lifetime {
  readonly bytes: number;
}

export interface ArenaLayout {
  /** Offset of each array within the region. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Offsets are multiples of this, so that every element type is aligned and no two arrays share a cache line. */
const GRAIN = 64;

/**
 * Walks the steps in order, taking the first gap that fits and giving it back after the last use. `slack` bytes behind every
 * array stay free, for backends whose vector loads may touch them.
 */
export function layoutArena(lifetimes: readonly Placed[], slack = 0): ArenaLayout {
  const starts = new Map<number, number[]>();
  const ends = new Map<number, number[]>();
  const note = (map: Map<number, number[]>, step: number, item: number): void => {
    const list = map.get(step);
    if (list === undefined) map.set(step, [item]);
    else list.push(item);
  };
  lifetimes.forEach(({ first, last }, item) => {
    note(starts, first, item);
    note(ends, last, item);
  });
  const sizes = lifetimes.map(({ bytes }) => Math.ceil((bytes + slack) / GRAIN) * GRAIN);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const gaps: { start: number; end: number }[] = []; // by address, never touching
  let top = 0;
  const steps = [...new Set([...starts.keys(), ...ends.keys()])].sort((a, b) => a - b);
  for (const step of steps) {
    for (const item of starts.get(step) ?? []) {
      const size = sizes[item]!;
      const gap = gaps.findIndex((g) => g.end - g.start >= size);
      if (gap >= 0) {
        const place = gaps[gap]!;
        offsets[item] = place.start;
        place.start += size;
        if (place.start === place.end) gaps.splice(gap, 1);
      } else {
        offsets[item] = top;
        top += size;
      }
    }
    for (const item of ends.get(step) ?? []) giveBack(gaps, offsets[item]!, offsets[item]! + sizes[item]!);
  }
  return { offsets, bytes: top };
}

function giveBack(gaps: { start: number; end: number }[], start: number, end: number): void {
  let at = gaps.findIndex((g) => g.start >= end);
  if (at < 0) at = gaps.length;
  const before = gaps[at - 1];
  const after = gaps[at];
  const joinsBefore = before?.end === start;
  const joinsAfter = after?.start === end;
  if (joinsBefore && joinsAfter) {
    before.end = after.end;
    gaps.splice(at, 1);
  } else if (joinsBefore) before.end = end;
  else if (joinsAfter) after.start = start;
  else gaps.splice(at, 0, { start, end });
}
